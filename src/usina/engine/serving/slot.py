"""One place of a variant: a server that should run there, started, watched, started again.

    WAITING (for room) -> STARTING -> READY -> (it ends) BACKOFF -> STARTING ...      FAILED: it never was ready

A server that was ready once is started again for as long as it is wanted, each time after twice the wait before.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from usina.core.errors import ApiError
from usina.engine.serving.backend import BackendError

if TYPE_CHECKING:
    from collections.abc import Callable

    from usina.core.clock import Clock
    from usina.core.jobs import InstanceType
    from usina.engine.serving.backend import Backend
    from usina.engine.serving.room import Room

_LOG = logging.getLogger(__name__)
_FIRST_WAIT_SECONDS = 0.25
_MOST_WAIT_SECONDS = 60.0
_STEADY_SECONDS = 60.0  # a server that ran so long begins with the first wait again
_TRIES = 3  # of a first start that fails for a store of ours
_INTERNAL = "InternalServerError: We encountered an internal error. Please try again."


class Slot:
    """A place, and what runs there. `changed` is called when it becomes ready, fails or ends."""

    def __init__(  # noqa: PLR0917 - made in one place
        self,
        make: Callable[[], Backend],
        room: Room,
        instance: InstanceType | None,
        startup_seconds: float,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self._make = make
        self._room = room
        self._instance = instance  # None: needs no room
        self._startup_seconds = startup_seconds
        self._clock = clock
        self._changed = changed
        self._backend: Backend | None = None
        self._task: asyncio.Task[None] | None = None
        self._ending = asyncio.Lock()  # a new server waits until the old one is gone: they share a folder
        self.state = "WAITING"
        self.reason = ""
        self.proved = (
            False  # its model was served once, here or by the factory before: from then on it is never given up
        )

    @property
    def ready(self) -> Backend | None:
        """The server, where it answers."""
        return self._backend if self.state == "READY" else None

    @property
    def load(self) -> float:
        """Of the server, whether it is on its way out or not."""
        return self._backend.load if self._backend is not None else 0.0

    def is_there(self) -> bool:
        """Whether a server of the last factory runs here."""
        return self._make().is_there()

    def begin(self) -> None:
        """Have a server here from now on."""
        if self._task is None or self._task.done():
            self.state, self.reason = "WAITING", ""
            if self._instance is not None and self.is_there():
                self._room.hold(self._instance)  # before anybody else can be given it
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self, *, keep: bool = False) -> None:
        """Have none any more."""
        self.state = "WAITING"  # before anything waits: nobody is sent there now
        async with self._ending:
            await self._cancel()
            backend = self._backend or self._make()
            self._backend = None
            await backend.stop(keep=keep)

    async def let_go(self) -> None:
        """Leave the server to the next factory."""
        await self._cancel()
        if self._backend is not None:
            self._backend.let_go()

    async def _cancel(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def _run(self) -> None:
        wait, tries = _FIRST_WAIT_SECONDS, 0
        async with self._ending:
            pass
        while True:
            began = self._clock.monotonic()
            self._backend = self._make()
            try:
                await self._start(self._backend)
                self.proved = True
                self._to("READY")
                await self._backend.wait_ended()
                self._to("BACKOFF", "the model server ended")
            except BackendError as error:
                self._to("BACKOFF" if self.proved else "FAILED", str(error))
            except ApiError as error:
                _LOG.warning("a model server could not be started", extra={"reason": error.message})
                tries += 1
                again = "BACKOFF" if self.proved else "WAITING"
                self._to(again if self.proved or tries < _TRIES else "FAILED", _INTERNAL)
            if self.state == "FAILED":
                return
            self._backend.let_go()
            wait = _FIRST_WAIT_SECONDS if self._clock.monotonic() - began >= _STEADY_SECONDS else wait
            await self._clock.sleep(wait)
            wait = min(2 * wait, _MOST_WAIT_SECONDS)

    async def _start(self, backend: Backend) -> None:
        if self._instance is not None:
            if backend.is_there():
                self._room.hold(self._instance)
            else:
                await self._room.take(self._instance)
        self._to("STARTING")
        await backend.start()
        await backend.ready(self._startup_seconds)

    def _to(self, state: str, reason: str = "") -> None:
        self.state, self.reason = state, reason
        self._changed()
