"""One model server: its artifacts brought, its process started, asked, stopped; taken up where a factory left it.

    server = ModelServer(Served(...), world)
    await server.start()          # or take up the process that runs already
    await server.ready(300.0)
    answer = await server.invoke(Ask(b"[1, 2]", "application/json"), seconds=60.0)
    await server.stop()           # let_go(): the process runs on

Its parts beside: `served.py` what is served, `preparing.py` what is brought, `channel.py` the connections.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from usina.core.endpoints import ANSWER_BYTES
from usina.core.errors import ApiError
from usina.engine.jobs.container import JobError
from usina.engine.jobs.egress import Egress, Owner
from usina.engine.jobs.folders import user_of
from usina.engine.jobs.logs import Follower
from usina.engine.serving.backend import BackendError
from usina.engine.serving.channel import Channel
from usina.engine.serving.container import workers
from usina.engine.serving.places import Places
from usina.engine.serving.preparing import add_packages, bring, command_of, image_of
from usina.engine.serving.served import KIND
from usina.engine.serving.wire import ServerFaultError, ServerGoneError, ServerSlowError

if TYPE_CHECKING:
    from usina.core.endpoints import Answer, Ask, Streamed
    from usina.engine.jobs.door import JobDoor
    from usina.engine.sandbox import Confined, End
    from usina.engine.serving.served import Served, World


_PUMP_SECONDS = 0.2
_STOP_SECONDS = 30.0  # between SIGTERM and SIGKILL
_PING_SECONDS = 0.1  # between tries; our own server answers the first
_AT_ONCE = 128  # requests with a server that is not ours
_OK = 200


class ModelServer:
    """One server."""

    def __init__(self, served: Served, world: World) -> None:
        self._served = served
        self._world = world
        self._places = Places.of(world.home, served.account, served.name)
        self._user = user_of(KIND, served.account, served.name)
        self._confined: Confined | None = None
        self._channel: Channel | None = None
        self._follower: Follower | None = None
        self._attending: asyncio.Task[End | None] | None = None
        self._door: JobDoor | None = None
        if world.doors is not None and not served.isolated and served.role_arn:
            self._door = world.doors.door(KIND, served.account, served.name, served.role_arn)

    # --- its life ---

    def is_there(self) -> bool:
        """Whether a process of it runs on this machine, of this factory or of the one before."""
        return not self._places.has_ended and self._world.sandbox.adopt(self._places.run) is not None

    async def start(self) -> None:
        """Take up the process that runs, else start one, from artifacts that are brought if they are not here yet.

        Raises: BackendError where the model cannot be served; ApiError where a store cannot be reached.
        """
        try:
            if self._door is not None:
                await self._door.open()
            confined = self._world.sandbox.adopt(self._places.run)
            if confined is None or self._places.has_ended:
                confined = await self._begin()
        except JobError as error:
            raise BackendError(str(error)) from error
        except OSError as error:
            raise BackendError(
                f"InternalServerError: the server's files cannot be written: {error.strerror}"
            ) from error
        self._confined = confined
        most = workers(self._served.container, self._served.instance)
        self._channel = Channel(self._places.socket, _AT_ONCE if self._places.own_server else most)
        self._follower = Follower(self._places.run, self._world.sink, (self._served.account, *self._served.log), {})
        owner = Owner(self._served.account, self._served.arn, self._served.role_arn)
        egress = Egress(self._places.run, owner, self._say, self._world.notes)
        self._attending = asyncio.get_running_loop().create_task(self._attend(confined, self._follower, egress))

    async def ready(self, seconds: float) -> None:
        """Wait until the server answers /ping.

        Raises: BackendError where it ends before, or does not answer in time.
        """
        assert self._attending is not None  # noqa: S101 - start comes first
        pinging = asyncio.ensure_future(self._ping(seconds))
        try:
            await asyncio.wait({pinging, self._attending}, return_when=asyncio.FIRST_COMPLETED)
            if pinging.done() and pinging.result():
                return
            ended = self._attending.done()
        finally:
            pinging.cancel()
        said = self._follower.last_error if self._follower is not None else ""
        why = "ended" if ended else f"did not answer within {seconds:.0f} seconds"
        raise BackendError(
            f"The container did not pass the ping health check: the model server {why}"
            f"{f', its log ends with: {said}' if said else ''}. Please check CloudWatch logs for this endpoint."
        )

    async def _ping(self, seconds: float) -> bool:
        clock = self._world.clock
        until = clock.monotonic() + seconds
        while (left := until - clock.monotonic()) > 0:
            with suppress(ServerGoneError, ServerSlowError, ServerFaultError):
                if (await self._reach().get("/ping", left)).status == _OK:
                    return True
            await clock.sleep(_PING_SECONDS)
        return False

    async def wait_ended(self) -> None:
        """Wait for its end."""
        if self._attending is not None:
            await asyncio.wait({self._attending})

    @property
    def has_ended(self) -> bool:
        """Whether its process is gone."""
        return self._attending is None or self._attending.done()

    @property
    def last_words(self) -> str:
        """The line of its log that says why it ended, as far as one can tell."""
        return self._follower.last_error if self._follower is not None else ""

    async def stop(self, *, keep: bool = False) -> None:
        """End the process and leave nothing of it; with `keep`, what was brought."""
        confined = self._confined or self._world.sandbox.adopt(self._places.run)
        if confined is not None:
            await self._end(confined)
        self.let_go()
        if self._door is not None:
            self._door.close(over=True)
        if not keep:
            await asyncio.to_thread(self._places.clear)

    def let_go(self) -> None:
        """Leave the process running, for the next factory."""
        if self._channel is not None:
            self._channel.close()
        if self._attending is not None:
            self._attending.cancel()
        if self._door is not None:
            self._door.close(over=False)

    # --- what it is asked ---

    @property
    def load(self) -> float:
        """How busy it is; nothing is asked of one that has not started."""
        return self._channel.load if self._channel is not None else 0.0

    async def invoke(self, ask: Ask, seconds: float, most_bytes: int = ANSWER_BYTES) -> Answer:
        """One whole answer, whatever its status.

        Raises: ServerGoneError, ServerSlowError, ServerFaultError; ThrottledError where too many wait.
        """
        return await self._reach().invoke(ask, seconds, most_bytes)

    async def stream(self, ask: Ask, seconds: float) -> Streamed | Answer:
        """An answer as it comes; a whole one where the model refuses. Raises: as `invoke`, and so does reading it."""
        return await self._reach().stream(ask, seconds)

    def _reach(self) -> Channel:
        if self._channel is None:
            raise ServerGoneError(nothing_came=True, never_sent=True)
        return self._channel

    # --- how it comes to be ---

    async def _begin(self) -> Confined:
        image = await image_of(self._served, self._world)
        if not self._places.is_prepared:
            await asyncio.to_thread(self._places.make)
            await bring(self._served, self._world, self._places)
            if names := await add_packages(self._served, self._world, self._places, image):
                await self._say(f"requirements.txt: installed {', '.join(names)}")
            await asyncio.to_thread(self._places.prepare, self._user)
        await asyncio.to_thread(self._places.begin, self._user, own_server=image.root is not None)
        await self._say("Starting the model server.")  # clients look for the log of one that says nothing, too
        return await self._world.sandbox.start(command_of(self._served, self._world, self._places, self._door, image))

    async def _say(self, text: str) -> None:
        """A line of the factory's in the server's log."""
        with suppress(ApiError):  # a server fails for no log
            place = (self._served.account, *self._served.log)
            await self._world.sink.write(*place, [(self._world.clock.now(), text)])

    async def _attend(self, confined: Confined, follower: Follower, egress: Egress) -> End | None:
        """Its log and what it tries to reach, until it ends."""
        clock = self._world.clock
        ended = asyncio.ensure_future(confined.wait())
        try:
            while not ended.done():
                sleeping = asyncio.ensure_future(clock.sleep(_PUMP_SECONDS))
                await asyncio.wait({ended, sleeping}, return_when=asyncio.FIRST_COMPLETED)
                sleeping.cancel()
                while await follower.pump():
                    pass
                await egress.at(clock.now())
            await follower.finish(clock)
            await egress.finish()
            return await ended
        finally:
            ended.cancel()

    async def _end(self, confined: Confined) -> None:
        confined.terminate()
        ending = asyncio.ensure_future(confined.wait())
        sleeping = asyncio.ensure_future(self._world.clock.sleep(_STOP_SECONDS))
        try:
            await asyncio.wait({ending, sleeping}, return_when=asyncio.FIRST_COMPLETED)
            if not ending.done():
                confined.kill()
                await ending
            if self._attending is not None:
                await asyncio.wait({self._attending})  # its last lines
        finally:
            ending.cancel()
            sleeping.cancel()
