"""Keys that encrypt: those of accounts as handlers see them (KMS), and those under which content lies at rest.

A row of kind `kms-key` (name: the key's id) holds:

    description, usage, spec         as CreateKey was asked
    state                            Enabled, Disabled, PendingDeletion
    manager                          CUSTOMER; AWS for a key that a service of this site made for the account
    created, deletion_at             epoch seconds; `deletion_at` null where no deletion is scheduled
    window_days                      of the scheduled deletion
    rotation_days, rotated_at        0: not rotated by itself; epoch seconds of the newest material
    policy                           key policy as JSON text
    tags                             {key: value}
    materials                        sealed key material, oldest first; ciphertexts name the one they were made by

A row of kind `kms-alias` (name: `alias/NAME`) holds `key`, `created`, `updated`.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KEY: Final = "kms-key"
ALIAS: Final = "kms-alias"
SYMMETRIC: Final = "SYMMETRIC_DEFAULT"
ENABLED: Final = "Enabled"
DISABLED: Final = "Disabled"
PENDING: Final = "PendingDeletion"


@dataclass(frozen=True, slots=True)
class KmsKey:
    """An account's key, without its material."""

    account: str
    id: str
    arn: str
    body: Mapping[str, Any]

    @property
    def state(self) -> str:
        """Enabled, Disabled or PendingDeletion."""
        return str(self.body["state"])


def new_body(spec: str, usage: str, now: float, material: str, **more: Any) -> dict[str, Any]:
    """The body of a fresh key's row."""
    return {
        "description": "",
        "usage": usage,
        "spec": spec,
        "state": ENABLED,
        "manager": "CUSTOMER",
        "created": now,
        "deletion_at": None,
        "window_days": None,
        "rotation_days": 0,
        "rotated_at": now,
        "policy": "",
        "tags": {},
        "materials": [material],
        **more,
    }


def new_key_id(chance: bytes) -> str:
    """A key's id (a UUID version 4) from 16 bytes of chance."""
    return str(uuid.UUID(bytes=chance, version=4))


@dataclass(frozen=True, slots=True)
class KmsAlias:
    """A second name of a key."""

    account: str
    name: str  # alias/NAME
    arn: str
    key: str  # id
    created: float
    updated: float


class Kms(Protocol):
    """The keys of all accounts. Reads are from memory: quick, no I/O. Key material never leaves it unsealed."""

    def find(self, account: str, name: str) -> KmsKey | None:
        """The account's key by id, ARN, alias name or alias ARN; None where it is not the account's or not there."""
        ...

    def keys(self, account: str) -> Sequence[KmsKey]:
        """The account's keys, in order of id."""
        ...

    def aliases(self, account: str) -> Sequence[KmsAlias]:
        """The account's aliases, in order of name."""
        ...

    def new_material(self, account: str, key_id: str, number: int, spec: str) -> str:
        """Fresh key material, sealed, for a place in that key's `materials`."""
        ...

    async def service_key(self, account: str, service: str) -> KmsKey:
        """The key a service of this site keeps for the account (`alias/aws/SERVICE`), made when first asked for."""
        ...

    async def reload(self, account: str) -> None:
        """Read the account's rows again, after a handler wrote some and before it answers."""
        ...

    def encrypt(self, key: KmsKey, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """A ciphertext that names its key. The context is authenticated, not kept in it.

        Raises: CallerError (DisabledException, KMSInvalidStateException, InvalidKeyUsageException).
        """
        ...

    def decrypt(self, key: KmsKey, ciphertext: bytes, context: Mapping[str, str]) -> bytes:
        """The plaintext. Raises: CallerError (InvalidCiphertextException and those of `encrypt`)."""
        ...

    def named_by(self, ciphertext: bytes) -> str:
        """Id of the key that a ciphertext says it was made by; empty where it says none."""
        ...


class ContentKeys(Protocol):
    """Keys of content at rest: each content has one of its own, kept beside it wrapped by a key of the site or of an
    account. Quick enough to be called anywhere.
    """

    def make(self, name: str, under: str) -> tuple[bytes, str]:
        """A fresh 256-bit key for content of that name, and the same wrapped; `under`: a KMS key's ARN, or empty: the
        site's own key. Raises: CallerError where that key is not there or not enabled.
        """
        ...

    def open(self, name: str, wrapped: str) -> bytes:
        """The key of that content. Raises: CallerError where its KMS key is gone or not enabled; UnavailableError where
        it was wrapped by another site's key, or altered.
        """
        ...


class KmsSigning(Protocol):
    """What asymmetric and HMAC keys do. Raises, all: CallerError where the key is not enabled or is of another kind."""

    def sign(self, key: KmsKey, algorithm: str, message: bytes, *, is_digest: bool) -> bytes:
        """A signature in the form that KMS documents. Raises: ValidationError where a digest has another length."""
        ...

    def verify(self, key: KmsKey, algorithm: str, message: bytes, signature: bytes, *, is_digest: bool) -> bool:
        """Whether that key made the signature. Raises: see `sign`."""
        ...

    def encrypt(self, key: KmsKey, algorithm: str, plaintext: bytes) -> bytes:
        """A ciphertext of an RSA key. Raises: ValidationError where the plaintext is too long for it."""
        ...

    def decrypt(self, key: KmsKey, algorithm: str, ciphertext: bytes) -> bytes:
        """The plaintext. Raises: CallerError (InvalidCiphertextException), the same whatever was wrong with it."""
        ...

    def public_key(self, key: KmsKey) -> bytes:
        """The public half, DER as X.509 has it."""
        ...

    def mac(self, key: KmsKey, algorithm: str, message: bytes) -> bytes:
        """The message's authentication code."""
        ...
