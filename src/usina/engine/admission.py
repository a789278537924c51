"""Who may use an engine now, who waits, and who is sent away. First come, first served."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from usina.core.errors import ThrottledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from usina.core.clock import Clock
    from usina.core.limits import Limits

_FIRST_GUESS_SECONDS = 2.0  # how long an answer takes, before one was seen
_WEIGHT = 0.2  # of the newest answer in the running average
_LEAST_RETRY_SECONDS = 1.0
_MOST_RETRY_SECONDS = 60.0


class Tally:
    """How many requests one process works on: it is stopped when there are none."""

    def __init__(self) -> None:
        self._count = 0
        self._emptied = asyncio.Event()
        self._emptied.set()

    def begin(self) -> None:
        """One more."""
        self._count += 1
        self._emptied.clear()

    def end(self) -> None:
        """One less."""
        self._count -= 1
        if not self._count:
            self._emptied.set()

    async def empty(self) -> None:
        """Wait until there is none."""
        await self._emptied.wait()


class Gate:
    """The bounded queue in front of one engine: `slots` at work, `Limits.queue_per_model` waiting, no more."""

    def __init__(self, slots: int, limits: Limits, clock: Clock) -> None:
        self._slots = slots
        self._limits = limits
        self._clock = clock
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._idlers: deque[asyncio.Future[None]] = deque()
        self.entered = 0  # requests that ever got a slot
        self._running = 0
        self._answer_seconds = _FIRST_GUESS_SECONDS

    @property
    def running(self) -> int:
        """Requests the engine works on."""
        return self._running

    @property
    def slots(self) -> int:
        """Requests the engine works on at the same time, at most."""
        return self._slots

    @property
    def queued(self) -> int:
        """Requests that wait."""
        return len(self._waiting)

    def try_enter(self) -> bool:
        """Take a slot if one is free and nobody waits: the quick way in."""
        if self._running < self._slots and not self._waiting:
            self._running += 1
            self.entered += 1
            return True
        return False

    async def enter(self) -> None:
        """Take a slot, or wait for one in turn. A caller that is cancelled while it waits leaves the queue.

        Raises: ThrottledError where the queue is full, or where the turn does not come in time.
        """
        if self.try_enter():
            return
        if len(self._waiting) >= self._limits.queue_per_model:
            raise self._throttled("too many requests wait for this model")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._limits.queue_wait_seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.leave()  # the turn came in the same moment: pass it on
            else:
                turn.cancel()
                if turn in self._waiting:
                    self._waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise self._throttled("no slot of this model became free in time") from error
            raise

    async def lull(self, fits: Callable[[], bool]) -> None:
        """Wait until a slot is free that nobody waits for, and `fits` says yes; it is asked again after each answer.

        The slot is still free for whoever goes on without waiting again, and taken by nobody: others may come first.
        """
        while self._waiting or self._running >= self._slots or not fits():
            idler: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._idlers.append(idler)
            try:
                await idler
            finally:
                if idler in self._idlers:
                    self._idlers.remove(idler)

    def leave(self, seconds: float | None = None) -> None:
        """Give the slot back; `seconds` is how long the answer took, where it is a sample of the engine's speed."""
        if seconds is not None:
            self._answer_seconds += _WEIGHT * (seconds - self._answer_seconds)
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                self.entered += 1
                turn.set_result(None)  # the slot changes hands: `running` stays
                return
        self._running -= 1
        self._rouse()

    def _rouse(self) -> None:
        while self._idlers:
            idler = self._idlers.popleft()
            if not idler.done():
                idler.set_result(None)

    def dismiss(self, error: Exception) -> None:
        """Send all that wait away, because the engine is gone."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(error)
        self._rouse()

    def _throttled(self, what: str) -> ThrottledError:
        ahead = len(self._waiting) + 1
        seconds = ahead * self._answer_seconds / self._slots
        return ThrottledError(
            f"{what}, please wait before trying again.",
            retry_after_seconds=min(max(seconds, _LEAST_RETRY_SECONDS), _MOST_RETRY_SECONDS),
        )
