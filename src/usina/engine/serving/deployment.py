"""Control loop of one endpoint: what its row wants against what serves.

    Creating -> InService | Failed
    InService -> Updating -> InService (the new fleet answers before the old one drains)
                          -> RollingBack -> InService (on the old fleet, with the reason)
    any -> Deleting -> gone

Taken up after a kill at any of these: servers that run are adopted, what was under way goes on.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from usina.core.errors import ApiError
from usina.engine.serving.fleet import Fleet, FleetError

if TYPE_CHECKING:
    from collections.abc import Callable

    from usina.engine.serving.fleet import Means
    from usina.engine.serving.rows import Endpoint, EndpointRows, Observed

_LOG = logging.getLogger(__name__)
_DRAIN_SECONDS = 60.0
_FAILURE_CHARACTERS = 1_024
_RETRY_SECONDS = 1.0


class Deployment:
    """One endpoint. `gone` is called when nothing is left of it."""

    def __init__(self, endpoint: Endpoint, rows: EndpointRows, means: Means, gone: Callable[[], None]) -> None:
        self.endpoint = endpoint
        self._rows = rows
        self._means = means
        self._gone = gone
        self._serving: Fleet | None = None
        self._coming: Fleet | None = None
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def fleet(self) -> Fleet | None:
        """What answers requests now; None while nothing does."""
        return None if self.endpoint.unwanted else self._serving

    def begin(self) -> None:
        """Take it up."""
        observed = self.endpoint.observed
        if observed["fleet"] is not None and not self.endpoint.unwanted:
            self._serving = self._fleet(observed["fleet"])
            self._serving.begin(in_service=True)
        self._task = asyncio.get_running_loop().create_task(self._run())
        self._task.add_done_callback(_ended)

    def changed(self) -> None:
        """Its row was written."""
        self._changed.set()

    async def let_go(self) -> None:
        """Leave everything to the next factory."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        for fleet in (self._serving, self._coming):
            if fleet is not None:
                await fleet.let_go()

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            try:
                if await self._step():
                    return
            except ApiError as error:  # the database is full or locked: what is wanted stays wanted
                _LOG.error("an endpoint's state could not be written", extra={"reason": error.message})
                if self._coming is not None:  # taken up again at the next try
                    await self._coming.let_go()
                    self._coming = None
                await self._means.world.clock.sleep(_RETRY_SECONDS)
                continue
            await self._changed.wait()

    async def _step(self) -> bool:
        """Make it so; whether the endpoint is gone."""
        found = await self._rows.find(self.endpoint.account, self.endpoint.name)
        if found is None:
            return True
        self.endpoint = found
        wanted, observed = found.fleet, found.observed
        if found.unwanted:
            await self._delete()
            return True
        if observed["status"] == "Failed":
            return False
        if self._serving is None:
            await self._create(wanted)
        elif wanted["generation"] not in {self._serving.generation, observed["refused"]}:
            await self._update(self._serving, wanted)
        elif wanted["generation"] == self._serving.generation and (
            wanted["revision"] != self._serving.spec["revision"] or observed["status"] != "InService"
        ):
            await self._scale(self._serving, wanted)
        elif observed["status"] != "InService":  # killed in the middle of a roll back
            await self._rolled_back(wanted, observed["failure"])
        elif observed["counts"] != (counts := self._serving.counts()):
            self.endpoint = await self._rows.observe(found, lambda seen: {**seen, "counts": counts})
        return False

    async def _create(self, wanted: dict[str, Any]) -> None:
        fleet = self._coming = self._fleet(wanted)
        fleet.begin()
        failure = await self._settled(fleet)
        if failure is None:  # deleted meanwhile
            await fleet.stop()
        elif failure:
            await self._observe(lambda seen: {**seen, "status": "Failed", "failure": failure})
            await fleet.stop()
        else:
            await self._change_over(fleet)
        self._coming = None

    async def _update(self, before: Fleet, wanted: dict[str, Any]) -> None:
        await self._observe(lambda seen: {**seen, "status": "Updating", "failure": ""})
        before.stay_awake()
        fleet = self._coming = self._fleet(wanted)
        fleet.begin()
        failure = await self._settled(fleet)
        if failure is None:
            await fleet.stop(successor=before)
            self._coming = None
        elif failure:
            await self._observe(lambda seen: {**seen, "status": "RollingBack", "failure": failure})
            await fleet.stop(successor=before)
            self._coming = None
            before.begin(in_service=True)
            await self._rolled_back(wanted, failure)
        else:
            await self._change_over(fleet)
            self._coming = None
            await before.drained(_DRAIN_SECONDS)
            await before.stop(successor=fleet)

    async def _rolled_back(self, wanted: dict[str, Any], failure: str) -> None:
        refused = wanted["generation"]
        await self._observe(lambda seen: {**seen, "status": "InService", "failure": failure, "refused": refused})

    async def _scale(self, fleet: Fleet, wanted: dict[str, Any]) -> None:
        await fleet.scale(wanted)
        failure = await self._settled(fleet)
        if failure is not None:  # what could be added serves, and what could not is told
            await self._in_service(fleet, failure)

    async def _delete(self) -> None:
        await self._observe(lambda seen: {**seen, "status": "Deleting"})
        serving, self._serving = self._serving, None
        observed = self.endpoint.observed["fleet"]
        fleets = [serving] if serving is not None else ([self._fleet(observed)] if observed is not None else [])
        if self.endpoint.fleet["generation"] not in {fleet.generation for fleet in fleets}:
            fleets.append(self._fleet(self.endpoint.fleet))
        if serving is not None:
            await serving.drained(_DRAIN_SECONDS)
        for fleet in fleets:
            await fleet.stop()
        await self._rows.delete(self.endpoint)
        self._gone()

    async def _settled(self, fleet: Fleet) -> str | None:
        """Wait for a fleet: empty where it serves, else why it cannot; None where the endpoint is to be gone."""
        settling = asyncio.ensure_future(fleet.settled())
        try:
            while not settling.done():
                changed = asyncio.ensure_future(self._changed.wait())
                await asyncio.wait({settling, changed}, return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                if self._changed.is_set() and not settling.done():
                    self._changed.clear()
                    found = await self._rows.find(self.endpoint.account, self.endpoint.name)
                    if found is None or found.unwanted:
                        self._changed.set()
                        return None
            settling.result()
        except FleetError as error:
            return str(error)[:_FAILURE_CHARACTERS]
        finally:
            settling.cancel()
        self._changed.set()  # what was written meanwhile is looked at now
        return ""

    async def _change_over(self, fleet: Fleet) -> None:
        """Let it answer from now on, and say so: whoever reads that it is in service is answered by it."""
        before, self._serving = self._serving, fleet
        try:
            await self._in_service(fleet)
        except ApiError:
            self._serving = before
            raise

    async def _in_service(self, fleet: Fleet, failure: str = "") -> None:
        facts = {"status": "InService", "fleet": dict(fleet.spec), "counts": fleet.counts(), "failure": failure}
        await self._observe(lambda seen: {**seen, **facts})

    async def _observe(self, edit: Callable[[Observed], Observed]) -> None:
        now = self._means.world.clock.now()
        self.endpoint = await self._rows.observe(self.endpoint, lambda seen: {**edit(seen), "modified": now})

    def _fleet(self, spec: dict[str, Any]) -> Fleet:
        return Fleet(self.endpoint.account, self.endpoint.name, spec, self._means, self._changed.set)


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _LOG.error("an endpoint's loop ended by a bug", exc_info=error)
