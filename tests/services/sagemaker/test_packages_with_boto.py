"""Model packages and their groups as botocore's own client sees them, over our codec and handlers."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.clock import utc
from usina.core.packages import MODEL_PACKAGE
from usina.core.ports import Row
from usina.testing.aws_client import connect
from usina.testing.world import ACCOUNT, principal, world

if TYPE_CHECKING:
    from usina.core.ports import Ports

DATA = "s3://data/out/job/output/model.tar.gz"
CONTAINER: dict[str, Any] = {"Image": "usina/python", "ModelDataUrl": DATA, "Environment": {"A": "1", "B": "1"}}
SPECIFICATION: dict[str, Any] = {
    "Containers": [CONTAINER],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}
PREFIX = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"


@pytest.fixture
def ports() -> Ports:
    return world()


@pytest.fixture
def sagemaker(ports: Ports) -> Any:
    return connect("sagemaker", ports, principal(roles=("administrator",)))


def register(sagemaker: Any, **changes: Any) -> str:
    """Register the next version in the group `line`."""
    asked = {"ModelPackageGroupName": "line", "InferenceSpecification": SPECIFICATION, **changes}
    return str(sagemaker.create_model_package(**asked)["ModelPackageArn"])


def error_of(sagemaker: Any, act: Any) -> tuple[str, str]:
    """Code and message of a refusal."""
    with pytest.raises(sagemaker.exceptions.ClientError) as caught:
        act()
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_versions_are_registered_approved_and_described(sagemaker: Any, ports: Ports) -> None:
    group = sagemaker.create_model_package_group(ModelPackageGroupName="line", ModelPackageGroupDescription="fits")
    assert group["ModelPackageGroupArn"] == f"{PREFIX}:model-package-group/line"
    assert register(sagemaker) == f"{PREFIX}:model-package/line/1"
    second = register(sagemaker, ModelPackageGroupName=group["ModelPackageGroupArn"], ModelPackageDescription="better")
    seen = sagemaker.describe_model_package(ModelPackageName=second)
    assert (seen["ModelPackageGroupName"], seen["ModelPackageVersion"]) == ("line", 2)
    assert (seen["ModelPackageStatus"], seen["ModelApprovalStatus"]) == ("Completed", "PendingManualApproval")
    assert seen["InferenceSpecification"] == SPECIFICATION
    assert seen["CreatedBy"]["IamIdentity"]["Arn"].endswith(":user/ada")
    ports.clock.advance(5)  # type: ignore[attr-defined] # a clock that a test drives
    sagemaker.update_model_package(
        ModelPackageArn=second,
        ModelApprovalStatus="Approved",
        ApprovalDescription="tried on last week's data",
        CustomerMetadataProperties={"ticket": "7", "old": "1"},
    )
    sagemaker.update_model_package(ModelPackageArn=second, CustomerMetadataPropertiesToRemove=["old"])
    seen = sagemaker.describe_model_package(ModelPackageName="line/2")
    assert (seen["ModelApprovalStatus"], seen["ApprovalDescription"]) == ("Approved", "tried on last week's data")
    assert seen["CustomerMetadataProperties"] == {"ticket": "7"}
    assert seen["LastModifiedTime"] > seen["CreationTime"]
    assert seen["LastModifiedBy"]["IamIdentity"]["Arn"].endswith(":user/ada")


def test_a_version_is_never_given_out_twice(sagemaker: Any) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="line")
    register(sagemaker)
    last = register(sagemaker)
    sagemaker.delete_model_package(ModelPackageName=last)
    assert register(sagemaker).endswith("line/3")
    code, message = error_of(sagemaker, lambda: sagemaker.describe_model_package(ModelPackageName=last))
    assert (code, message) == ("ValidationException", f"ModelPackage {last} does not exist.")


def test_a_token_makes_one_package_however_often_it_is_sent(sagemaker: Any, ports: Ports) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="line")
    first = register(sagemaker, ClientToken="once")
    assert register(sagemaker, ClientToken="once") == first
    assert len(sagemaker.list_model_packages(ModelPackageGroupName="line")["ModelPackageSummaryList"]) == 1
    other = error_of(sagemaker, lambda: register(sagemaker, ClientToken="once", Domain="VISION"))
    assert other[0] == "ConflictException"
    # Killed between the two writes: the name is claimed and the package is not there.
    asyncio.run(ports.records.delete(MODEL_PACKAGE, ACCOUNT, "line/1"))
    assert register(sagemaker, ClientToken="once") == first
    sagemaker.describe_model_package(ModelPackageName=first)
    sagemaker.delete_model_package(ModelPackageName=first)
    assert register(sagemaker, ClientToken="once").endswith("line/2")


def test_a_token_does_not_take_over_the_package_of_somebody_else(sagemaker: Any) -> None:
    asked = {"ModelPackageName": "alone", "InferenceSpecification": unversioned()}
    sagemaker.create_model_package(**asked)
    for _ in range(2):
        code, message = error_of(sagemaker, lambda: sagemaker.create_model_package(**asked, ClientToken="mine"))
        assert (code, "already exists" in message) == ("ConflictException", True)


def unversioned() -> dict[str, Any]:
    types = {"SupportedTransformInstanceTypes": ["ml.m5.large"]}
    return {**SPECIFICATION, **types, "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large"]}


def test_a_package_without_a_group_has_a_name_and_no_approval(sagemaker: Any) -> None:
    sagemaker.create_model_package(ModelPackageName="alone", InferenceSpecification=unversioned())
    seen = sagemaker.describe_model_package(ModelPackageName="alone")
    assert seen["ModelPackageArn"] == f"{PREFIX}:model-package/alone"
    assert not {"ModelApprovalStatus", "ModelPackageVersion", "ModelPackageGroupName"} & set(seen)
    approve = {"ModelPackageArn": seen["ModelPackageArn"], "ModelApprovalStatus": "Approved"}
    assert "group only" in error_of(sagemaker, lambda: sagemaker.update_model_package(**approve))[1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ModelPackageName": "both"}, "Exactly one of"),
        ({"InferenceSpecification": {**SPECIFICATION, "Containers": [{"ModelDataUrl": DATA}]}}, "Image is required"),
        ({"InferenceSpecification": {**SPECIFICATION, "Containers": [{"Image": "x/y"}]}}, "this site has usina/python"),
        (
            {"InferenceSpecification": {"Containers": [{**CONTAINER, "ModelDataUrl": "https://data/model.tar.gz"}]}},
            "s3://BUCKET/KEY.tar.gz",
        ),
        ({"InferenceSpecification": {"Containers": [{**CONTAINER, "ModelDataUrl": "s3://data/m.pt"}]}}, "tar.gz"),
        ({"InferenceSpecification": {"Containers": [{**CONTAINER, "ProductId": "p"}]}}, "ProductId"),
        ({"SourceAlgorithmSpecification": {"SourceAlgorithms": [{"AlgorithmName": "a"}]}}, "no algorithm resources"),
        ({"Tags": [{"Key": "a", "Value": "1"}]}, "tags of its model package group"),
        ({"SecurityConfig": {"KmsKeyId": "key"}}, "SecurityConfig"),
        ({"ModelPackageGroupName": "nobody"}, "model-package-group/nobody does not exist"),
        ({"ModelPackageGroupName": f"{PREFIX}:model-package/line"}, "not the ARN of a model-package-group"),
        ({"AdditionalInferenceSpecifications": [{"Name": "a", "Containers": [CONTAINER]}] * 2}, "given twice"),
    ],
)
def test_a_package_that_cannot_be_is_refused_with_the_reason(
    sagemaker: Any, changes: dict[str, Any], message: str
) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="line")
    code, said = error_of(sagemaker, lambda: register(sagemaker, **changes))
    assert (code, message in said) == ("ValidationException", True), said
    assert register(sagemaker).endswith("line/1"), "a refusal uses up no version"


def test_a_version_that_is_no_number_is_a_package_that_is_not_there(sagemaker: Any) -> None:
    asked = {"ModelPackageArn": f"{PREFIX}:model-package/line/one", "ModelApprovalStatus": "Approved"}
    code, _ = error_of(sagemaker, lambda: sagemaker.update_model_package(**asked))
    assert code == "ValidationException"


def test_a_language_model_of_the_catalogue_is_an_image_that_a_package_may_have(sagemaker: Any) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="line")
    assert register(sagemaker, InferenceSpecification={"Containers": [{"Image": "usina/llm"}]}).endswith("line/1")


def test_packages_are_listed_by_group_type_approval_and_time(sagemaker: Any, ports: Ports) -> None:
    for group in ("line", "other"):
        sagemaker.create_model_package_group(ModelPackageGroupName=group)
    for number in range(11):
        register(sagemaker, ModelApprovalStatus="Rejected" if number % 2 else "Approved")
        ports.clock.advance(10)  # type: ignore[attr-defined] # a clock that a test drives
    register(sagemaker, ModelPackageGroupName="other")
    sagemaker.create_model_package(ModelPackageName="alone", InferenceSpecification=unversioned())
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName="line", SortBy="Name", PaginationConfig={"PageSize": 4}
    )
    versions = [each["ModelPackageVersion"] for page in pages for each in page["ModelPackageSummaryList"]]
    assert versions == list(range(1, 12))

    def count(**asked: Any) -> int:
        return len(sagemaker.list_model_packages(MaxResults=100, **asked)["ModelPackageSummaryList"])

    assert (count(), count(ModelPackageType="Versioned"), count(ModelPackageType="Both")) == (1, 12, 13)
    assert count(ModelPackageGroupName="line", ModelApprovalStatus="Approved") == 6
    assert count(ModelPackageType="Both", NameContains="LIN") == 11
    assert count(ModelPackageGroupName="line", CreationTimeAfter=utc(ports.clock.now() - 35)) == 3
    newest = sagemaker.list_model_packages(ModelPackageGroupName="line", SortOrder="Descending", MaxResults=1)
    assert newest["ModelPackageSummaryList"][0]["ModelPackageVersion"] == 11


def test_groups_are_listed_described_and_deleted_when_empty(sagemaker: Any, ports: Ports) -> None:
    for name in ("line", "other"):
        sagemaker.create_model_package_group(ModelPackageGroupName=name)
        ports.clock.advance(1)  # type: ignore[attr-defined] # a clock that a test drives
    listed = sagemaker.list_model_package_groups(SortBy="Name", SortOrder="Descending")["ModelPackageGroupSummaryList"]
    assert [each["ModelPackageGroupName"] for each in listed] == ["other", "line"]
    assert len(sagemaker.list_model_package_groups(NameContains="lin")["ModelPackageGroupSummaryList"]) == 1
    again = error_of(sagemaker, lambda: sagemaker.create_model_package_group(ModelPackageGroupName="line"))
    assert (again[0], "already exists" in again[1]) == ("ValidationException", True)
    package = register(sagemaker)
    full = error_of(sagemaker, lambda: sagemaker.delete_model_package_group(ModelPackageGroupName="line"))
    assert (full[0], "Delete these first" in full[1]) == ("ConflictException", True)
    assert (
        sagemaker.describe_model_package_group(ModelPackageGroupName="line")["ModelPackageGroupStatus"] == "Completed"
    )
    sagemaker.delete_model_package(ModelPackageName=package)
    sagemaker.delete_model_package_group(ModelPackageGroupName="line")
    gone = error_of(sagemaker, lambda: sagemaker.describe_model_package_group(ModelPackageGroupName="line"))
    assert "does not exist" in gone[1]


def test_a_package_is_not_left_in_a_group_that_is_being_deleted(sagemaker: Any, ports: Ports) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="line")

    async def mark() -> None:
        row = await ports.records.get("model-package-group", ACCOUNT, "line")
        assert row is not None
        await ports.records.put(Row(row.kind, row.account, row.name, {**row.body, "status": "Deleting"}, row.version))

    asyncio.run(mark())
    assert error_of(sagemaker, lambda: register(sagemaker))[0] == "ConflictException"
    sagemaker.delete_model_package_group(ModelPackageGroupName="line")


def test_the_tags_of_a_version_are_those_of_its_group(sagemaker: Any) -> None:
    group = sagemaker.create_model_package_group(ModelPackageGroupName="line", Tags=[{"Key": "team", "Value": "a"}])[
        "ModelPackageGroupArn"
    ]
    version = register(sagemaker)
    assert sagemaker.list_tags(ResourceArn=version)["Tags"] == [{"Key": "team", "Value": "a"}]
    tag = {"ResourceArn": version, "Tags": [{"Key": "b", "Value": "2"}]}
    assert "tag line instead" in error_of(sagemaker, lambda: sagemaker.add_tags(**tag))[1]
    sagemaker.add_tags(**(tag | {"ResourceArn": group}))
    assert len(sagemaker.list_tags(ResourceArn=version)["Tags"]) == 2


def test_nobody_sees_the_packages_of_another_account(sagemaker: Any, ports: Ports) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="line")
    arn = register(sagemaker)
    other = connect("sagemaker", ports, principal("999988887777", roles=("administrator",)))
    assert other.list_model_packages(ModelPackageType="Both")["ModelPackageSummaryList"] == []
    for act in (
        lambda: other.describe_model_package(ModelPackageName=arn),
        lambda: other.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved"),
        lambda: other.create_model(ModelName="m", PrimaryContainer={"ModelPackageName": arn}),
    ):
        assert "does not exist" in error_of(other, act)[1]


def test_a_model_of_a_package_has_its_image_data_and_environment(sagemaker: Any, ports: Ports) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="line")
    small = {"Name": "small", "Containers": [{**CONTAINER, "ModelDataUrl": "s3://data/small.tar.gz"}]}
    arn = register(sagemaker, AdditionalInferenceSpecifications=[small])
    named = {"ModelPackageName": arn, "Environment": {"B": "2"}}
    sagemaker.create_model(ModelName="whole", PrimaryContainer=named)
    assert sagemaker.describe_model(ModelName="whole")["PrimaryContainer"] == named
    row = asyncio.run(ports.records.get("sagemaker-model", ACCOUNT, "whole"))
    assert row is not None
    container = row.body["request"]["PrimaryContainer"]
    assert (container["Image"], container["ModelDataUrl"]) == ("usina/python", DATA)
    assert container["Environment"] == {"A": "1", "B": "2"}
    sagemaker.create_model(
        ModelName="small", PrimaryContainer={"ModelPackageName": arn, "InferenceSpecificationName": "small"}
    )
    row = asyncio.run(ports.records.get("sagemaker-model", ACCOUNT, "small"))
    assert row is not None
    assert json.dumps(row.body["request"]).count("s3://data/small.tar.gz") == 1
    # A model of a release that did not keep what was asked beside what was opened.
    body = {**row.body, "request": row.body["request"] | {"PrimaryContainer": CONTAINER}}
    del body["asked"]
    asyncio.run(ports.records.put(Row(row.kind, row.account, row.name, body, row.version)))
    assert sagemaker.describe_model(ModelName="small")["PrimaryContainer"] == CONTAINER
    for wrong, message in (
        ({"ModelPackageName": arn, "Image": "usina/python"}, "the package says it"),
        ({"ModelPackageName": arn, "InferenceSpecificationName": "large"}, "no additional inference specification"),
        ({"ModelPackageName": "line/9"}, "does not exist"),
    ):
        refused = error_of(sagemaker, lambda: sagemaker.create_model(ModelName="x", PrimaryContainer=wrong))  # noqa: B023 - called at once
        assert message in refused[1]
