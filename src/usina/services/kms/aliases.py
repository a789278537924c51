"""Aliases: names of keys that an account chooses, and may lead to another key later."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.errors import CallerError, ConflictError, NotFoundError, ThrottledError
from usina.core.kms import ALIAS
from usina.core.operation import Access, Resource, operation
from usina.core.ports import Row
from usina.services.kms.naming import alias_arn, check_not_pending, resource_of, the_key, touches_account
from usina.services.kms.pages import page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import kms_types as t

_PAGE: Final = 50
_PREFIX: Final = "alias/"
_RESERVED: Final = "alias/aws/"


def _touches_alias(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The alias, and each key that it leads to before or after."""
    asked, account = call.arguments, call.principal.account
    name = asked["AliasName"]
    touched = [Resource("KmsAlias", alias_arn(name, account, ports), account)]
    before = ports.kms.find(account, name) if name.startswith(_PREFIX) else None
    if before is not None:
        touched.append(Resource("KmsKey", before.arn, account))
    if "TargetKeyId" in asked:
        touched.append(resource_of(asked["TargetKeyId"], call, ports))
    return touched


@operation("kms", "CreateAlias", access=Access.WRITE, touches=_touches_alias)
async def create_alias(call: Call[t.CreateAliasRequest], ports: Ports) -> dict[str, Any]:
    """Give a key a name."""
    name, account = _checked(call.arguments["AliasName"]), call.principal.account
    key = the_key(call.arguments["TargetKeyId"], call, ports)
    check_not_pending(key)
    now = ports.clock.now()
    try:
        await ports.records.put(Row(ALIAS, account, name, {"key": key.id, "created": now, "updated": now}))
    except ConflictError:
        raise CallerError(
            f"An alias with the name {alias_arn(name, account, ports)} already exists", code="AlreadyExistsException"
        ) from None
    await ports.kms.reload(account)
    return {}


@operation("kms", "UpdateAlias", access=Access.WRITE, touches=_touches_alias)
async def update_alias(call: Call[t.UpdateAliasRequest], ports: Ports) -> dict[str, Any]:
    """Let a name lead to another key of the same kind."""
    name, account = _checked(call.arguments["AliasName"]), call.principal.account
    key = the_key(call.arguments["TargetKeyId"], call, ports)
    check_not_pending(key)
    row = await ports.records.get(ALIAS, account, name)
    if row is None:
        raise _missing(name, account, ports)
    before = ports.kms.find(account, name)
    if before is not None and before.body["usage"] != key.body["usage"]:
        raise CallerError(
            "An alias can only lead to another key with the same key usage.", code="KMSInvalidStateException"
        )
    try:
        await ports.records.put(replace(row, body={**row.body, "key": key.id, "updated": ports.clock.now()}))
    except ConflictError:
        raise ThrottledError("The alias is being changed by another request. Try again.") from None
    await ports.kms.reload(account)
    return {}


@operation("kms", "DeleteAlias", access=Access.WRITE, touches=_touches_alias)
async def delete_alias(call: Call[t.DeleteAliasRequest], ports: Ports) -> dict[str, Any]:
    """Take a name away; the key stays."""
    name, account = _checked(call.arguments["AliasName"]), call.principal.account
    if not await ports.records.delete(ALIAS, account, name):
        raise _missing(name, account, ports)
    await ports.kms.reload(account)
    return {}


@operation("kms", "ListAliases", access=Access.LIST, touches=touches_account)
async def list_aliases(call: Call[t.ListAliasesRequest], ports: Ports) -> t.ListAliasesResponse:
    """The account's aliases, or those of one key, in order of name."""
    asked, account = call.arguments, call.principal.account
    wanted = the_key(asked["KeyId"], call, ports).id if "KeyId" in asked else ""
    all_of_them = [alias for alias in ports.kms.aliases(account) if not wanted or alias.key == wanted]
    found, more = page(all_of_them, lambda alias: alias.name, asked, _PAGE)
    answer: Any = {
        "Aliases": [
            {
                "AliasName": alias.name,
                "AliasArn": alias.arn,
                "TargetKeyId": alias.key,
                "CreationDate": utc(alias.created),
                "LastUpdatedDate": utc(alias.updated),
            }
            for alias in found
        ],
        **more,
    }
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


def _checked(name: str) -> str:
    """Raises: CallerError (InvalidAliasNameException)."""
    if not name.startswith(_PREFIX) or name == _PREFIX:
        raise CallerError('Alias must start with the prefix "alias/".', code="InvalidAliasNameException")
    if name.startswith(_RESERVED):
        raise CallerError(f"Aliases that begin with {_RESERVED} are the site's own.", code="InvalidAliasNameException")
    return name


def _missing(name: str, account: str, ports: Ports) -> NotFoundError:
    return NotFoundError(f"Alias {alias_arn(name, account, ports)} is not found.", code="NotFoundException")
