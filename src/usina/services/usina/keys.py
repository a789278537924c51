"""Keys: make, list, revoke. Which accounts and roles somebody may make keys for is policy's business."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.errors import ConflictError, NotFoundError, ValidationError
from usina.core.operation import Access, Resource, operation
from usina.services.usina.pages import page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.keys import KeyCard
    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import usina_types as t

_ADMINISTRATOR = "administrator"
_NEW = "*"  # a key that has no id yet


def _account_of(call: Call[Mapping[str, Any]]) -> str:
    account: str = call.arguments.get("account", call.principal.account)
    return account


def _account(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    del ports
    if call.arguments.get("allAccounts", False):
        return (Resource("Key", "*"),)
    account = _account_of(call)
    return (Resource("Account", account, account),)


def _account_key_and_roles(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    del ports
    asked, account = call.arguments, _account_of(call)
    key = Resource("Key", _NEW, account, {"user": asked["user"], "kind": asked.get("kind", "access")})
    roles = dict.fromkeys(asked["roles"])
    return (Resource("Account", account, account), key, *(Resource("Role", role, account) for role in roles))


def _key(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    del ports
    return (Resource("Key", call.arguments["keyId"], _account_of(call)),)


def _describe(card: KeyCard, now: float) -> t.KeyDescription:
    described: t.KeyDescription = {
        "keyId": card.id,
        "kind": "bearer" if card.kind == "bearer" else "access",
        "account": card.account,
        "user": card.user,
        "roles": list(card.roles),
        "createdAt": utc(card.created_at),
        "active": card.works(now),
    }
    if card.last_use is not None:
        described["lastUsedAt"] = utc(card.last_use.at)
        described["lastUsedService"] = card.last_use.service
    if card.expires_at is not None:
        described["expiresAt"] = utc(card.expires_at)
    return described


@operation("usina", "CreateKey", access=Access.PERMISSIONS, touches=_account_key_and_roles)
async def create_key(call: Call[t.CreateKeyRequest], ports: Ports) -> t.CreateKeyResponse:
    """Make a key for a user. Its secret is in this answer only; the site keeps what it needs to check it."""
    asked = call.arguments
    roles = tuple(dict.fromkeys(asked["roles"]))
    made = await ports.keyring.create(
        asked.get("kind", "access"), _account_of(call), asked["user"], roles, asked.get("lifetimeSeconds")
    )
    return {"key": _describe(made.card, ports.clock.now()), "secret": made.secret}


@operation("usina", "ListKeys", access=Access.LIST, touches=_account)
async def list_keys(call: Call[t.ListKeysRequest], ports: Ports) -> t.ListKeysResponse:
    """List the keys of one account, or of all accounts, without their secrets."""
    everyone = call.arguments.get("allAccounts", False)
    if everyone and "account" in call.arguments:
        raise ValidationError("say account or allAccounts, not both")
    cards = [card for card in await ports.keyring.list(None if everyone else _account_of(call)) if _is_shown(card)]
    most, token = call.arguments.get("maxResults"), call.arguments.get("nextToken")
    found, token = page(cards, lambda card: f"{card.account}/{card.id}", most, token)
    answer: t.ListKeysResponse = {"keys": [_describe(card, ports.clock.now()) for card in found]}
    if token is not None:
        answer["nextToken"] = token
    return answer


@operation("usina", "RevokeKey", access=Access.PERMISSIONS, touches=_key)
async def revoke_key(call: Call[t.RevokeKeyRequest], ports: Ports) -> t.RevokeKeyResponse:
    """End a key at once. The last administrator's key stays: nobody could make another."""
    key_id, account = call.arguments["keyId"], _account_of(call)
    cards = await ports.keyring.list(account)
    card = next((card for card in cards if card.id == key_id and _is_shown(card)), None)
    if card is None:
        raise NotFoundError(f"Account {account} has no key {key_id}. ListKeys shows those it has.")
    if _is_last_administrator(card, cards, ports):
        raise ConflictError(
            f"{key_id} is the last key that acts as administrator: create another one before you revoke it"
        )
    return {"key": _describe(await ports.keyring.revoke(key_id), ports.clock.now())}


def _is_shown(card: KeyCard) -> bool:
    """A person's key opens nothing and is ended with the person (RemovePerson)."""
    return card.kind != "person"


def _is_last_administrator(card: KeyCard, cards: Sequence[KeyCard], ports: Ports) -> bool:
    def administers(some: KeyCard) -> bool:
        unending = some.active and some.expires_at is None
        return unending and _ADMINISTRATOR in some.roles and some.account == ports.site.account

    return administers(card) and sum(administers(other) for other in cards) == 1
