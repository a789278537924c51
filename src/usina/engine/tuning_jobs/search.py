"""One tuning job, a step at a time. A step reads rows, decides, and writes rows; it may be done twice.

look -> is there a reason to end?  yes: stop the training jobs that run; none runs: over
no:  judge those that run, create as many as there is room for
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from usina.core.errors import ConflictError, UnavailableError
from usina.core.jobs import TRAINING_JOB, new_job, with_runtime
from usina.core.ports import Row
from usina.core.tuning import TUNING_JOB, is_watched, training_request
from usina.core.tuning.results import Child, best, children, is_better, not_improving
from usina.engine.tuning_jobs.plan import Plan
from usina.engine.tuning_jobs.stopping import hyperband_stops, median_stops, rungs
from usina.engine.tuning_jobs.study import suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from usina.core.clock import Clock
    from usina.core.jobs import Jobs
    from usina.core.ports import Json, Records
    from usina.engine.jobs.rows import Job, JobRows

_LOG = logging.getLogger(__name__)
_ATTEMPTS = 20
_WITHOUT_OBJECTIVE = 5  # training jobs that end without any objective end the tuning job
_HASH_DIGITS = 8


@dataclass(frozen=True, slots=True)
class TuningWorld:
    """What a search needs of the world."""

    records: Records
    rows: JobRows
    jobs: Jobs
    clock: Clock


class Search:
    """One tuning job that is not over."""

    def __init__(self, job: Job, world: TuningWorld) -> None:
        self._job = job
        self._world = world
        self._plan = Plan.of(job.name, job.body)
        self._request = job.request
        self._known: dict[int, Child] = {}
        self._read = False

    async def step(self) -> bool:
        """Go on; True once it is over. Raises: ApiError (try again)."""
        job = await self._world.rows.find(TUNING_JOB, self._job.account, self._job.name)
        if job is None or job.is_over:
            return True
        self._job = job
        await self._look()
        running = [child for child in self._known.values() if not child.is_over]
        cause = job.observed["cause"] or self._why_end(running)
        if not cause:
            await self._judge(running)
            await self._launch(sum(not child.is_over for child in self._known.values()))
            return False
        if not job.observed["cause"]:
            await self._observe(lambda seen: {**seen, "cause": cause})
        for child in running:
            await self._stop_child(child, "end")
        if running:
            return False
        await self._over(cause)
        return True

    # --- what is known ---

    async def _look(self) -> None:
        """Children as they are now; those that are over are read once."""
        if not self._read:
            found = await children(self._world.records, self._job.account, self._job.name, self._job.created)
            self._known = {child.number: child for child in found}
            self._read = True
            return
        for child in [child for child in self._known.values() if not child.is_over]:
            row = await self._world.records.get(TRAINING_JOB, self._job.account, child.name)
            if row is None:
                del self._known[child.number]
            else:
                self._known[child.number] = Child(row.name, row.body)

    @property
    def _launched(self) -> int:
        """How many were created; a row that was written before this was noted counts."""
        return max([int(self._job.observed["launched"]), *self._known])

    def _why_end(self, running: Sequence[Child]) -> str:
        plan, found = self._plan, list(self._known.values())
        if not self._job.wanted:
            return "stop"
        if plan.runtime_seconds is not None and self._world.clock.now() - self._job.created >= plan.runtime_seconds:
            return "time"
        top = best(self._request, found)
        if plan.target is not None and top is not None and not is_better(self._request, plan.target, top.value or 0.0):
            return "target"
        if plan.patience is not None and not_improving(self._request, found) >= plan.patience:
            return "plateau"
        ended = [child for child in found if child.is_over]
        if len(ended) >= _WITHOUT_OBJECTIVE and all(child.value is None for child in ended):
            return "nothing"
        return "spent" if self._launched >= plan.total and not running else ""

    # --- what is done ---

    async def _judge(self, running: Sequence[Child]) -> None:
        """Stop what is not worth going on with."""
        for child in running:
            if child.status != "InProgress" or not child.values:
                continue
            why = await self._verdict(child)
            if why:
                await self._stop_child(child, why)

    async def _verdict(self, child: Child) -> str:
        """Why a training job is to be stopped; empty where it goes on."""
        plan = self._plan
        if plan.strategy != "Hyperband":
            whole = [other.values for other in self._known.values() if other.may_be_best]
            return "early" if plan.early and median_stops(plan, child.values, whole) else ""
        if len(child.values) >= plan.most:
            return "resource"
        judged: dict[str, int] = self._job.observed["judged"]
        before = judged.get(str(child.number), 0)
        reached = max([step for step in rungs(plan) if step <= len(child.values)], default=0)
        if reached <= before:
            return ""
        others = {
            other.number: other.values[: judged.get(str(other.number), 0)]
            for other in self._known.values()
            if other.number != child.number
        }
        stops = await asyncio.to_thread(hyperband_stops, plan, child.number, child.values, before, others)
        await self._observe(lambda seen: {**seen, "judged": {**seen["judged"], str(child.number): reached}})
        return "hyperband" if stops else ""

    async def _launch(self, running: int) -> None:
        """Create training jobs while there is room."""
        while running < self._plan.parallel and (number := self._launched + 1) <= self._plan.total:
            known = list(self._known.values())
            parameters = await asyncio.to_thread(suggest, self._plan, number, known)
            await self._create(number, parameters)
            running += 1
            if self._job.observed["cause"]:
                return

    async def _create(self, number: int, parameters: dict[str, str]) -> None:
        account, name = self._job.account, self._child_name(number)
        request = with_runtime(training_request(self._request, name, parameters))
        body = new_job(request, self._job.body["tags"], self._now)
        body["tuning"] = {
            "job": self._job.name,
            "created": self._job.created,
            "number": number,
            "parameters": parameters,
            "metric": self._plan.metric,
            "watched": is_watched(self._request),
        }
        try:
            await self._world.records.put(Row(TRAINING_JOB, account, name, body))
        except ConflictError:
            there = await self._world.records.get(TRAINING_JOB, account, name)
            if there is not None and there.body.get("tuning", {}).get("created") != self._job.created:
                await self._observe(lambda seen: {**seen, "cause": "taken"})
                return
            self._read = False  # written by us, in a call that said it was not
            raise
        self._known[number] = Child(name, body)
        self._world.jobs.changed(TRAINING_JOB, account, name)
        await self._observe(lambda seen: {**seen, "launched": max(number, seen["launched"])})

    async def _stop_child(self, child: Child, why: str) -> None:
        def stopped(body: Json) -> Json:
            return {**body, "desired": "stop", "tuning": {**body["tuning"], "stopped": why}}

        if child.body["desired"] == "run":
            body = await self._edit(child, stopped)
            self._known[child.number] = Child(child.name, body)
        self._world.jobs.changed(TRAINING_JOB, self._job.account, child.name)

    async def _over(self, cause: str) -> None:
        found = list(self._known.values())
        with_objective = sum(child.value is not None for child in found)
        status, failure = "Completed", ""
        if cause == "stop":
            status = "Stopped"
        elif cause == "taken":
            status, failure = "Failed", f"A training job of the name {self._child_name(self._launched + 1)} exists."
        elif not with_objective and cause in {"spent", "nothing"}:
            status = "Failed"
            failure = (
                "All training jobs failed. Please take a look at the training job failures to get more details."
                if all(child.status == "Failed" for child in found)
                else f"No objective metrics found after running {len(found)} training jobs. Please ensure that the "
                "custom algorithm is emitting the objective metric as defined by the regular expression provided."
            )
        now = self._now
        await self._observe(lambda seen: {**seen, "status": status, "failure": failure, "ended": now})

    # --- rows ---

    @property
    def _now(self) -> float:
        return self._world.clock.now()

    def _child_name(self, number: int) -> str:
        """As SageMaker names them; the same in every process, so that none is created twice."""
        whole = f"{self._job.account}/{self._job.name}/{self._job.created}/{number}"
        return f"{self._job.name}-{number:03d}-{hashlib.sha256(whole.encode()).hexdigest()[:_HASH_DIGITS]}"

    async def _observe(self, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        now = self._now
        self._job = await self._world.rows.observe(self._job, lambda seen: {**edit(seen), "modified": now})

    async def _edit(self, child: Child, edit: Callable[[Json], Json]) -> Json:
        for _ in range(_ATTEMPTS):
            row = await self._world.records.get(TRAINING_JOB, self._job.account, child.name)
            if row is None:
                break
            try:
                return (await self._world.records.put(replace(row, body=edit(row.body)))).body
            except ConflictError:
                continue
        raise UnavailableError("the state of a training job could not be written")
