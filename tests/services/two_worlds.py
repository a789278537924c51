"""Two worlds that differ in one thing: whether another account has what it is asked about."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from tests.engine.adapters import deploy, put_custom
from usina.core.clock import SystemDice
from usina.core.errors import ApiError
from usina.core.kms import ALIAS, KEY, SYMMETRIC, new_body
from usina.core.logs import LogGroup
from usina.core.ports import Row, Site
from usina.sovereignty.kms.joined import keys_of
from usina.testing.catalogue import CHAT
from usina.testing.clock import VirtualClock
from usina.testing.records import MemoryRecords
from usina.testing.world import SITE_KEY, call_of, principal, world

if TYPE_CHECKING:
    import builtins
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call, Operation
    from usina.core.ports import Json, Ports
    from usina.sovereignty.policy import Policy

OWNER, STRANGER = "111122223333", "444455556666"
KEY_ID = "11111111-2222-4333-8444-555555555555"
PROFILE = f"arn:aws:bedrock:us-east-1:{OWNER}:application-inference-profile/profile"


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
    """The other account has nothing."""
    return world()


async def full() -> Ports:
    """It has all there is, some of it whole."""
    records = FullRecords()
    ports = world(records)
    await records.put(Row(KEY, OWNER, KEY_ID, of_key()[0]))
    await records.put(Row(ALIAS, OWNER, "alias/wanted", {"key": KEY_ID, "created": 1.0, "updated": 1.0}))
    await ports.kms.reload(OWNER)
    await ports.log_groups.create(LogGroup(OWNER, "wanted", 1))
    await ports.logs.create_stream(OWNER, "wanted", "wanted")
    await put_custom(records, CHAT.id, 1, "1.gguf")
    await deploy(records, 1, 1)
    profile = {"profile": {"inferenceProfileArn": PROFILE}, "model": CHAT.id}
    await records.put(Row("inference-profile", OWNER, "profile", profile))
    await ports.catalogue.reload()
    return ports


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


async def seen(
    operation: Operation, requests: Sequence[Mapping[str, Any]], policy: Policy
) -> tuple[list[list[str]], list[list[str]]]:
    """What a stranger, as two roles, and then the owner are told by both worlds, request by request."""
    worlds = [await empty(), await full()]

    async def told(account: str, role: str) -> list[list[str]]:
        who = principal(account, roles=(role,))
        return [
            [await answer(operation, call_of(dict(asked), who), site, policy) for site in worlds] for asked in requests
        ]

    stranger = [*await told(STRANGER, "developer"), *await told(STRANGER, "tenant-administrator")]
    return stranger, await told(OWNER, "developer")


def check_nothing_learnt(stranger: list[list[str]], owner: list[list[str]]) -> None:
    """The stranger saw one world, the owner two."""
    for one, other in stranger:
        assert one == other
        assert "broke" not in other
    assert any(one != other for one, other in owner), "the trial shows nothing"
