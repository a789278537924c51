"""Keys as rows: the document, and how it is sealed."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

import msgspec

from usina.core.keys import KeyCard, KeyKind
from usina.core.operation import Principal
from usina.sovereignty.iam.rows import IAM_ROLE
from usina.sovereignty.keyring_names import stable_id

if TYPE_CHECKING:
    from usina.core.ports import Json, Row
    from usina.sovereignty.keyring_seal import Seal

KIND = "key"
ACCOUNT_KIND = "account"


class KeyDocument(msgspec.Struct, frozen=True):
    """Body of a key's row. `sealed` is gone once the key is revoked, so no edit of the row brings it back."""

    kind: KeyKind
    user: str
    roles: tuple[str, ...]
    created_at: float
    expires_at: float | None
    active: bool
    sealed: str

    def bound_to(self, account: str, key_id: str) -> bytes:
        """All that the row grants: change any of it beside us, and the secret does not open."""
        granted = ("key", account, key_id, self.kind, self.user, self.roles, self.created_at, self.expires_at)
        return msgspec.json.encode(granted)

    def card(self, row: Row) -> KeyCard:
        """What listings show."""
        return KeyCard(
            row.name,
            self.kind,
            row.account,
            self.user,
            self.roles,
            self.created_at,
            self.expires_at,
            self.active,
            not self.sealed,
        )

    def body(self) -> Json:
        """As it is stored."""
        body: dict[str, Any] = msgspec.to_builtins(self)
        return body


def read_document(row: Row) -> KeyDocument | None:
    """The document of a row; None where it is not one of ours (never trusted, never shown)."""
    try:
        return msgspec.convert(row.body, KeyDocument, strict=False)
    except msgspec.ValidationError:
        return None


def seal_text(seal: Seal, secret: bytes, bound_to: bytes) -> str:
    """Sealed, as text for a document."""
    return base64.b64encode(seal.close(secret, bound_to)).decode()


def open_text(seal: Seal, sealed: str, bound_to: bytes) -> bytes | None:
    """The secret of a document; None where it does not open."""
    try:
        raw = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError):
        return None
    return seal.open(raw, bound_to)


def user_principal(account: str, user: str, roles: tuple[str, ...], key_id: str, *, session: bool = False) -> Principal:
    """A user of an account."""
    arn = f"arn:aws:iam::{account}:user/{user}"
    return Principal(account, arn, stable_id("AIDA", account, user), user, roles, key_id, session)


def role_principal(account: str, role: str, session_name: str, key_id: str, role_id: str = "") -> Principal:
    """Somebody who took a role. With `role_id` it is the account's own role of that id, and no site role at all."""
    if role_id:
        arn = f"arn:aws:sts::{account}:assumed-role/{role}/{session_name}"
        return Principal(account, arn, f"{role_id}:{session_name}", session_name, (IAM_ROLE,), key_id, session=True)
    arn = f"arn:aws:sts::{account}:assumed-role/{role}/{session_name}"
    user_id = f"{stable_id('AROA', account, role)}:{session_name}"
    return Principal(account, arn, user_id, session_name, (role,), key_id, session=True)
