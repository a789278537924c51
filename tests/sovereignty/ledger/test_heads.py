"""Signed heads are checkpoints that any witness can read, and nothing but what was signed."""

from __future__ import annotations

import base64
import hashlib
import stat
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from usina.core.errors import OperatorError
from usina.sovereignty.ledger.heads import (
    HeadError,
    load_signing_key,
    origin_of,
    parse_line,
    parse_note,
    public_pem,
    read_public_key,
    sign_head,
)

if TYPE_CHECKING:
    from pathlib import Path

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
HEAD = sign_head(KEY, "usina/north", 7, b"\x05" * 32, 1_800_000_000.25)


def test_a_head_is_a_checkpoint_in_the_form_of_c2sp() -> None:
    text, _, signature = HEAD.note.partition("\n\n")
    lines = text.split("\n")
    assert lines == ["usina/north", "7", base64.b64encode(HEAD.root).decode(), "time 2027-01-15T08:00:00.250000Z"]
    assert signature.startswith("\u2014 usina/north ")
    signed = base64.b64decode(signature.split()[-1])
    raw = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert signed[:4] == hashlib.sha256(b"usina/north\n\x01" + raw).digest()[:4]
    KEY.public_key().verify(signed[4:], f"{text}\n".encode())


def test_a_head_is_read_as_it_was_signed() -> None:
    assert parse_line(HEAD.line(), KEY.public_key()) == HEAD
    assert HEAD.json()["root"] == HEAD.root.hex()


def test_a_head_changed_at_any_byte_is_refused() -> None:
    line = HEAD.line()
    for offset in range(len(line)):
        for mask in (0x01, 0x20):
            changed = bytearray(line)
            changed[offset] ^= mask
            with pytest.raises(HeadError):
                parse_line(bytes(changed), KEY.public_key())


@pytest.mark.parametrize("note", ["", "\n\n", "usina/north\n7\n", "a\nb\nc\ntime d\n\n\u2014 a e\n", HEAD.note * 2])
def test_what_is_no_head_is_refused(note: str) -> None:
    with pytest.raises(HeadError):
        parse_note(note, KEY.public_key())


def test_a_head_of_another_key_is_refused() -> None:
    other = Ed25519PrivateKey.generate()
    with pytest.raises(HeadError, match="another key"):
        parse_note(HEAD.note, other.public_key())


def test_the_name_of_a_site_never_breaks_the_note() -> None:
    assert origin_of("my site+\nnow") == "usina/my-site--now"


def test_a_new_signing_key_is_for_its_owner_only_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ledger.key"
    made = load_signing_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert public_pem(load_signing_key(path).public_key()) == public_pem(made.public_key())


def test_what_is_no_signing_key_is_said_to_the_operator(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    path.write_text("not a key")
    with pytest.raises(OperatorError, match="Put the right file back"):
        load_signing_key(path)
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    path.write_bytes(X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(OperatorError, match="not an Ed25519 key"):
        load_signing_key(path)


def test_a_public_key_is_read_only_in_the_bytes_it_is_written_in() -> None:
    pem = public_pem(KEY.public_key())
    assert public_pem(read_public_key(pem)) == pem
    for wrong in (pem + b"\n", pem.replace(b"\n", b"\r\n"), b"", pem[:-20]):
        with pytest.raises(HeadError):
            read_public_key(wrong)
