"""Rows of users, roles and policies: found, made, changed and taken away, each change in force when it returns."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from usina.core.errors import ConflictError, LimitExceededError, NotFoundError, ThrottledError
from usina.core.ports import Row
from usina.sovereignty.iam.rows import OIDC_PROVIDER, POLICY, ROLE, USER

if TYPE_CHECKING:
    from collections.abc import Callable

    from usina.core.clock import Dice
    from usina.core.ports import Json, Ports

_ATTEMPTS: Final = 8
_PAGE: Final = 1_000
_ID_BYTES: Final = 10
_WORDS: Final = {ROLE: "role", USER: "user", POLICY: "policy", OIDC_PROVIDER: "OpenID Connect provider"}
_MOST: Final = {ROLE: 1_000, USER: 5_000, POLICY: 1_500, OIDC_PROVIDER: 100}  # of one account, as AWS's quotas


def new_id(prefix: str, dice: Dice) -> str:
    """A unique id in AWS's form: AROA..., ANPA..."""
    return prefix + base64.b32encode(dice.token(_ID_BYTES)).decode()


def encoded(document: str) -> str:
    """A policy document as answers hold it: percent-encoded (RFC 3986)."""
    return quote(document, safe="-_.~")


def check_size(document: str, most: int) -> None:
    """Raises: LimitExceededError where a document is too long, white space between its parts not counted."""
    count = len(json.dumps(json.loads(document), separators=(",", ":"), ensure_ascii=False))
    if count > most:
        raise LimitExceededError(f"Cannot exceed quota for PolicySize: {most}; this one has {count} characters.")


async def found(ports: Ports, kind: str, account: str, name: str) -> Row:
    """The row. Raises: NotFoundError (NoSuchEntity)."""
    row = await ports.records.get(kind, account, name)
    if row is None:
        raise missing(kind, name)
    return row


def missing(kind: str, name: str) -> NotFoundError:
    """There is no such user, role or policy."""
    return NotFoundError(f"The {_WORDS[kind]} with name {name} cannot be found.")


async def all_of(ports: Ports, kind: str, account: str) -> list[Row]:
    """All rows of a kind."""
    rows: list[Row] = []
    while more := await ports.records.list(kind, account, after=rows[-1].name if rows else "", most=_PAGE):
        rows += more
    return rows


async def make(ports: Ports, kind: str, account: str, name: str, body: Json) -> Row:
    """Store a new one. Raises: ConflictError (EntityAlreadyExists), LimitExceededError."""
    if len(await all_of(ports, kind, account)) >= _MOST[kind]:
        raise LimitExceededError(f"An account may have {_MOST[kind]} of these at most. Delete one first.")
    try:
        row = await ports.records.put(Row(kind, account, name, body))
    except ConflictError:
        raise ConflictError(f"The {_WORDS[kind]} with name {name} already exists.") from None
    await ports.iam.reload(account)
    return row


async def change(ports: Ports, kind: str, account: str, name: str, edit: Callable[[Json], None]) -> Row:
    """Store what `edit` does to the newest body.

    Raises:
        NotFoundError: there is none.
        ThrottledError: others changed it again and again meanwhile.
    """
    for _ in range(_ATTEMPTS):
        row = await found(ports, kind, account, name)
        body: dict[str, Any] = json.loads(json.dumps(row.body))
        edit(body)
        try:
            changed = await ports.records.put(Row(kind, account, name, body, row.version))
        except ConflictError:
            continue
        await ports.iam.reload(account)
        return changed
    raise ThrottledError("It is being changed by other requests. Try again.", code="ConcurrentModification")


async def remove(ports: Ports, kind: str, account: str, name: str) -> None:
    """Take it away. Raises: NotFoundError."""
    if not await ports.records.delete(kind, account, name):
        raise missing(kind, name)
    await ports.iam.reload(account)


def in_use(what: str) -> ConflictError:
    """It has things that must be taken away first."""
    return ConflictError(f"Cannot delete entity, must {what} first.", code="DeleteConflict")
