"""Import jobs and imported models as botocore's own client makes and sees them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from usina.core.imports import IMPORT_JOB, IMPORTED
from usina.core.limits import Limits
from usina.core.ports import Row
from usina.testing.aws_client import connect
from usina.testing.batch import ToldImports
from usina.testing.world import ACCOUNT, principal, world

if TYPE_CHECKING:
    from usina.core.ports import Ports

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ASKED: dict[str, Any] = {
    "jobName": "bring",
    "importedModelName": "mine",
    "roleArn": f"arn:aws:iam::{ACCOUNT}:role/importer",
    "modelDataSource": {"s3DataSource": {"s3Uri": "s3://data/in/"}},
}
ADMINISTRATOR = principal(roles=("administrator",))
OTHER = principal("999988887777", roles=("administrator",))


@pytest.fixture
def imports() -> ToldImports:
    return ToldImports()


@pytest.fixture
def ports(imports: ToldImports) -> Ports:
    ports = world(imports=imports)
    connect("iam", ports, ADMINISTRATOR).create_role(RoleName="importer", AssumeRolePolicyDocument=json.dumps(TRUST))
    return ports


@pytest.fixture
def bedrock(ports: Ports) -> Any:
    return connect("bedrock", ports, ADMINISTRATOR)


def write(ports: Ports, kind: str, arn: str, edit: Any) -> None:
    """What the control loop writes."""

    async def put() -> None:
        row = await ports.records.get(kind, ACCOUNT, arn.rpartition("/")[2])
        assert row is not None
        await ports.records.put(Row(row.kind, row.account, row.name, edit(row.body), row.version))

    asyncio.run(put())


def end(ports: Ports, job: str, status: str, message: str = "") -> None:
    seen = {"status": status, "message": message, "ended": ports.clock.now()}
    write(ports, IMPORT_JOB, job, lambda body: {**body, "observed": {**body["observed"], **seen}})


def made(ports: Ports, bedrock: Any, name: str = "mine") -> str:
    """A model that was imported; its ARN."""
    asked = {**ASKED, "jobName": f"bring-{name}", "importedModelName": name}
    job = bedrock.create_model_import_job(**asked, importedModelTags=[{"key": "a", "value": "b"}])["jobArn"]
    end(ports, job, "Completed")
    arn: str = bedrock.get_model_import_job(jobIdentifier=job)["importedModelArn"]
    about = {"ready": True, "architecture": "llama", "chat": True, "created": ports.clock.now()}
    write(ports, IMPORTED, arn, lambda body: {**body, **about})
    return arn


def test_an_import_job_is_created_described_and_listed(bedrock: Any, ports: Ports, imports: ToldImports) -> None:
    arn = bedrock.create_model_import_job(**ASKED, jobTags=[{"key": "a", "value": "b"}])["jobArn"]
    assert imports.told == [(ACCOUNT, arn.rpartition("/")[2])]
    for identifier in (arn, "bring"):
        seen = bedrock.get_model_import_job(jobIdentifier=identifier)
        assert (seen["jobArn"], seen["status"], seen["modelDataSource"]) == (
            arn, "InProgress", ASKED["modelDataSource"],
        )  # fmt: skip
        assert not {"importedModelArn", "endTime", "failureMessage"} & set(seen)
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == [{"key": "a", "value": "b"}]
    end(ports, arn, "Failed", "it is a pickle")
    assert bedrock.get_model_import_job(jobIdentifier=arn)["failureMessage"] == "it is a pickle"
    (summary,) = bedrock.list_model_import_jobs(statusEquals="Failed", nameContains="rin")["modelImportJobSummaries"]
    assert (summary["jobArn"], summary["importedModelName"]) == (arn, "mine")
    assert not bedrock.list_model_import_jobs(statusEquals="Completed")["modelImportJobSummaries"]
    assert not bedrock.list_imported_models()["modelSummaries"]


def test_a_jobs_name_is_used_once_and_the_same_request_again_is_the_same_job(bedrock: Any) -> None:
    first = bedrock.create_model_import_job(**ASKED, clientRequestToken="once")["jobArn"]
    assert bedrock.create_model_import_job(**ASKED, clientRequestToken="once")["jobArn"] == first
    with pytest.raises(bedrock.exceptions.ConflictException, match="used once"):
        bedrock.create_model_import_job(**ASKED, clientRequestToken="twice")


def test_a_models_name_has_one_owner_until_its_job_failed_or_it_was_deleted(bedrock: Any, ports: Ports) -> None:
    first = bedrock.create_model_import_job(**ASKED)["jobArn"]
    second = {**ASKED, "jobName": "again"}
    with pytest.raises(bedrock.exceptions.ConflictException, match="imported model mine already"):
        bedrock.create_model_import_job(**second)
    end(ports, first, "Failed")
    bedrock.create_model_import_job(**second)
    made(ports, bedrock, "other")
    with pytest.raises(bedrock.exceptions.ConflictException, match="imported model other already"):
        bedrock.create_model_import_job(**{**ASKED, "jobName": "third", "importedModelName": "other"})


def test_an_account_has_so_many_models_and_no_more(ports: Ports) -> None:
    ports = replace(ports, limits=Limits(imported_models_per_account=2))
    bedrock = connect("bedrock", ports, ADMINISTRATOR)
    made(ports, bedrock, "one")
    failed = bedrock.create_model_import_job(**ASKED)["jobArn"]
    with pytest.raises(bedrock.exceptions.ServiceQuotaExceededException, match="at most 2 imported models"):
        made(ports, bedrock, "three")
    end(ports, failed, "Failed")
    made(ports, bedrock, "three")


def test_an_imported_model_is_described_listed_tagged_and_deleted(
    bedrock: Any, ports: Ports, imports: ToldImports
) -> None:
    arn = made(ports, bedrock)
    for identifier in (arn, "mine"):
        seen = bedrock.get_imported_model(modelIdentifier=identifier)
        assert (seen["modelArn"], seen["modelName"], seen["jobName"]) == (arn, "mine", "bring-mine")
        assert (seen["modelArchitecture"], seen["instructSupported"]) == ("llama", True)
    made(ports, bedrock, "second")
    pages = bedrock.get_paginator("list_imported_models").paginate(PaginationConfig={"PageSize": 1})
    assert {model["modelName"] for page in pages for model in page["modelSummaries"]} == {"mine", "second"}
    assert bedrock.list_imported_models(nameContains="min")["modelSummaries"][0]["modelArn"] == arn
    bedrock.untag_resource(resourceARN=arn, tagKeys=["a"])
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == []
    bedrock.delete_imported_model(modelIdentifier="mine")
    assert imports.gone == [(ACCOUNT, arn.rpartition("/")[2])]
    with pytest.raises(bedrock.exceptions.ResourceNotFoundException):
        bedrock.get_imported_model(modelIdentifier=arn)


def test_what_another_account_imported_is_not_there(bedrock: Any, ports: Ports) -> None:
    arn = made(ports, bedrock)
    other = connect("bedrock", ports, OTHER)
    for identifier in (arn, "mine", arn.replace(ACCOUNT, OTHER.account)):
        for call in (other.get_imported_model, other.delete_imported_model):
            with pytest.raises(other.exceptions.ResourceNotFoundException):
                call(modelIdentifier=identifier)
    with pytest.raises(other.exceptions.ResourceNotFoundException):
        other.get_model_import_job(jobIdentifier="bring-mine")
    assert not other.list_imported_models()["modelSummaries"]
    assert not other.list_model_import_jobs()["modelImportJobSummaries"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vpcConfig": {"subnetIds": ["s"], "securityGroupIds": ["g"]}}, "vpcConfig is not supported"),
        ({"importedModelKmsKeyId": "alias/k"}, "importedModelKmsKeyId is not supported"),
        ({"roleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, "There is no role"),
    ],
)
def test_what_no_import_could_be_is_refused(
    bedrock: Any, imports: ToldImports, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ClientError, match=words):
        bedrock.create_model_import_job(**{**ASKED, **changes})
    assert not imports.told
