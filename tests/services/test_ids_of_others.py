"""Whoever tries ids of another account learns nothing: the answer is the same whether the thing is there or not.

Each operation is asked in two worlds. In the empty one the other account has nothing; in the full one it has a thing of
every id there is. Its owner sees the difference (else the trial shows nothing), a stranger never does.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from botocore.session import get_session

from usina.core.clock import SystemDice
from usina.core.errors import ApiError
from usina.core.kms import ALIAS, KEY, SYMMETRIC, new_body
from usina.core.logs import LogGroup
from usina.core.ports import Row, Site
from usina.services import operations
from usina.services.bedrock.tags import KINDS as BEDROCK
from usina.services.sagemaker.naming import KINDS as SAGEMAKER
from usina.sovereignty.kms.joined import keys_of
from usina.sovereignty.policy import Policy, install_shipped
from usina.testing.clock import VirtualClock
from usina.testing.records import MemoryRecords
from usina.testing.world import SITE_KEY, call_of, principal, world

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from botocore.model import Shape

    from usina.core.operation import Call, Operation
    from usina.core.ports import Json, Ports

OWNER, STRANGER = "111122223333", "444455556666"
SERVICES = ("sagemaker", "bedrock", "kms", "logs")
KEY_ID, BEDROCK_ID = "11111111-2222-4333-8444-555555555555", "abcdefghijkl"
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


class FullRecords(MemoryRecords):
    """Rows in which one account has one of every kind and name. Where none was put its body is bare: who reads on in
    it fails, which is an answer as well.
    """

    async def get(self, kind: str, account: str, name: str) -> Row | None:
        return await super().get(kind, account, name) or (Row(kind, account, name, {}, 1) if account == OWNER else None)

    async def delete(self, kind: str, account: str, name: str) -> bool:
        return await super().delete(kind, account, name) or account == OWNER

    async def list(
        self, kind: str, account: str | None = None, *, after: str = "", most: int = 1_000, only: Sequence[str] = ()
    ) -> builtins.list[Row]:
        found = await super().list(kind, account, after=after, most=most, only=only)
        return found or ([Row(kind, OWNER, "wanted", {}, 1)] if account == OWNER else [])


@cache
def of_key() -> tuple[Json, bytes]:
    """Body of the row of a key of the owner, and something encrypted by it."""
    keys = keys_of(MemoryRecords(), SITE_KEY, VirtualClock(), SystemDice(), Site(account=OWNER)).vault
    body = new_body(SYMMETRIC, "ENCRYPT_DECRYPT", 1.0, keys.new_material(OWNER, KEY_ID, 0, SYMMETRIC))
    key = keys._key(Row(KEY, OWNER, KEY_ID, body))
    return body, keys.encrypt(key, b"x", {})


async def empty() -> Ports:
    return world()


async def full() -> Ports:
    records = FullRecords()
    ports = world(records)
    await records.put(Row(KEY, OWNER, KEY_ID, of_key()[0]))
    await records.put(Row(ALIAS, OWNER, "alias/wanted", {"key": KEY_ID, "created": 1.0, "updated": 1.0}))
    await ports.kms.reload(OWNER)
    await ports.log_groups.create(LogGroup(OWNER, "wanted", 1))
    await ports.logs.create_stream(OWNER, "wanted", "wanted")
    return ports


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


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    folder: Path = tmp_path_factory.mktemp("site") / "policies"
    install_shipped(folder)
    return Policy.load(folder, operations(), VirtualClock())


async def answer(operation: Operation, call: Call[Any], site: Ports, policy: Policy) -> str:
    """What a caller is told."""
    try:
        resources = operation.touches(call, site)
        decision = policy.decide(call.principal, operation, resources, {"secure": True, "peer": "127.0.0.1"})
        return repr(await operation.handle(call, site)) if decision.allowed else "denied"
    except ApiError as error:
        return f"{type(error).__name__} {error.code} {error.message}"
    except Exception as error:  # noqa: BLE001 - the bare row of something that is there
        return f"broke: {error!r}"


@pytest.mark.parametrize("operation", TRIED, ids=lambda operation: operation.id)
async def test_an_id_of_another_account_is_answered_as_one_that_is_not_there(
    operation: Operation, policy: Policy
) -> None:
    worlds = [await empty(), await full()]
    for asked in tries(operation):
        for role in ("developer", "tenant-administrator"):
            call = call_of(asked, principal(STRANGER, roles=(role,)))
            told = [await answer(operation, call, site, policy) for site in worlds]
            assert told[0] == told[1], asked
            assert "broke" not in told[1], asked
    to_owner = [
        [await answer(operation, call_of(asked, principal(OWNER)), site, policy) for site in worlds]
        for asked in tries(operation)
    ]
    assert any(one != other for one, other in to_owner), "the trial shows nothing"


def test_what_asks_by_id_is_tried() -> None:
    tried = {operation.id for operation in TRIED}
    assert {"sagemaker:DescribeTrainingJob", "sagemaker:ListTags", "bedrock:GetCustomModel", "kms:Decrypt"} <= tried
    assert {"bedrock:GetImportedModel", "kms:DescribeKey", "logs:GetLogEvents"} <= tried
    assert len(tried) > 80
