"""botocore's own client of SageMaker over our handlers, and a role to pass to jobs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from usina.testing.aws_client import connect
from usina.testing.jobs import FakeJobs
from usina.testing.world import principal, world

if TYPE_CHECKING:
    from usina.core.ports import Ports

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture
def jobs() -> FakeJobs:
    return FakeJobs()


@pytest.fixture
def ports(jobs: FakeJobs) -> Ports:
    ports = world(jobs=jobs)
    administrator = principal(roles=("administrator",))
    connect("iam", ports, administrator).create_role(RoleName="trainer", AssumeRolePolicyDocument=json.dumps(TRUST))
    return ports


@pytest.fixture
def sagemaker(ports: Ports) -> Any:
    return connect("sagemaker", ports, principal(roles=("administrator",)))
