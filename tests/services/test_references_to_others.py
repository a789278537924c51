"""What a request refers to beside its own subject tells a stranger nothing either, nor does it give him its use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.adapters import deployment_arn, model_arn
from tests.services.two_worlds import KEY_ID, OWNER, PROFILE, check_nothing_learnt, seen
from usina.services import operations
from usina.testing.catalogue import CHAT

if TYPE_CHECKING:
    from usina.sovereignty.policy import Policy

CUSTOM, DEPLOYED = model_arn(CHAT.id, 1), deployment_arn(1)
KEY = f"arn:aws:kms:us-east-1:{OWNER}:key/{KEY_ID}"
PACKAGE = f"arn:aws:sagemaker:us-east-1:{OWNER}:model-package/wanted/1"
ROLE = f"arn:aws:iam::{OWNER}:role/developer"
SAID: dict[str, Any] = {"messages": [{"role": "user", "content": [{"text": "x"}]}]}
VARIANT = {"VariantName": "v", "ModelName": "wanted", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
REFERENCES: list[tuple[str, list[dict[str, Any]]]] = [
    ("bedrock-runtime:Converse", [{"modelId": each, **SAID} for each in (CUSTOM, DEPLOYED, PROFILE, "profile")]),
    ("bedrock-runtime:CountTokens", [{"modelId": each, "input": {"converse": SAID}} for each in (CUSTOM, DEPLOYED)]),
    ("bedrock:CreateCustomModelDeployment", [{"modelDeploymentName": "d", "modelArn": CUSTOM}]),
    (
        "bedrock:CreateProvisionedModelThroughput",
        [{"provisionedModelName": "p", "modelId": CUSTOM, "modelUnits": 1}],
    ),
    (
        "bedrock:CreateInferenceProfile",
        [{"inferenceProfileName": "p", "modelSource": {"copyFrom": each}} for each in (CUSTOM, PROFILE)],
    ),
    ("kms:CreateAlias", [{"AliasName": "alias/a", "TargetKeyId": each} for each in (KEY, KEY_ID)]),
    ("sagemaker:CreateEndpoint", [{"EndpointName": "e", "EndpointConfigName": "wanted"}]),
    (
        "sagemaker:CreateEndpointConfig",
        [{"EndpointConfigName": "c", "ProductionVariants": [VARIANT]}],
    ),
    (
        "sagemaker:CreateModel",
        [
            {"ModelName": "m", "PrimaryContainer": {"ModelPackageName": each}, "ExecutionRoleArn": ROLE}
            for each in (PACKAGE, "wanted/1")
        ],
    ),
]


@pytest.mark.parametrize(("operation", "requests"), REFERENCES, ids=[name for name, _ in REFERENCES])
async def test_a_reference_to_what_another_account_has_is_answered_as_one_to_nothing(
    operation: str, requests: list[dict[str, Any]], shipped_policy: Policy
) -> None:
    service, _, name = operation.partition(":")
    stranger, owner = await seen(operations()[service, name], requests, shipped_policy)
    check_nothing_learnt(stranger, owner)
