"""What is secret at rest: AES-256-GCM under the site's key file.

Each sealed thing is bound to what it belongs to (its row with all that the row grants, its session id): moved to
another row, or with its roles changed beside it, it does not open. Rows and session tokens have keys of their own,
derived from the file's 32 bytes. Whoever holds the file holds the site; it is in `keys/`, readable by its owner only.
"""

from __future__ import annotations

import hmac
import os
import stat
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from pathlib import Path

    from usina.core.clock import Dice

_KEY_BYTES = 32
_NONCE_BYTES = 12  # chance alone is safe for 2**32 seals of one key (NIST SP 800-38D, 8.3)


class Seal:
    """Seals and opens small secrets of one purpose."""

    def __init__(self, key: bytes, dice: Dice) -> None:
        self._cipher = AESGCM(key)
        self._dice = dice

    def close(self, secret: bytes, bound_to: bytes) -> bytes:
        """Nonce, ciphertext and tag."""
        nonce = self._dice.token(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, bound_to)

    def open(self, sealed: bytes, bound_to: bytes) -> bytes | None:
        """The secret, or None where it was made by another key, altered, or bound to something else."""
        if len(sealed) < _NONCE_BYTES:
            return None
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
        except InvalidTag:
            return None


def purpose_seal(site_key: bytes, purpose: str, dice: Dice) -> Seal:
    """The seal for one purpose, under a key derived from the site's."""
    return Seal(hmac.digest(site_key, f"usina:{purpose}:v1".encode(), "sha256"), dice)


def read_site_key(path: Path, dice: Dice) -> bytes:
    """The site's key; made at the first start, with its folder.

    Raises: OperatorError where others may read it or it is not a key.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.parent.chmod(0o700)
        _write_key(path, dice.token(_KEY_BYTES))
    for each in (path, path.parent):
        if stat.S_IMODE(each.stat().st_mode) & 0o077:
            mode = "0700" if each.is_dir() else "0600"
            raise OperatorError(f"{each} can be read by others. If nobody did, run: chmod {mode[1:]} {each}")
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise OperatorError(f"{path} is not a site key of {_KEY_BYTES} bytes. Restore it from your backup.")
    return key


def _write_key(path: Path, key: bytes) -> None:
    """Whole or not at all, and durable before the first thing is sealed with it."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, key)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(fresh, path)  # never over a key that another process made meanwhile
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
