"""The loop of retention, in virtual time."""

from __future__ import annotations

import asyncio
import contextlib

from usina.stores.retention import EVERY_SECONDS, keep_retention
from usina.testing.clock import VirtualClock


class Hours(VirtualClock):
    """Ends the loop after some rounds."""

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        if self.monotonic() >= 3 * EVERY_SECONDS:
            raise asyncio.CancelledError


async def test_everything_is_expired_once_an_hour_whatever_fails() -> None:
    clock = Hours()
    seen: list[float] = []

    async def broken() -> None:
        raise OSError

    async def expire() -> None:
        seen.append(clock.monotonic())

    with contextlib.suppress(asyncio.CancelledError):
        await keep_retention(clock, (broken, expire))
    assert seen == [0.0, EVERY_SECONDS, 2 * EVERY_SECONDS]
