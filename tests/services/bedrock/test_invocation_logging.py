"""An account's wish to have its invocations logged, as botocore's own client says it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.logs import LogGroup
from usina.core.objects import Bucket
from usina.testing.aws_client import connect
from usina.testing.invocations import ListedInvocations
from usina.testing.world import ACCOUNT, principal, world

if TYPE_CHECKING:
    from usina.core.ports import Ports

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ADMINISTRATOR = principal(roles=("administrator",))
ROLE = f"arn:aws:iam::{ACCOUNT}:role/logger"
BUCKET = {"bucketName": "kept", "keyPrefix": "logs"}
LOG = {"logGroupName": "/aws/bedrock", "roleArn": ROLE}


@pytest.fixture
def invocations() -> ListedInvocations:
    return ListedInvocations()


@pytest.fixture
def ports(invocations: ListedInvocations) -> Ports:
    ports = world(invocations=invocations)
    connect("iam", ports, ADMINISTRATOR).create_role(RoleName="logger", AssumeRolePolicyDocument=json.dumps(TRUST))

    async def make() -> None:
        await ports.buckets.create(Bucket("kept", ACCOUNT, 0.0))
        await ports.buckets.create(Bucket("foreign", "999988887777", 0.0))
        await ports.log_groups.create(LogGroup(ACCOUNT, "/aws/bedrock", 0))

    asyncio.run(make())
    return ports


@pytest.fixture
def bedrock(ports: Ports) -> Any:
    return connect("bedrock", ports, ADMINISTRATOR)


def test_a_configuration_is_kept_until_it_is_deleted(
    bedrock: Any, ports: Ports, invocations: ListedInvocations
) -> None:
    assert "loggingConfig" not in bedrock.get_model_invocation_logging_configuration()
    config = {"s3Config": BUCKET, "textDataDeliveryEnabled": True}
    bedrock.put_model_invocation_logging_configuration(loggingConfig=config)
    assert bedrock.get_model_invocation_logging_configuration()["loggingConfig"] == config
    config = {"cloudWatchConfig": {**LOG, "largeDataDeliveryS3Config": BUCKET}}
    bedrock.put_model_invocation_logging_configuration(loggingConfig=config)
    assert bedrock.get_model_invocation_logging_configuration()["loggingConfig"] == config
    other = connect("bedrock", ports, principal("999988887777"))
    assert "loggingConfig" not in other.get_model_invocation_logging_configuration()
    bedrock.delete_model_invocation_logging_configuration()
    bedrock.delete_model_invocation_logging_configuration()
    assert "loggingConfig" not in bedrock.get_model_invocation_logging_configuration()
    assert invocations.reloads == 4


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "needs s3Config, cloudWatchConfig or both"),
        ({"s3Config": {"bucketName": "absent"}}, "does not exist in this account"),
        ({"s3Config": {"bucketName": "foreign"}}, "does not exist in this account"),
        ({"cloudWatchConfig": {**LOG, "logGroupName": "/none"}}, "log group /none does not exist"),
        ({"cloudWatchConfig": {**LOG, "roleArn": ROLE + "s"}}, "There is no role"),
        ({"cloudWatchConfig": {**LOG, "largeDataDeliveryS3Config": {"bucketName": "foreign"}}}, "largeDataDelivery"),
    ],
)
def test_a_place_where_nothing_could_be_written_is_refused(
    bedrock: Any, invocations: ListedInvocations, config: dict[str, Any], words: str
) -> None:
    with pytest.raises(bedrock.exceptions.ValidationException, match=words):
        bedrock.put_model_invocation_logging_configuration(loggingConfig=config)
    assert not invocations.reloads


def test_what_policies_would_not_let_through_is_refused(
    bedrock: Any, ports: Ports, invocations: ListedInvocations
) -> None:
    invocations.why_refused = "the role may not write there"
    with pytest.raises(bedrock.exceptions.ValidationException, match="may not write there"):
        bedrock.put_model_invocation_logging_configuration(loggingConfig={"cloudWatchConfig": LOG})
    developer = connect("bedrock", ports, principal())
    with pytest.raises(developer.exceptions.ValidationException, match="failed to validate permissions"):
        developer.put_model_invocation_logging_configuration(loggingConfig={"s3Config": BUCKET})
