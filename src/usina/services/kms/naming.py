"""Keys by their names, what operations touch, and the errors that several of them share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import CallerError, ConflictError, NotFoundError, ThrottledError
from usina.core.ids import Arn
from usina.core.kms import KEY, PENDING, SYMMETRIC
from usina.core.operation import Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from usina.core.kms import KmsKey
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports, Row

_ATTEMPTS: Final = 5
SERVICE_MADE: Final = "AWS"  # manager of a key that a service of this site made


def key_arn(key_id: str, account: str, ports: Ports) -> str:
    """ARN of a key."""
    return str(Arn("kms", ports.site.region, account, f"key/{key_id}"))


def alias_arn(name: str, account: str, ports: Ports) -> str:
    """ARN of an alias."""
    return str(Arn("kms", ports.site.region, account, name))


def resource_of(name: str, call: Call[Any], ports: Ports) -> Resource:
    """The key of that name as policy sees it. A name of another account is that account's, there or not."""
    arn = Arn.parse(name)
    account = call.principal.account if arn is None else arn.account
    key = ports.kms.find(account, name)
    if key is not None:
        return Resource("KmsKey", key.arn, account)
    return Resource("KmsKey", name if arn is not None else key_arn(name, account, ports), account)


def touches_key(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The key that `KeyId` names."""
    return (resource_of(call.arguments["KeyId"], call, ports),)


def touches_account(call: Call[Any], _ports: Ports) -> Sequence[Resource]:
    """The caller's account, of what lists and of what belongs to no key."""
    return (Resource("Account", call.principal.account, call.principal.account),)


def touches_every_key(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """A key that is to be made: all of the account."""
    account = call.principal.account
    return (Resource("KmsKey", key_arn("*", account, ports), account),)


def the_key(name: str, call: Call[Any], ports: Ports) -> KmsKey:
    """The caller's key. Raises: NotFoundError, the same whether it is not there or another account's."""
    key = ports.kms.find(call.principal.account, name)
    if key is None:
        kind = "Alias" if ":alias/" in name or name.startswith("alias/") else "Key"
        shown = name
        if not name.startswith("arn:"):
            shown = (alias_arn if kind == "Alias" else key_arn)(name, call.principal.account, ports)
        raise NotFoundError(f"{kind} '{shown}' does not exist", code="NotFoundException")
    return key


def check_not_pending(key: KmsKey) -> None:
    """Raises: CallerError (KMSInvalidStateException)."""
    if key.state == PENDING:
        raise CallerError(f"{key.arn} is pending deletion.", code="KMSInvalidStateException")


def check_of_customer(key: KmsKey) -> None:
    """Raises: CallerError where the key is one that a service of this site keeps for the account."""
    if key.body["manager"] == SERVICE_MADE:
        raise CallerError(
            f"{key.arn} is kept by a service of this site for the account; it cannot be changed.",
            code="AccessDeniedException",
        )


def check_symmetric(key: KmsKey) -> None:
    """Raises: CallerError (UnsupportedOperationException)."""
    if key.body["spec"] != SYMMETRIC:
        raise CallerError(
            f"{key.arn} has key spec {key.body['spec']}; only symmetric encryption keys are rotated.",
            code="UnsupportedOperationException",
        )


async def change(key: KmsKey, call: Call[Any], ports: Ports, edit: Callable[[Json], Json]) -> None:
    """Store an edited body over the newest one, and put it in force.

    Raises: NotFoundError where the key has gone; what `edit` raises; ThrottledError.
    """
    for _ in range(_ATTEMPTS):
        row = await ports.records.get(KEY, key.account, key.id)
        if row is None:
            raise NotFoundError(f"Key '{key.arn}' does not exist", code="NotFoundException")
        try:
            await ports.records.put(replace(row, body=edit(dict(row.body))))
        except ConflictError:
            continue
        await ports.kms.reload(call.principal.account)
        return
    raise ThrottledError("The key is being changed by other requests. Try again.", retry_after_seconds=1.0)


async def the_row(key: KmsKey, ports: Ports) -> Row:
    """The key's newest row. Raises: NotFoundError."""
    row = await ports.records.get(KEY, key.account, key.id)
    if row is None:
        raise NotFoundError(f"Key '{key.arn}' does not exist", code="NotFoundException")
    return row


def refuse_unserved(asked: Any) -> None:
    """Raises: CallerError for what would be promised and not kept."""
    if asked.get("GrantTokens"):
        raise CallerError("This site has no grants: leave out GrantTokens.", code="InvalidGrantTokenException")
    if asked.get("Recipient"):
        raise CallerError(
            "Attested recipients are not supported by this site: leave out Recipient.",
            code="UnsupportedOperationException",
        )


def dry_run(asked: Any) -> None:
    """Raises: CallerError where the request only wanted to know whether it would succeed."""
    if asked.get("DryRun"):
        raise CallerError(
            "The request would have succeeded, but the DryRun option is set.", code="DryRunOperationException"
        )
