"""Names of keys, users and roles in AWS's forms.

An access key id carries its account, as AWS's own do: base32 of one bit, 40 bits of account number and 39 of chance.
So a key is found in its tenant's rows with one look, and GetAccessKeyInfo needs no row at all. A long-term Bedrock key
is `ABSK` and base64 of `BedrockAPIKey-SUFFIX-at-ACCOUNT:SECRET`, the form that AWS's IAM gives out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usina.core.clock import Dice

ACCESS, SESSION, BEARER, PERSON = "AKIA", "ASIA", "ACCA", "APER"
BEARER_PREFIX = "ABSK"
_SUFFIX_BYTES = 10
_CHANCE_BITS = 39
_key_id = re.compile(r"(?:AKIA|ASIA|ACCA|APER)[A-Z2-7]{16}").fullmatch
_account = re.compile(r"[0-9]{12}").fullmatch
_name = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}").fullmatch
_bearer = re.compile(r"BedrockAPIKey-([a-z2-7]{16})-at-([0-9]{12}):[A-Za-z0-9+/=]{44}").fullmatch


def is_account(text: str) -> bool:
    """Whether this is an account id: 12 digits."""
    return _account(text) is not None


def is_name(text: str) -> bool:
    """Whether this can name a user, role or session: IAM's characters, at most 64."""
    return _name(text) is not None


def new_key_id(prefix: str, account: str, dice: Dice) -> str:
    """A fresh id under a prefix for an account."""
    chance = int.from_bytes(dice.token(5)) >> 1
    number = 1 << 79 | int(account) << _CHANCE_BITS | chance
    return prefix + base64.b32encode(number.to_bytes(_SUFFIX_BYTES)).decode()


def account_of(key_id: str) -> str | None:
    """The account a key id names; None where it is no key id of ours."""
    if _key_id(key_id) is None:
        return None
    number = int.from_bytes(base64.b32decode(key_id[4:])) >> _CHANCE_BITS & (1 << 40) - 1
    account = f"{number:012}"
    return account if is_account(account) else None


def stable_id(prefix: str, account: str, name: str) -> str:
    """The unique id of a user (AIDA) or role (AROA): the same for the same name, as no rows of them exist."""
    digest = hashlib.sha256(f"{prefix}\0{account}\0{name}".encode()).digest()
    return prefix + base64.b32encode(digest[:_SUFFIX_BYTES]).decode()


def bearer_token(key_id: str, account: str, secret: bytes) -> str:
    """The whole long-term bearer token of a key (`secret`: 32 bytes of chance)."""
    text = f"BedrockAPIKey-{key_id[4:].lower()}-at-{account}:{base64.b64encode(secret).decode()}"
    return BEARER_PREFIX + base64.b64encode(text.encode()).decode()


def bearer_key_id(token: str) -> str | None:
    """The key id that a long-term bearer token names; None where it is not of that form."""
    try:
        text = base64.b64decode(token[len(BEARER_PREFIX) :], validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    found = _bearer(text)
    if found is None:
        return None
    key_id = BEARER + found[1].upper()
    return key_id if account_of(key_id) == found[2] else None
