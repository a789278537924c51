"""Time and chance as arguments, so that control loops and signatures can be tested in virtual time."""

from __future__ import annotations

import asyncio
import secrets
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where every part gets its time from."""

    def now(self) -> float:
        """Seconds since the Unix epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back; only differences mean something."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        ...


class Dice(Protocol):
    """Where every part gets its randomness from; the real one is the operating system's."""

    def token(self, size_bytes: int) -> bytes:
        """That many unpredictable bytes."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Seconds since the Unix epoch, UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        await asyncio.sleep(seconds)


class SystemDice:
    """The operating system's random source."""

    def token(self, size_bytes: int) -> bytes:
        """That many unpredictable bytes."""
        return secrets.token_bytes(size_bytes)


def utc(epoch_seconds: float) -> datetime:
    """Epoch seconds as an aware datetime in UTC."""
    return datetime.fromtimestamp(epoch_seconds, tz=UTC)
