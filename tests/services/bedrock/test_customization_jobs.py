"""Customization jobs as botocore's own client makes and sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.services.bedrock.customs import ASKED, Site
from usina.core.custom import CUSTOMIZATION_JOB
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.world import ACCOUNT

if TYPE_CHECKING:
    from pathlib import Path

JOB = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:model-customization-job/{CHAT.id}/"
STEPS = ("Starting", "Downloading", "Training", "Uploading")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def transitions(*names: str) -> list[list[Any]]:
    return [[name, 10.0 * place, 10.0 * (place + 1), ""] for place, name in enumerate(names)]


def test_a_job_is_created_described_listed_and_stopped(site: Site) -> None:
    tags = [{"key": "a", "value": "b"}]
    arn = site.bedrock.create_model_customization_job(
        **ASKED, hyperParameters={"epochCount": "3"}, jobTags=tags, customizationType="FINE_TUNING"
    )["jobArn"]
    assert arn.startswith(JOB)
    assert site.jobs.told == [(CUSTOMIZATION_JOB, ACCOUNT, arn.rpartition("/")[2])]
    seen = site.bedrock.get_model_customization_job(jobIdentifier=arn)
    assert (seen["jobArn"], seen["status"], seen["customizationType"]) == (arn, "InProgress", "FINE_TUNING")
    assert site.bedrock.get_model_customization_job(jobIdentifier="teach")["jobArn"] == arn
    assert seen["hyperParameters"] == {
        "epochCount": "3",
        "batchSize": "4",
        "learningRate": "0.0002",
        "learningRateWarmupSteps": "0",
        "loraRank": "8",
    }
    assert seen["validationDataConfig"] == {"validators": []}
    assert not {"outputModelArn", "trainingMetrics", "endTime", "failureMessage"} & set(seen)
    assert site.bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == tags
    site.bedrock.stop_model_customization_job(jobIdentifier=arn)
    assert site.bedrock.get_model_customization_job(jobIdentifier=arn)["status"] == "Stopping"
    site.observe(arn, status="Stopped", ended=site.ports.clock.now())
    [summary] = site.bedrock.list_model_customization_jobs(statusEquals="Stopped")["modelCustomizationJobSummaries"]
    assert (summary["jobArn"], summary["customModelName"]) == (arn, "taught")
    with pytest.raises(site.bedrock.exceptions.ConflictException, match="in status Stopped"):
        site.bedrock.stop_model_customization_job(jobIdentifier="teach")


def test_a_finished_job_names_its_model_and_what_it_learnt(site: Site) -> None:
    model = site.finished()
    seen = site.bedrock.get_model_customization_job(jobIdentifier="teach")
    assert (seen["outputModelArn"], seen["trainingMetrics"]) == (model, {"trainingLoss": 0.25})
    assert seen["validationMetrics"] == [{"validationLoss": 0.5}]


@pytest.mark.parametrize(
    ("steps", "more", "expected"),
    [
        (1, {}, ("InProgress", "NotStarted", "NotStarted")),
        (2, {}, ("Completed", "InProgress", "NotStarted")),
        (3, {}, ("Completed", "Completed", "InProgress")),
        (4, {"status": "Completed"}, ("Completed", "Completed", "Completed")),
        (3, {"status": "Failed", "failure": "x", "phase": "data"}, ("Completed", "Failed", "NotStarted")),
        (3, {"status": "Stopped"}, ("Completed", "Completed", "Stopped")),
    ],
)
def test_the_details_say_which_part_is_at_work(
    site: Site, steps: int, more: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    arn = site.bedrock.create_model_customization_job(**ASKED)["jobArn"]
    facts = {"training_loss": 0.1, "validation_losses": []}
    site.observe(arn, transitions=transitions(*STEPS[:steps]), facts=facts, **more)
    details = site.bedrock.get_model_customization_job(jobIdentifier=arn)["statusDetails"]
    names = ("validationDetails", "dataProcessingDetails", "trainingDetails")
    assert tuple(details[name]["status"] for name in names) == expected


def test_the_same_token_gives_the_same_job_and_a_name_is_taken_once(site: Site) -> None:
    conflict = site.bedrock.exceptions.ConflictException
    first = site.bedrock.create_model_customization_job(**ASKED, clientRequestToken="token")
    again = site.bedrock.create_model_customization_job(**ASKED, clientRequestToken="token")
    assert again["jobArn"] == first["jobArn"]
    assert len(site.jobs.told) == 1
    with pytest.raises(conflict, match="used before"):
        site.bedrock.create_model_customization_job(
            **ASKED, clientRequestToken="token", hyperParameters={"epochCount": "5"}
        )
    with pytest.raises(conflict, match="already exists"):
        site.bedrock.create_model_customization_job(**ASKED)
    with pytest.raises(conflict, match="is being made"):
        site.bedrock.create_model_customization_job(**{**ASKED, "jobName": "second"})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"customizationType": "DISTILLATION"}, "DISTILLATION is not supported"),
        ({"customizationType": "CONTINUED_PRE_TRAINING"}, "Use FINE_TUNING"),
        ({"customModelKmsKeyId": "alias/mine"}, "customModelKmsKeyId is not supported"),
        ({"vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}}, "vpcConfig is not supported"),
        ({"trainingDataConfig": {}}, "s3Uri is required"),
        ({"baseModelIdentifier": "no.such"}, "identifier is invalid"),
        ({"baseModelIdentifier": EMBEDDING.id}, f"cannot be customized.*{CHAT.id}"),
        ({"baseModelIdentifier": "acme.other"}, "cannot be customized"),
        ({"hyperParameters": {"epochCount": "0"}}, "epochCount must be a whole number from 1 to 100"),
        ({"hyperParameters": {"epochCount": "1.5"}}, "epochCount"),
        ({"hyperParameters": {"batchSize": "65"}}, "batchSize must be"),
        ({"hyperParameters": {"learningRate": "nan"}}, "learningRate must be a number"),
        ({"hyperParameters": {"learningRateWarmupSteps": "-1"}}, "learningRateWarmupSteps"),
        ({"hyperParameters": {"loraRank": "many"}}, "loraRank"),
        ({"hyperParameters": {"temperature": "1"}}, "temperature is not known here; known are epochCount"),
        ({"roleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, "nobody"),
    ],
)
def test_what_cannot_be_done_is_refused_at_once(site: Site, change: dict[str, Any], said: str) -> None:
    with pytest.raises(site.bedrock.exceptions.ValidationException, match=said):
        site.bedrock.create_model_customization_job(**{**ASKED, **change})
    assert site.jobs.told == []


def test_a_site_that_cannot_run_it_says_why(site: Site) -> None:
    site.jobs.why_lacking = "The image usina/lora is not installed on this site."
    with pytest.raises(ClientError, match="usina/lora is not installed"):
        site.bedrock.create_model_customization_job(**ASKED)
    site.jobs.why_unable = "no sandbox"
    with pytest.raises(ClientError, match="no sandbox"):
        site.bedrock.create_model_customization_job(**ASKED)


def test_another_account_is_told_what_it_is_told_of_nothing(site: Site) -> None:
    arn = site.bedrock.create_model_customization_job(**ASKED)["jobArn"]
    for name in (arn, arn[:-12] + "0" * 12, "teach"):
        with pytest.raises(ClientError) as caught:
            site.other.get_model_customization_job(jobIdentifier=name)
        assert caught.value.response["Error"]["Code"] in {"ResourceNotFoundException", "AccessDeniedException"}
    assert site.other.list_model_customization_jobs()["modelCustomizationJobSummaries"] == []


def test_models_that_can_be_customized_say_so(site: Site) -> None:
    listed = site.bedrock.list_foundation_models(byCustomizationType="FINE_TUNING")["modelSummaries"]
    assert [model["modelId"] for model in listed] == [CHAT.id]
