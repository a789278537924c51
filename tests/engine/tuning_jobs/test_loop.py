"""The loop over tuning jobs: begun when told, taken up at the start, left alone when stopped."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.engine.tuning_jobs.laboratory import ACCOUNT, Laboratory, request
from tests.engine.waiting import until
from usina.core.errors import UnavailableError
from usina.engine.jobs.rows import JobRows
from usina.engine.tuning_jobs.loop import SiteTuning
from usina.engine.tuning_jobs.search import TuningWorld
from usina.testing.clock import VirtualClock
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from usina.core.ports import Row


class LaboratoryClock(VirtualClock):
    """A sleep lets training jobs go on."""

    def __init__(self, laboratory: Laboratory) -> None:
        super().__init__()
        self._laboratory = laboratory

    async def sleep(self, seconds: float) -> None:
        """Move the clock."""
        self.advance(seconds)
        await self._laboratory.second()
        await asyncio.sleep(0)


def tuning_of(laboratory: Laboratory) -> SiteTuning:
    clock = LaboratoryClock(laboratory)
    return SiteTuning(TuningWorld(laboratory.records, JobRows(laboratory.records), laboratory.jobs, clock))


async def is_over(laboratory: Laboratory) -> bool:
    return bool((await laboratory.observed())["status"] == "Completed")


async def test_a_tuning_job_is_begun_when_its_row_is_told_of_and_once_only() -> None:
    laboratory = Laboratory()
    tuning = tuning_of(laboratory)
    await tuning.start()
    await laboratory.create(request("Random", total=5))
    for _ in range(3):
        tuning.changed(ACCOUNT, "tune")
    tuning.changed(ACCOUNT, "nobody")
    await until(lambda: is_over(laboratory))
    assert len(await laboratory.tried()) == 5
    await tuning.stop()


async def test_the_next_factory_takes_up_what_is_not_over() -> None:
    laboratory = Laboratory(epochs=1_000_000)
    first = tuning_of(laboratory)
    await laboratory.create(request("Random", total=5))
    first.changed(ACCOUNT, "tune")
    await until(lambda: bool(laboratory.jobs.told))
    await first.stop()
    begun = await laboratory.tried()
    assert 1 <= len(begun) <= 2
    laboratory.epochs = 1
    second = tuning_of(laboratory)
    await second.start()
    await until(lambda: is_over(laboratory))
    assert (await laboratory.tried())[: len(begun)] == begun
    assert len(await laboratory.tried()) == 5
    await second.stop()


class FailingRecords(MemoryRecords):
    """A database that takes the third write and says that it did not."""

    writes = 0

    async def put(self, row: Row) -> Row:
        """Store."""
        stored = await super().put(row)
        self.writes += 1
        if self.writes == 3:
            raise UnavailableError("the disk is slow")
        return stored


async def test_a_write_that_was_done_and_denied_is_found_again() -> None:
    laboratory = Laboratory(records=FailingRecords())
    tuning = tuning_of(laboratory)
    await laboratory.create(request("Random", total=3, parallel=1))
    tuning.changed(ACCOUNT, "tune")
    await until(lambda: is_over(laboratory))
    assert [child.number for child in await laboratory.children()] == [1, 2, 3]
    await tuning.stop()
