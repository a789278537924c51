"""GET from an identity provider, through the one door of outgoing connections: TLS always, no redirect, bounded."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httptools

from usina.core.egress import Purpose
from usina.core.errors import UsinaError
from usina.sovereignty.oidc.provider_keys import FetchError

if TYPE_CHECKING:
    from usina.core.egress import Egress

_SECONDS: Final = 10.0
_MOST_BYTES: Final = 262_144
_OK: Final = 200
_HTTPS: Final = 443
_PIECE_BYTES: Final = 16_384


class ProviderFetch:
    """The `Fetch` of provider keys."""

    def __init__(self, egress: Egress, authorities: str = "") -> None:
        """`authorities`: a PEM file of authorities to trust beside the machine's own."""
        self._egress = egress
        self._authorities = authorities

    async def __call__(self, url: str) -> bytes:
        """The body of a 200. Raises: FetchError."""
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._get(url)
        except TimeoutError:
            raise FetchError(f"it gave no answer within {_SECONDS:.0f} s") from None
        except ssl.SSLError as error:
            raise FetchError(f"its certificate is not trusted: {error.reason or type(error).__name__}") from None
        except (UsinaError, OSError, ValueError, httptools.HttpParserError) as error:
            raise FetchError(f"{type(error).__name__}: {error}") from None

    async def _get(self, url: str) -> bytes:
        place = urlsplit(url)
        if place.scheme != "https" or not place.hostname or place.username is not None or not url.isascii():
            raise FetchError("its address is not one of https")
        context = ssl.create_default_context()
        if self._authorities:
            context.load_verify_locations(self._authorities)
        reader, writer = await self._egress.connect(
            Purpose.IDENTITY_PROVIDER, place.hostname, place.port or _HTTPS, tls=context
        )
        try:
            path = f"{place.path or '/'}{'?' + place.query if place.query else ''}"
            lines = (f"GET {path} HTTP/1.1", f"Host: {place.netloc}", "Accept: application/json", "Connection: close")
            writer.write("\r\n".join((*lines, "", "")).encode("ascii"))
            await writer.drain()
            return await _answer(reader)
        finally:
            writer.transport.abort()  # what may still come is not waited for


class _Answer:
    """What httptools calls."""

    def __init__(self) -> None:
        self.body = bytearray()
        self.whole = False

    def on_body(self, piece: bytes) -> None:
        """A piece of the body."""
        self.body += piece

    def on_message_complete(self) -> None:
        """The end of it."""
        self.whole = True


async def _answer(reader: asyncio.StreamReader) -> bytes:
    found = _Answer()
    parser: Any = httptools.HttpResponseParser(found)
    size_bytes = 0
    while not found.whole and (piece := await reader.read(_PIECE_BYTES)):
        size_bytes += len(piece)
        if size_bytes > _MOST_BYTES:
            raise FetchError(f"its answer is larger than {_MOST_BYTES} bytes")
        parser.feed_data(piece)
    status = parser.get_status_code()
    if status and status != _OK:
        raise FetchError(f"it answered {status}")
    if not found.whole:
        raise FetchError("its answer broke off")
    return bytes(found.body)
