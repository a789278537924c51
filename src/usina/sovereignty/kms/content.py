"""The `ContentKeys` port: each content's own key, wrapped by the site's key or by an account's KMS key.

    s1.BASE64          wrapped by a key derived from the site's key file
    k1.ARN.BASE64      wrapped by that KMS key; its ciphertext names the material

Both are bound to the content's name: a wrapped key that is put beside other content does not open. Withdrawing the KMS
key withdraws all that lies under it, at the next read.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
from typing import TYPE_CHECKING, Final

from usina.core.errors import CallerError, UnavailableError
from usina.core.ids import Arn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from usina.core.clock import Dice
    from usina.core.kms import Kms, KmsKey
    from usina.sovereignty.keyring_seal import Seal

_KEY_BYTES: Final = 32
_BY_SITE: Final = "s1"
_BY_KMS: Final = "k1"
_NAME: Final = "usina:content"


class WrappedKeys:
    """Keys of content at rest."""

    def __init__(self, seal: Seal, kms: Kms, dice: Dice) -> None:
        self._seal = seal
        self._kms = kms
        self._dice = dice

    def make(self, name: str, under: str) -> tuple[bytes, str]:
        """A fresh key, and the same wrapped."""
        fresh = self._dice.token(_KEY_BYTES)
        if not under:
            return fresh, f"{_BY_SITE}.{_text(self._seal.close(fresh, name.encode()))}"
        with _told_as_kms():
            wrapped = self._kms.encrypt(self._found(under), fresh, {_NAME: name})
        return fresh, f"{_BY_KMS}.{under}.{_text(wrapped)}"

    def open(self, name: str, wrapped: str) -> bytes:
        """The key of that content."""
        form, _, rest = wrapped.partition(".")
        under, _, text = rest.rpartition(".")
        try:
            data = base64.b64decode(text, validate=True)
        except binascii.Error:
            raise _damaged() from None
        if form == _BY_KMS:
            with _told_as_kms():
                return self._kms.decrypt(self._found(under), data, {_NAME: name})
        opened = self._seal.open(data, name.encode()) if form == _BY_SITE else None
        if opened is None:
            raise _damaged()
        return opened

    def _found(self, arn: str) -> KmsKey:
        parsed = Arn.parse(arn)
        key = None if parsed is None else self._kms.find(parsed.account, arn)
        if key is None:
            raise CallerError(f"The KMS key {arn} does not exist any more.", code="NotFoundException")
        return key


@contextlib.contextmanager
def _told_as_kms() -> Iterator[None]:
    """Errors of a key as other services name them."""
    try:
        yield
    except CallerError as error:
        raise CallerError(error.message, code=f"KMS.{error.code}") from None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _damaged() -> UnavailableError:
    return UnavailableError("The key of the content cannot be opened with this site's key. Tell the site's operator.")
