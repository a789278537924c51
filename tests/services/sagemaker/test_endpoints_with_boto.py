"""Endpoints and their configurations over our codec and handlers: what botocore's client sends and gets to see."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.endpoints import ENDPOINT
from usina.core.ports import Row
from usina.testing.aws_client import connect
from usina.testing.catalogue import CHAT
from usina.testing.endpoints import FakeEndpoints
from usina.testing.world import ACCOUNT, principal

if TYPE_CHECKING:
    from usina.core.ports import Ports

ROLE = f"arn:aws:iam::{ACCOUNT}:role/trainer"
VARIANT: dict[str, Any] = {
    "VariantName": "A",
    "ModelName": "line",
    "InstanceType": "ml.m5.large",
    "InitialInstanceCount": 1,
}
CAPTURE = {
    "InitialSamplingPercentage": 50,
    "DestinationS3Uri": "s3://data/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
ASYNC = {"OutputConfig": {"S3OutputPath": "s3://data/answers"}}


@pytest.fixture
def endpoints() -> FakeEndpoints:
    """What serves, as a test says."""
    return FakeEndpoints()


@pytest.fixture
def serving(ports: Ports, endpoints: FakeEndpoints) -> Ports:
    """The ports of a site that serves."""
    import dataclasses

    return dataclasses.replace(ports, endpoints=endpoints)


@pytest.fixture
def sagemaker(serving: Ports) -> Any:
    """A client, and a model."""
    client = connect("sagemaker", serving, principal(roles=("administrator",)))
    container = {"Image": "usina/python", "ModelDataUrl": "s3://data/model.tar.gz"}
    client.create_model(ModelName="line", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    return client


def observe(ports: Ports, name: str = "one", **facts: Any) -> None:
    """What the control loop writes."""

    async def write() -> None:
        row = await ports.records.get(ENDPOINT, ACCOUNT, name)
        assert row is not None
        body = {**row.body, "observed": {**row.body["observed"], **facts}}
        await ports.records.put(Row(row.kind, row.account, row.name, body, row.version))

    asyncio.run(write())


def desired(ports: Ports, name: str = "one") -> dict[str, Any]:
    """What is wanted."""

    async def read() -> dict[str, Any]:
        row = await ports.records.get(ENDPOINT, ACCOUNT, name)
        assert row is not None
        return dict(row.body["desired"])

    return asyncio.run(read())


def in_service(ports: Ports, name: str = "one") -> None:
    """The loop has made it so."""
    observe(ports, name, status="InService", fleet=desired(ports, name)["fleet"], counts={"A": 1})


def create(sagemaker: Any, config: str = "config", name: str = "one", **changes: Any) -> str:
    """A configuration and an endpoint."""
    sagemaker.create_endpoint_config(EndpointConfigName=config, **({"ProductionVariants": [VARIANT]} | changes))
    return str(sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)["EndpointArn"])


def test_an_endpoint_lives_and_dies(sagemaker: Any, serving: Ports, endpoints: FakeEndpoints) -> None:
    arn = create(sagemaker, DataCaptureConfig=CAPTURE, AsyncInferenceConfig=ASYNC)
    assert arn == f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/one"
    assert endpoints.told == [(ACCOUNT, "one")]
    seen = sagemaker.describe_endpoint(EndpointName="one")
    assert (seen["EndpointStatus"], seen["EndpointConfigName"]) == ("Creating", "config")
    assert seen["PendingDeploymentSummary"]["ProductionVariants"][0]["DesiredInstanceCount"] == 1
    assert not {"ProductionVariants", "FailureReason", "ExplainerConfig", "LastDeploymentConfig"} & set(seen)
    in_service(serving)
    seen = sagemaker.describe_endpoint(EndpointName="one")
    assert seen["EndpointStatus"] == "InService"
    assert "PendingDeploymentSummary" not in seen
    variant = seen["ProductionVariants"][0]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"], variant["CurrentWeight"]) == (1, 1, 1.0)
    assert variant["DeployedImages"][0]["SpecifiedImage"] == "usina/python"
    assert (seen["DataCaptureConfig"]["CaptureStatus"], seen["DataCaptureConfig"]["KmsKeyId"]) == ("Started", "")
    assert seen["AsyncInferenceConfig"]["OutputConfig"]["S3OutputPath"] == "s3://data/answers"
    with pytest.raises(sagemaker.exceptions.ClientError, match="already existing endpoint"):
        sagemaker.create_endpoint(EndpointName="one", EndpointConfigName="config")
    sagemaker.delete_endpoint(EndpointName="one")
    assert desired(serving)["delete"]
    assert sagemaker.describe_endpoint(EndpointName="one")["EndpointStatus"] == "Deleting"


def test_an_endpoint_is_updated_when_it_is_at_rest_and_not_before(sagemaker: Any, serving: Ports) -> None:
    create(sagemaker)
    sagemaker.create_endpoint_config(EndpointConfigName="next", ProductionVariants=[{**VARIANT, "VariantName": "B"}])
    for call, more in (
        (sagemaker.update_endpoint, {"EndpointConfigName": "next"}),
        (
            sagemaker.update_endpoint_weights_and_capacities,
            {"DesiredWeightsAndCapacities": [{"VariantName": "A", "DesiredWeight": 2.0}]},
        ),
    ):
        with pytest.raises(sagemaker.exceptions.ClientError, match="Cannot update in-progress endpoint"):
            call(EndpointName="one", **more)
    in_service(serving)
    sagemaker.update_endpoint(EndpointName="one", EndpointConfigName="next")
    seen = sagemaker.describe_endpoint(EndpointName="one")
    assert (seen["EndpointStatus"], seen["EndpointConfigName"]) == ("Updating", "config")
    assert seen["PendingDeploymentSummary"]["EndpointConfigName"] == "next"
    assert desired(serving)["fleet"]["generation"] == 2
    observe(serving, status="Failed", failure="it broke")
    assert sagemaker.describe_endpoint(EndpointName="one")["FailureReason"] == "it broke"
    with pytest.raises(sagemaker.exceptions.ClientError, match="Delete it and create it again"):
        sagemaker.update_endpoint(EndpointName="one", EndpointConfigName="next")


def test_weights_and_counts_change_and_may_be_kept_by_an_update(sagemaker: Any, serving: Ports) -> None:
    create(sagemaker)
    in_service(serving)
    wanted = [{"VariantName": "A", "DesiredWeight": 0.5, "DesiredInstanceCount": 2}]
    sagemaker.update_endpoint_weights_and_capacities(EndpointName="one", DesiredWeightsAndCapacities=wanted)
    seen = sagemaker.describe_endpoint(EndpointName="one")
    variant = seen["ProductionVariants"][0]
    assert (variant["CurrentWeight"], variant["DesiredWeight"], variant["DesiredInstanceCount"]) == (1.0, 0.5, 2)
    assert desired(serving)["fleet"]["revision"] == 2
    in_service(serving)
    sagemaker.update_endpoint(
        EndpointName="one",
        EndpointConfigName="config",
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
    )
    kept = desired(serving)["fleet"]["variants"][0]
    assert (kept["count"], kept["weight"]) == (2, 1.0)
    in_service(serving)
    for wrong, said in (
        ({"VariantName": "Z", "DesiredWeight": 1.0}, "not found"),
        ({"VariantName": "A", "DesiredInstanceCount": 0}, "at least 1"),
    ):
        with pytest.raises(sagemaker.exceptions.ClientError, match=said):
            sagemaker.update_endpoint_weights_and_capacities(EndpointName="one", DesiredWeightsAndCapacities=[wrong])
    wanted = [{"VariantName": "A", "DesiredInstanceCount": 3}]
    with pytest.raises(sagemaker.exceptions.ResourceLimitExceeded):
        sagemaker.update_endpoint_weights_and_capacities(EndpointName="one", DesiredWeightsAndCapacities=wanted)


def test_configurations_are_described_listed_and_forgotten(sagemaker: Any, serving: Ports) -> None:
    for number in range(3):
        sagemaker.create_endpoint_config(EndpointConfigName=f"config-{number}", ProductionVariants=[VARIANT])
        serving.clock.advance(10)  # type: ignore[attr-defined] # a clock that a test drives
    with pytest.raises(sagemaker.exceptions.ClientError, match="already existing endpoint configuration"):
        sagemaker.create_endpoint_config(EndpointConfigName="config-0", ProductionVariants=[VARIANT])
    seen = sagemaker.describe_endpoint_config(EndpointConfigName="config-0")
    assert seen["ProductionVariants"] == [VARIANT]
    assert not {"VpcConfig", "DataCaptureConfig", "AsyncInferenceConfig"} & set(seen)
    pages = sagemaker.get_paginator("list_endpoint_configs").paginate(SortBy="Name", PaginationConfig={"PageSize": 2})
    names = [each["EndpointConfigName"] for page in pages for each in page["EndpointConfigs"]]
    assert names == ["config-2", "config-1", "config-0"]
    assert len(sagemaker.list_endpoint_configs(NameContains="G-1")["EndpointConfigs"]) == 1
    sagemaker.delete_endpoint_config(EndpointConfigName="config-0")
    for call in (sagemaker.describe_endpoint_config, sagemaker.delete_endpoint_config):
        with pytest.raises(sagemaker.exceptions.ClientError, match="Could not find endpoint configuration"):
            call(EndpointConfigName="config-0")


def test_endpoints_are_listed_by_name_state_and_time(sagemaker: Any, serving: Ports) -> None:
    for number in range(3):
        create(sagemaker, f"config-{number}", f"endpoint-{number}")
        serving.clock.advance(10)  # type: ignore[attr-defined] # a clock that a test drives
    in_service(serving, "endpoint-1")
    names = [each["EndpointName"] for each in sagemaker.list_endpoints()["Endpoints"]]
    assert names == ["endpoint-2", "endpoint-1", "endpoint-0"]
    for order in ("Name", "Status", "CreationTime"):
        assert len(sagemaker.list_endpoints(SortBy=order, MaxResults=2)["Endpoints"]) == 2
    assert len(sagemaker.list_endpoints(StatusEquals="InService")["Endpoints"]) == 1
    assert len(sagemaker.list_endpoints(NameContains="POINT-2")["Endpoints"]) == 1


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"ProductionVariants": [{**VARIANT, "ModelName": "nobody"}]}, "Could not find model"),
    ({"ProductionVariants": [VARIANT, VARIANT]}, "must be unique"),
    ({"ProductionVariants": [{"VariantName": "A", "ModelName": "line"}]}, "or ServerlessConfig"),
    ({"ProductionVariants": [{"VariantName": "A", "InstanceType": "ml.m5.large"}]}, "ModelName is required"),
    ({"ProductionVariants": [{**VARIANT, "AcceleratorType": "ml.eia1.medium"}]}, "AcceleratorType"),
    ({"ProductionVariants": [{**VARIANT, "EnableSSMAccess": True}]}, "EnableSSMAccess"),
    ({"ProductionVariants": [{**VARIANT, "RoutingConfig": {"RoutingStrategy": "KV_AWARE"}}]}, "RoutingStrategy"),
    (
        {"ProductionVariants": [{**VARIANT, "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}]},
        "cannot be combined",
    ),
    ({"KmsKeyId": "alias/x"}, "KmsKeyId"),
    ({"ShadowProductionVariants": [{**VARIANT, "VariantName": "S"}]}, "ShadowProductionVariants"),
    ({"DataCaptureConfig": {**CAPTURE, "DestinationS3Uri": "https://elsewhere"}}, "s3://BUCKET/KEY"),
    ({"AsyncInferenceConfig": {"OutputConfig": {}}}, "S3OutputPath is required"),
]


def test_what_is_not_served_is_refused_when_it_is_described(sagemaker: Any) -> None:
    for changes, said in REFUSED:
        asked = {"ProductionVariants": [VARIANT]} | changes
        with pytest.raises(sagemaker.exceptions.ClientError, match=said) as caught:
            sagemaker.create_endpoint_config(EndpointConfigName="config", **asked)
        assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_a_machine_that_is_too_small_or_cannot_isolate_says_so(sagemaker: Any, endpoints: FakeEndpoints) -> None:
    with pytest.raises(sagemaker.exceptions.ResourceLimitExceeded, match="do not fit"):
        create(sagemaker, ProductionVariants=[{**VARIANT, "InitialInstanceCount": 3}])
    endpoints.why_unable = "bubblewrap is missing"
    with pytest.raises(sagemaker.exceptions.ClientError, match="bubblewrap is missing"):
        create(sagemaker)


def test_an_update_policy_that_is_not_served_is_refused(sagemaker: Any) -> None:
    create(sagemaker)
    size = {"Type": "INSTANCE_COUNT", "Value": 1}
    rolling = {"RollingUpdatePolicy": {"MaximumBatchSize": size, "WaitIntervalInSeconds": 0}}
    canary = {"Type": "CANARY", "WaitIntervalInSeconds": 0, "CanarySize": size}
    for policy, said in (
        (rolling, "BlueGreenUpdatePolicy"),
        ({"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": canary}}, "ALL_AT_ONCE"),
    ):
        with pytest.raises(sagemaker.exceptions.ClientError, match=said):
            sagemaker.create_endpoint(EndpointName="two", EndpointConfigName="config", DeploymentConfig=policy)
    with pytest.raises(sagemaker.exceptions.ClientError, match="Could not find endpoint configuration"):
        sagemaker.create_endpoint(EndpointName="two", EndpointConfigName="nobody")


def test_nobody_sees_or_changes_the_endpoints_of_another_account(sagemaker: Any, serving: Ports) -> None:
    create(sagemaker)
    other = connect("sagemaker", serving, principal("999988887777", roles=("administrator",)))
    assert other.list_endpoints()["Endpoints"] == []
    for call in (other.describe_endpoint, other.delete_endpoint):
        with pytest.raises(other.exceptions.ClientError, match="Could not find endpoint"):
            call(EndpointName="one")


def test_models_say_what_of_a_container_is_not_served(sagemaker: Any) -> None:
    def model(**container: Any) -> None:
        sagemaker.create_model(ModelName="m", PrimaryContainer=container, ExecutionRoleArn=ROLE)

    source = {"S3Uri": "s3://data/p/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    for changes, said in (
        ({"ModelDataUrl": "s3://d/m", "ModelDataSource": {"S3DataSource": source}}, "not both"),
        ({"ModelDataSource": {"S3DataSource": {**source, "CompressionType": "Gzip"}}}, "uncompressed"),
        ({"ModelDataSource": {"S3DataSource": {**source, "ManifestS3Uri": "s3://d/m"}}}, "manifests"),
        ({"ImageConfig": {"RepositoryAccessMode": "Vpc"}}, "ImageConfig"),
    ):
        with pytest.raises(sagemaker.exceptions.ClientError, match=said):
            model(Image="usina/python", **changes)
    with pytest.raises(sagemaker.exceptions.ClientError, match=CHAT.id):
        model(Image="usina/llm", Environment={"USINA_MODEL_ID": "nobody.knows"})
    model(Image="usina/llm", Environment={"HF_MODEL_ID": CHAT.id})
    language = {"VariantName": "A", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="llm", ProductionVariants=[language])


def test_a_pipeline_of_containers_is_refused_where_it_would_be_served(sagemaker: Any) -> None:
    sagemaker.create_model(ModelName="two", Containers=[{"Image": "usina/python"}] * 2, ExecutionRoleArn=ROLE)
    with pytest.raises(sagemaker.exceptions.ClientError, match="pipeline of 2 containers"):
        create(sagemaker, ProductionVariants=[{**VARIANT, "ModelName": "two"}])
    sagemaker.create_model(ModelName="roleless", PrimaryContainer={"Image": "usina/python"})
    with pytest.raises(sagemaker.exceptions.ClientError, match="no ExecutionRoleArn"):
        create(sagemaker, ProductionVariants=[{**VARIANT, "ModelName": "roleless"}])
