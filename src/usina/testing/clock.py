"""Time and chance that a test decides."""

from __future__ import annotations


class VirtualClock:
    """A clock that moves when it is told to, or when somebody sleeps on it (at once, in no real time)."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._start = now
        self._elapsed = 0.0

    def now(self) -> float:
        """Seconds since the Unix epoch, UTC."""
        return self._start + self._elapsed

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Move the clock by that much."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move the clock by that much."""
        self._elapsed += max(0.0, seconds)


class CountingDice:
    """Randomness that never repeats and is the same in every run."""

    def __init__(self) -> None:
        self._count = 0

    def token(self, size_bytes: int) -> bytes:
        """A counter, as that many bytes."""
        self._count += 1
        return (self._count * 0x9E3779B97F4A7C15 % (1 << (8 * size_bytes))).to_bytes(size_bytes, "big")
