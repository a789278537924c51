"""Custom models, deployments and provisioned throughput as botocore's own client sees them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.services.bedrock.customs import ADMINISTRATOR, ASKED, OTHER, Site
from usina.core.custom import DEPLOYMENT
from usina.core.limits import Limits
from usina.services.openai.chat import create_chat_completion
from usina.testing.aws_client import connect
from usina.testing.catalogue import CHAT
from usina.testing.world import ACCOUNT, call_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def deploy(site: Site, model: str, name: str = "live", **more: Any) -> str:
    made = site.bedrock.create_custom_model_deployment(modelDeploymentName=name, modelArn=model, **more)
    return str(made["customModelDeploymentArn"])


def status(site: Site, name: str) -> str:
    seen = site.bedrock.get_custom_model_deployment(customModelDeploymentIdentifier=name)
    return str(seen["status"])


def test_a_custom_model_is_described_listed_tagged_and_deleted(site: Site) -> None:
    model = site.finished()
    seen = site.bedrock.get_custom_model(modelIdentifier=model)
    assert (seen["modelArn"], seen["modelName"], seen["modelStatus"]) == (model, "taught", "Active")
    assert site.bedrock.get_custom_model(modelIdentifier="taught")["modelArn"] == model
    assert seen["baseModelArn"] == CHAT.arn("us-east-1")
    assert seen["trainingDataConfig"] == ASKED["trainingDataConfig"]
    assert seen["trainingMetrics"] == {"trainingLoss": 0.25}
    [summary] = site.bedrock.list_custom_models(baseModelArnEquals=CHAT.arn("us-east-1"))["modelSummaries"]
    assert (summary["modelArn"], summary["ownerAccountId"], summary["baseModelName"]) == (model, ACCOUNT, CHAT.id)
    assert site.bedrock.list_custom_models(nameContains="other")["modelSummaries"] == []
    site.bedrock.tag_resource(resourceARN=model, tags=[{"key": "c", "value": "d"}])
    assert site.bedrock.list_tags_for_resource(resourceARN=model)["tags"] == [{"key": "c", "value": "d"}]
    site.bedrock.delete_custom_model(modelIdentifier="taught")
    with pytest.raises(site.bedrock.exceptions.ResourceNotFoundException):
        site.bedrock.get_custom_model(modelIdentifier=model)


def test_a_custom_model_from_elsewhere_is_refused_with_what_to_do(site: Site) -> None:
    with pytest.raises(site.bedrock.exceptions.ValidationException, match="CreateModelImportJob"):
        site.bedrock.create_custom_model(modelName="mine", modelSourceConfig={"s3DataSource": {"s3Uri": "s3://data/m"}})


def test_a_deployment_is_what_its_engine_is(site: Site) -> None:
    model = site.finished()
    arn = deploy(site, model, description="for tests", tags=[{"key": "a", "value": "b"}])
    assert status(site, "live") == "Creating"
    site.become(model, "READY")
    assert status(site, arn) == "Active"
    seen = site.bedrock.get_custom_model_deployment(customModelDeploymentIdentifier=arn)
    assert (seen["modelArn"], seen["description"]) == (model, "for tests")
    assert site.bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == [{"key": "a", "value": "b"}]
    site.become(model, "FAILED", "exit status 1")
    seen = site.bedrock.get_custom_model_deployment(customModelDeploymentIdentifier=arn)
    assert (seen["status"], seen["failureMessage"]) == ("Failed", "exit status 1")
    [summary] = site.bedrock.list_custom_model_deployments(statusEquals="Failed")["modelDeploymentSummaries"]
    assert summary["customModelDeploymentArn"] == arn
    assert site.bedrock.list_custom_model_deployments(statusEquals="Active")["modelDeploymentSummaries"] == []
    site.bedrock.delete_custom_model_deployment(customModelDeploymentIdentifier="live")
    assert site.ports.catalogue.resolve(arn, ACCOUNT) is None


def test_what_is_deployed_is_not_deleted(site: Site) -> None:
    model = site.finished()
    deploy(site, model)
    with pytest.raises(site.bedrock.exceptions.ConflictException, match="custom-model-deployment"):
        site.bedrock.delete_custom_model(modelIdentifier=model)
    site.bedrock.delete_custom_model_deployment(customModelDeploymentIdentifier="live")
    site.bedrock.delete_custom_model(modelIdentifier=model)


def test_the_same_token_gives_the_same_deployment(site: Site) -> None:
    model = site.finished()
    first = deploy(site, model, clientRequestToken="token")
    assert deploy(site, model, clientRequestToken="token") == first
    with pytest.raises(site.bedrock.exceptions.ValidationException, match="named live already"):
        deploy(site, model)


def test_a_base_takes_only_so_many_custom_models(site: Site) -> None:
    models = [site.finished(f"taught{number}", f"teach{number}") for number in range(2)]
    site.ports = replace(site.ports, limits=Limits(adapters_per_model=1))
    site.bedrock = connect("bedrock", site.ports, ADMINISTRATOR)
    deploy(site, models[0])
    deploy(site, models[0], "again")
    with pytest.raises(site.bedrock.exceptions.ServiceQuotaExceededException, match="1 custom models"):
        deploy(site, models[1], "more")


def test_an_update_names_the_next_model_while_the_first_one_answers(site: Site) -> None:
    first, second = (site.finished(f"taught{number}", f"teach{number}") for number in range(2))
    arn = deploy(site, first)
    site.become(first, "READY")
    site.bedrock.update_custom_model_deployment(customModelDeploymentIdentifier="live", modelArn=second)
    seen = site.bedrock.get_custom_model_deployment(customModelDeploymentIdentifier="live")
    assert (seen["modelArn"], seen["status"]) == (first, "Active")
    assert seen["updateDetails"] == {"modelArn": second, "updateStatus": "Updating"}
    found = site.ports.catalogue.resolve(arn, ACCOUNT)
    assert found is not None
    assert found.card.id == first
    site.become(second, "READY")
    found = site.ports.catalogue.resolve(arn, ACCOUNT)
    assert found is not None
    assert found.card.id == second
    row = asyncio.run(site.ports.records.get(DEPLOYMENT, ACCOUNT, arn.rpartition("/")[2]))
    assert row is not None
    assert row.body["next"] == second.rpartition("/")[2]  # the engine's part ends the update


def test_provisioned_throughput_holds_a_custom_model_or_one_of_the_site(site: Site) -> None:
    model = site.finished()
    arn = site.bedrock.create_provisioned_model_throughput(
        provisionedModelName="held", modelId=model, modelUnits=1, tags=[{"key": "a", "value": "b"}]
    )["provisionedModelArn"]
    seen = site.bedrock.get_provisioned_model_throughput(provisionedModelId="held")
    assert (seen["status"], seen["modelArn"], seen["foundationModelArn"]) == (
        "Creating",
        model,
        CHAT.arn("us-east-1"),
    )
    site.become(model, "READY")
    [summary] = site.bedrock.list_provisioned_model_throughputs()["provisionedModelSummaries"]
    assert (summary["status"], summary["provisionedModelArn"], summary["modelUnits"]) == ("InService", arn, 1)
    site.bedrock.update_provisioned_model_throughput(
        provisionedModelId=arn, desiredProvisionedModelName="renamed", desiredModelId=CHAT.id
    )
    seen = site.bedrock.get_provisioned_model_throughput(provisionedModelId="renamed")
    assert (seen["status"], seen["desiredModelArn"]) == ("Updating", CHAT.arn("us-east-1"))
    with pytest.raises(site.bedrock.exceptions.ConflictException, match="provisioned-model"):
        site.bedrock.delete_custom_model(modelIdentifier=model)
    site.bedrock.delete_provisioned_model_throughput(provisionedModelId="renamed")
    plain = site.bedrock.create_provisioned_model_throughput(
        provisionedModelName="plain", modelId=CHAT.id, modelUnits=1
    )["provisionedModelArn"]
    found = site.ports.catalogue.resolve(plain, ACCOUNT)
    assert found is not None
    assert (found.card.id, found.deployment_arn) == (CHAT.id, plain)


def test_units_and_commitments_that_mean_nothing_here_are_refused(site: Site) -> None:
    asked = {"provisionedModelName": "held", "modelId": CHAT.id}
    with pytest.raises(site.bedrock.exceptions.ServiceQuotaExceededException, match="1 model unit"):
        site.bedrock.create_provisioned_model_throughput(**asked, modelUnits=2)
    with pytest.raises(site.bedrock.exceptions.ValidationException, match="commitmentDuration is not supported"):
        site.bedrock.create_provisioned_model_throughput(**asked, modelUnits=1, commitmentDuration="OneMonth")


def test_another_account_sees_none_of_it(site: Site) -> None:
    model = site.finished()
    arn = deploy(site, model)
    unknown = model[:-12] + "0" * 12
    said: set[str] = set()
    for name in (model, unknown):
        for operation, asked in (
            ("get_custom_model", {"modelIdentifier": name}),
            ("create_custom_model_deployment", {"modelDeploymentName": "mine", "modelArn": name}),
        ):
            with pytest.raises(ClientError) as caught:
                getattr(site.other, operation)(**asked)
            said.add(caught.value.response["Error"]["Message"].replace(name, "NAME"))
    assert len(said) == 1
    assert site.other.list_custom_models()["modelSummaries"] == []
    assert site.other.list_custom_model_deployments()["modelDeploymentSummaries"] == []
    runtime = connect("bedrock-runtime", site.ports, OTHER)
    for name in (model, arn, unknown):
        with pytest.raises(ClientError, match="identifier is invalid"):
            runtime.converse(modelId=name, messages=[{"role": "user", "content": [{"text": "Hi"}]}])


def test_a_deployment_answers_under_its_arn_in_every_way(site: Site) -> None:
    model = site.finished()
    arn = deploy(site, model)
    site.become(model, "READY")
    runtime = connect("bedrock-runtime", site.ports, ADMINISTRATOR)
    asked: dict[str, Any] = {"modelId": arn, "messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
    answer = runtime.converse(**asked)
    assert answer["output"]["message"]["content"][0]["text"] == "You said: Hi"
    assert answer["trace"]["promptRouter"]["invokedModelId"] == model
    events = list(runtime.converse_stream(**asked)["stream"])
    assert events[-1]["metadata"]["trace"]["promptRouter"]["invokedModelId"] == model
    body = json.dumps({"messages": [{"role": "user", "content": "Hi"}]})
    whole = json.loads(runtime.invoke_model(modelId=arn, body=body)["body"].read())
    assert whole["choices"][0]["message"]["content"] == "You said: Hi"
    assert runtime.count_tokens(modelId=arn, input={"converse": {"messages": asked["messages"]}})["inputTokens"] == 1
    question = {"model": arn, "messages": [{"role": "user", "content": "Hi"}]}
    chat: Any = asyncio.run(create_chat_completion(call_of(question, ADMINISTRATOR), site.ports))
    assert chat["choices"][0]["message"]["content"] == "You said: Hi"
