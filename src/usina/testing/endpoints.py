"""The `Endpoints` port in memory: a site that serves nothing, but says what it would, and answers what a test says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from usina.core.endpoints import Answer, Streamed
from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from usina.core.endpoints import Ask


class FakeEndpoints:
    """A machine with room for two `ml.m5.large`; keeps what it was told of and asked.

    Endpoints whose names a test puts into `serving` answer each with what stands there: an answer, pieces, an error.
    """

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.queued: list[tuple[str, str, str]] = []
        self.asked: list[tuple[str, str, Ask]] = []
        self.serving: dict[str, Answer | Exception | Sequence[bytes | Exception]] = {}
        self.why_unable = ""

    def unable(self) -> str:
        """What a test says."""
        return self.why_unable

    def refusal(self, variants: Sequence[Mapping[str, Any]]) -> str:
        """Why these can never run."""
        wanted = [each for each in variants if not each.get("language") and not each.get("serverless")]
        if any(each["instance"] != "ml.m5.large" for each in wanted) or sum(each["count"] for each in wanted) > 2:  # noqa: PLR2004 - as it says above
            return "The variants do not fit this site's machine."
        return ""

    def changed(self, account: str, name: str) -> None:
        """Keep it."""
        self.told.append((account, name))

    async def invoke(self, account: str, name: str, ask: Ask, variant: str = "") -> Answer:
        """What a test says."""
        found = self._found(account, name, ask, variant)
        if not isinstance(found, Answer):
            raise TypeError(name)
        return replace(found, variant=variant or "AllTraffic")

    async def stream(self, account: str, name: str, ask: Ask, variant: str = "") -> Streamed:
        """What a test says, piece by piece."""
        found = self._found(account, name, ask, variant)
        if isinstance(found, Answer):
            raise TypeError(name)
        return Streamed("text/plain", "", _pieces(found), variant or "AllTraffic")

    def submitted(self, account: str, endpoint: str, name: str) -> None:
        """Keep it."""
        self.queued.append((account, endpoint, name))

    def _found(self, account: str, name: str, ask: Ask, variant: str) -> Answer | Sequence[bytes | Exception]:
        self.asked.append((name, variant, ask))
        found = self.serving.get(name)
        if found is None:
            raise ValidationError(f"Endpoint {name} of account {account} not found.")
        if isinstance(found, Exception):
            raise found
        return found


async def _pieces(found: Sequence[bytes | Exception]) -> AsyncIterator[bytes]:
    for piece in found:
        if isinstance(piece, Exception):
            raise piece
        yield piece
