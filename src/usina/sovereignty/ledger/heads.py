"""Signed tree heads: what the site puts its name to, so that it cannot tell two stories of its past.

A head is a checkpoint as C2SP specifies it (tlog-checkpoint, a signed-note): origin, number of records, root hash,
time, and an Ed25519 signature, as text. Any witness of transparency logs can read it.
`heads.log` holds them one a line, each as `{"note": ...}` in exactly the bytes that msgspec gives.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from usina.core.clock import utc
from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from pathlib import Path

HEADS_FILE: Final = "heads.log"
PUBLIC_KEY_FILE: Final = "public.pem"
LINE_BYTES: Final = 4_096  # a head is shorter than this
_ED25519: Final = b"\x01"  # algorithm byte of signed notes
_TEXT_LINES: Final = 4


class HeadError(Exception):
    """A head that is not as it was signed."""


class OtherKeyError(HeadError):
    """A head that another key signed."""


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    note: str


@dataclass(frozen=True, slots=True)
class TreeHead:
    """One signed statement: the first `size` records of this site's ledger have this root."""

    origin: str
    size: int
    root: bytes
    time: float  # epoch seconds
    note: str  # the signed text and its signature, as witnesses and auditors exchange it

    def json(self) -> dict[str, Any]:
        """The form shown to callers."""
        return {
            "origin": self.origin,
            "tree_size": self.size,
            "root": self.root.hex(),
            "time": self.time,
            "checkpoint": self.note,
        }

    def line(self) -> bytes:
        """Its line in `heads.log`."""
        return msgspec.json.encode(_Line(self.note)) + b"\n"


def origin_of(site: str) -> str:
    """The log's name in its checkpoints; signed notes allow neither blanks nor plus signs in it."""
    return "usina/" + "".join("-" if letter.isspace() or letter == "+" else letter for letter in site)


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _key_hash(origin: str, key: Ed25519PublicKey) -> bytes:
    return hashlib.sha256(origin.encode() + b"\n" + _ED25519 + _raw(key)).digest()[:4]


def sign_head(key: Ed25519PrivateKey, origin: str, size: int, root: bytes, time: float) -> TreeHead:
    """Sign a head. Time is epoch seconds, kept to the microsecond."""
    moment = utc(time).isoformat(timespec="microseconds").replace("+00:00", "Z")
    text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\ntime {moment}\n"
    signature = base64.b64encode(_key_hash(origin, key.public_key()) + key.sign(text.encode())).decode()
    return TreeHead(origin, size, root, time, f"{text}\n\u2014 {origin} {signature}\n")


def _decode(text: str) -> bytes:
    """Base64 in its one proper form: the last letter's unused bits are zero. Raises: ValueError."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not the proper form")
    return data


def parse_note(note: str, key: Ed25519PublicKey) -> TreeHead:
    """Read a checkpoint and check its signature.

    Raises:
        HeadError: it is not one, or not signed by this key.
    """
    text, _, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if len(lines) != _TEXT_LINES or not lines[3].startswith("time "):
        raise HeadError("this is no tree head")
    origin = lines[0]
    try:
        size, root = int(lines[1]), _decode(lines[2])
        time = datetime.fromisoformat(lines[3][5:]).timestamp()
        prefix = f"\u2014 {origin} "
        if not signatures.startswith(prefix) or not signatures.endswith("\n"):
            raise HeadError("the head's signature line is not as written")
        signed = _decode(signatures[len(prefix) : -1])
    except ValueError as error:
        raise HeadError("the head cannot be read") from error
    if signed[:4] != _key_hash(origin, key):
        raise OtherKeyError("the head is signed by another key")
    try:
        key.verify(signed[4:], f"{text}\n".encode())
    except InvalidSignature:
        raise HeadError("the head's signature does not fit") from None
    return TreeHead(origin, size, root, time, note)


def parse_line(line: bytes, key: Ed25519PublicKey) -> TreeHead:
    """Read one line of `heads.log` (with its newline). Raises: HeadError."""
    try:
        note = msgspec.json.decode(line, type=_Line).note
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise HeadError("the line is not a head") from error
    head = parse_note(note, key)
    if head.line() != line:
        raise HeadError("the line is not exactly as it was written")
    return head


def load_signing_key(path: Path) -> Ed25519PrivateKey:
    """The site's ledger key (PKCS #8, PEM, 0600), made where there is none.

    Raises:
        OperatorError: the file cannot be read, written, or is no Ed25519 key.
    """
    try:
        if not path.exists():
            _write_new_key(path)
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        message = f"the ledger's signing key {path} cannot be used: {error}. Put the right file back."
        raise OperatorError(message) from error
    if not isinstance(key, Ed25519PrivateKey):
        message = f"{path} is not an Ed25519 key. Put the right file back."
        raise OperatorError(message)
    return key


def _write_new_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    scratch = path.with_name(f".{path.name}.new")
    scratch.unlink(missing_ok=True)
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def public_pem(key: Ed25519PublicKey) -> bytes:
    """A public key as a PEM file holds it."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def read_public_key(pem: bytes) -> Ed25519PublicKey:
    """Read a PEM file's key; every byte of it must be as `public_pem` writes it.

    Raises:
        HeadError: it is not.
    """
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise HeadError("the public key cannot be read") from error
    if not isinstance(key, Ed25519PublicKey) or public_pem(key) != pem:
        raise HeadError("the public key is not an Ed25519 key as written")
    return key
