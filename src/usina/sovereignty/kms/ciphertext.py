"""The form of a ciphertext: version, key id, number of the key's material, nonce, AES-256-GCM's output.

    1 byte    form, 1
    16 bytes  id of the key (a UUID)
    4 bytes   number of the material, big-endian
    12 bytes  nonce
    the rest  ciphertext and tag

What comes before the nonce and the encryption context are authenticated. A random nonce is safe for 2**32 messages of
one material (NIST SP 800-38D, 8.3); rotation begins anew.
"""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORM: Final = 1
_HEAD = struct.Struct(">B16sI12s")
NONCE_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class Parts:
    """A ciphertext taken apart."""

    key_id: str
    material: int
    nonce: bytes
    sealed: bytes


def join(parts: Parts) -> bytes:
    """The bytes of a ciphertext."""
    return _HEAD.pack(_FORM, uuid.UUID(parts.key_id).bytes, parts.material, parts.nonce) + parts.sealed


def take_apart(text: bytes) -> Parts | None:
    """A ciphertext's parts; None where it is none of ours."""
    if len(text) <= _HEAD.size or text[0] != _FORM:
        return None
    _, key, material, nonce = _HEAD.unpack_from(text)
    return Parts(str(uuid.UUID(bytes=key)), material, nonce, text[_HEAD.size :])


def bound_to(arn: str, material: int, context: Mapping[str, str]) -> bytes:
    """What a ciphertext is authenticated with beside its own bytes: key, material, and the context in order of key.

    Every part comes with its length, so that no two contexts are one text.
    """
    words = [arn, str(material)]
    for name in sorted(context):
        words += [name, context[name]]
    encoded = [word.encode("utf-8", "surrogatepass") for word in words]
    return b"".join(len(word).to_bytes(4) + word for word in encoded)
