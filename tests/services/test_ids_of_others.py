"""Whoever tries ids of another account learns nothing: the answer is the same whether the thing is there or not.

Each operation is asked in two worlds. In the empty one the other account has nothing; in the full one it has a thing of
every id there is. Its owner sees the difference (else the trial shows nothing), a stranger never does.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from botocore.session import get_session

from tests.services.two_worlds import KEY_ID, OWNER, check_nothing_learnt, of_key, seen
from usina.services import operations
from usina.services.bedrock.tags import KINDS as BEDROCK
from usina.services.sagemaker.naming import KINDS as SAGEMAKER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import Shape

    from usina.core.operation import Operation
    from usina.sovereignty.policy import Policy

SERVICES = ("sagemaker", "bedrock", "kms", "logs")
BEDROCK_ID = "abcdefghijkl"
NAMES = {
    "sagemaker": ["wanted", "wanted/1", *(f"{prefix}/wanted" for prefix, _ in SAGEMAKER.values()), "model-package/w/1"],
    "bedrock": ["wanted", BEDROCK_ID, *(f"{kind}/{BEDROCK_ID}" for kind in BEDROCK), f"custom-model/b.1/{BEDROCK_ID}"],
    "kms": [KEY_ID, "alias/wanted", f"key/{KEY_ID}"],
    "logs": ["wanted", "log-group:wanted", "log-group:wanted:*"],
}
ANYBODYS = {"bedrock:GetFoundationModel", "bedrock:GetFoundationModelAvailability"}  # models of the site
# Members that are not required, without which nothing is asked.
MORE = {
    "kms:Decrypt": ("CiphertextBlob",),
    "kms:ReEncrypt": ("CiphertextBlob",),
    "kms:GenerateDataKey": ("KeySpec",),
    "kms:GenerateDataKeyWithoutPlaintext": ("KeySpec",),
    "logs:DescribeLogStreams": ("logGroupName",),
    "logs:FilterLogEvents": ("logGroupName",),
    "logs:GetLogEvents": ("logGroupName",),
}


def filler(shape: Shape, name: str) -> Any:
    """The least that a member can hold; a text is the name that is tried."""
    kind = shape.type_name
    if kind == "string":
        return shape.enum[0] if shape.enum else name
    if kind == "structure":
        return {each: filler(shape.members[each], name) for each in shape.required_members}
    if kind == "list":
        return [filler(shape.member, name)]
    return {"map": {}, "boolean": False, "blob": of_key()[1], "integer": 1, "long": 1}.get(kind, 0.0)


@cache
def shape_of(operation: str) -> Shape:
    service, _, name = operation.partition(":")
    return session().get_service_model(service).operation_model(name).input_shape


@cache
def session() -> Any:
    return get_session()


def tries(operation: Operation) -> Iterator[dict[str, Any]]:
    """Requests for the owner's things, by every name and ARN."""
    shape: Any = shape_of(operation.id)
    for name in NAMES[operation.service]:
        names = [name]
        if ("/" in name or ":" in name) and not name.startswith("wanted"):
            names = [f"arn:aws:{operation.service}:us-east-1:{OWNER}:{name}", name]
        for each in names:
            members = (*shape.required_members, *MORE.get(operation.id, ()))
            yield {member: filler(shape.members[member], each) for member in members}


def asks_by_id(operation: Operation) -> bool:
    if operation.service not in SERVICES or operation.id in ANYBODYS:
        return False
    if operation.name.startswith(("Create", "Put")):
        return False
    shape: Any = shape_of(operation.id)
    return operation.id in MORE or bool(shape is not None and shape.required_members)


TRIED = sorted((each for each in operations().values() if asks_by_id(each)), key=lambda each: each.id)


@pytest.mark.parametrize("operation", TRIED, ids=lambda operation: operation.id)
async def test_an_id_of_another_account_is_answered_as_one_that_is_not_there(
    operation: Operation, shipped_policy: Policy
) -> None:
    check_nothing_learnt(*await seen(operation, list(tries(operation)), shipped_policy))


def test_what_asks_by_id_is_tried() -> None:
    tried = {operation.id for operation in TRIED}
    assert {"sagemaker:DescribeTrainingJob", "sagemaker:ListTags", "bedrock:GetCustomModel", "kms:Decrypt"} <= tried
    assert {"bedrock:GetImportedModel", "kms:DescribeKey", "logs:GetLogEvents"} <= tried
    assert len(tried) > 80
