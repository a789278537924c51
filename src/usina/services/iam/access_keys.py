"""Access keys of users. What such a key may do is what its account's policies say of its user, and nothing else.

Keys that carry site roles (made by usina CreateKey) are listed, but ended there: their roles are not the account's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.errors import AccessDeniedError, LimitExceededError, NotFoundError
from usina.core.operation import Access, operation
from usina.services.iam.changing import found
from usina.services.iam.pages import page
from usina.services.iam.touching import one_key, one_user, user_of
from usina.sovereignty.iam.rows import IAM_ROLE, USER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.keys import KeyCard
    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import iam_types as t

_MOST = 2  # of one user, as AWS's quota


async def _keys(call: Call[Any], ports: Ports) -> list[KeyCard]:
    cards, name = await ports.keyring.list(call.principal.account), user_of(call)
    return [card for card in cards if card.kind == "access" and card.user == name and not card.ended]


async def _key(call: Call[Any], ports: Ports) -> KeyCard:
    asked = call.arguments["AccessKeyId"]
    card = next((card for card in await _keys(call, ports) if card.id == asked), None)
    if card is None:
        raise NotFoundError(f"The Access Key with id {asked} cannot be found.")
    if card.roles != (IAM_ROLE,):
        raise AccessDeniedError(f"{asked} carries site roles: end it with `usina keys revoke`.")
    return card


@operation("iam", "CreateAccessKey", access=Access.PERMISSIONS, touches=one_user)
async def create_access_key(call: Call[t.CreateAccessKeyRequest], ports: Ports) -> t.CreateAccessKeyResponse:
    """Make a key for a user. Its secret is in this answer only."""
    account, name = call.principal.account, user_of(call)
    await found(ports, USER, account, name)
    own = [card for card in await _keys(call, ports) if card.roles == (IAM_ROLE,)]
    if len(own) >= _MOST:
        raise LimitExceededError(f"Cannot exceed quota for AccessKeysPerUser: {_MOST}")
    made = await ports.keyring.create("access", account, name, (IAM_ROLE,), None)
    return {
        "AccessKey": {
            "UserName": name,
            "AccessKeyId": made.card.id,
            "Status": "Active",
            "SecretAccessKey": made.secret,
            "CreateDate": utc(made.card.created_at),
        }
    }


@operation("iam", "ListAccessKeys", access=Access.LIST, touches=one_user)
async def list_access_keys(call: Call[t.ListAccessKeysRequest], ports: Ports) -> Mapping[str, Any]:
    """List the keys of a user, without their secrets."""
    cards = await _keys(call, ports)
    if not cards and "UserName" in call.arguments:
        await found(ports, USER, call.principal.account, call.arguments["UserName"])
    shown, more = page(cards, lambda card: card.id, call.arguments)
    described = [
        {
            "UserName": card.user,
            "AccessKeyId": card.id,
            "Status": "Active" if card.active else "Inactive",
            "CreateDate": utc(card.created_at),
        }
        for card in shown
    ]
    return {"AccessKeyMetadata": described, **more}


@operation("iam", "GetAccessKeyLastUsed", access=Access.READ, touches=one_key)
async def get_access_key_last_used(
    call: Call[t.GetAccessKeyLastUsedRequest], ports: Ports
) -> t.GetAccessKeyLastUsedResponse:
    """When a key last proved a request, and for which service."""
    asked = call.arguments["AccessKeyId"]
    cards = await ports.keyring.list(call.principal.account)
    card = next((card for card in cards if card.id == asked and card.kind == "access" and not card.ended), None)
    if card is None:
        raise NotFoundError(f"The Access Key with id {asked} cannot be found.")
    if card.last_use is None:
        return {"UserName": card.user, "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}
    used = card.last_use
    return {
        "UserName": card.user,
        "AccessKeyLastUsed": {"LastUsedDate": utc(used.at), "ServiceName": used.service, "Region": used.region},
    }


@operation("iam", "UpdateAccessKey", access=Access.PERMISSIONS, touches=one_user)
async def update_access_key(call: Call[t.UpdateAccessKeyRequest], ports: Ports) -> Mapping[str, Any]:
    """Put a key out of use at once, or into use again."""
    card = await _key(call, ports)
    await ports.keyring.suspend(card.id, suspended=call.arguments["Status"] != "Active")
    return {}


@operation("iam", "DeleteAccessKey", access=Access.PERMISSIONS, touches=one_user)
async def delete_access_key(call: Call[t.DeleteAccessKeyRequest], ports: Ports) -> Mapping[str, Any]:
    """End a key for good, at once, with every session that came from it."""
    card = await _key(call, ports)
    await ports.keyring.revoke(card.id)
    return {}
