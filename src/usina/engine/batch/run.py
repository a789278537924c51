"""One batch job, from its validation to its manifest. It may be begun again at any point, and goes on from there."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections import deque
from contextlib import aclosing, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from usina.core.errors import ApiError
from usina.engine.batch.input import Input, InputFile
from usina.engine.batch.results import Results, Tally
from usina.engine.jobs.container import JobError
from usina.engine.jobs.transfers import Address

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from usina.core.clock import Clock
    from usina.core.ports import Json
    from usina.engine.batch.asking import Asking
    from usina.engine.batch.results import Result
    from usina.engine.jobs.rows import Job, JobRows
    from usina.engine.jobs.transfers import Transfers

_WINDOW = 8  # records of one job that are asked at the same time
_TELL_SECONDS = 1.0  # between two writes of the counts
_HOUR_SECONDS = 3_600
_DEFAULT_HOURS = 24
_MESSAGE_CHARACTERS = 2_048
_MANIFEST = "manifest.json.out"


@dataclass(frozen=True, slots=True)
class Means:
    """What one job works with."""

    rows: JobRows
    transfers: Transfers
    asking: Asking
    clock: Clock
    folder: Path  # the job's own
    record_bytes: int


class Run:
    """One job on its way."""

    def __init__(self, job: Job, means: Means, stop: asyncio.Event) -> None:
        self._job = job
        self._means = means
        self._stop = stop
        self._input = Input(
            job.request["inputDataConfig"]["s3InputDataConfig"]["s3Uri"], means.transfers, means.record_bytes
        )
        output = job.request["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"]
        self._output = Address.parse(output) / job.name
        self._done = Tally()  # of files that were finished
        self._told = means.clock.monotonic()

    @property
    def expires(self) -> float:
        """Epoch seconds."""
        return expiry(self._job.body)

    async def go(self) -> None:
        """Take it to its end. Raises: UnavailableError where its state cannot be written."""
        if not self._job.observed["files"]:
            if self._means.clock.now() >= self.expires:
                await self._end("Expired", "The job did not begin before its timeout.")
                return
            if self._stop.is_set():
                await self._end("Stopped")
                return
        try:
            files = await self._validated()
            halt = asyncio.ensure_future(self._halted())
            try:
                await self._work(files, halt)
            finally:
                halt.cancel()
        except JobError as error:
            await self._end("Failed", str(error).removeprefix("ClientError: "))
        except ApiError as error:
            await self._end("Failed", error.message)
        except OSError as error:
            await self._end("Failed", f"The results could not be kept on this site's disk: {error.strerror}.")

    async def _validated(self) -> list[InputFile]:
        if self._job.observed["files"]:
            return [InputFile(*file) for file in self._job.observed["files"]]
        await self._observe(status="Validating")
        self._means.transfers.check_output(self._output / _MANIFEST)
        files = await self._input.check()
        counts = {**self._job.observed["counts"], "total": sum(file.records for file in files)}
        await self._observe(status="InProgress", files=[file.row() for file in files], counts=counts)
        return files

    async def _work(self, files: Sequence[InputFile], halt: asyncio.Future[None]) -> None:
        try:
            for number, file in enumerate(files):
                results = self._results(number)
                tally = await asyncio.to_thread(results.recover)
                if tally.processed < file.records and not halt.done():
                    tally = await self._answer(file, results, tally, halt)
                self._done += tally
        except JobError:
            with suppress(JobError, ApiError):  # what was answered is its owner's; why the job failed comes first
                await self._deliver(files)
            raise
        delivered = await self._deliver(files)
        if delivered.processed == sum(file.records for file in files):
            await self._end("Completed")
        elif self._stop.is_set():
            await self._end("Stopped")
        else:
            await self._end("PartiallyCompleted", "Not all records could be processed before the job's timeout.")

    async def _answer(self, file: InputFile, results: Results, tally: Tally, halt: asyncio.Future[None]) -> Tally:
        """Ask for the records that have no result yet, until all have one or the job is halted."""
        asked: deque[asyncio.Task[Result]] = deque()
        try:
            async with aclosing(self._input.records(file, tally.processed)) as records:
                async for record in records:
                    asked.append(asyncio.create_task(self._means.asking.ask(record)))
                    if len(asked) == _WINDOW:
                        tally = await self._take(asked, results, tally, halt)
                    if halt.done():
                        break
            while asked and not halt.done():
                tally = await self._take(asked, results, tally, halt)
        finally:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        return tally

    async def _take(
        self, asked: deque[asyncio.Task[Result]], results: Results, tally: Tally, halt: asyncio.Future[None]
    ) -> Tally:
        """Wait for the oldest, and keep what is ready in order."""
        first: set[asyncio.Future[Any]] = {asked[0], halt}
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        ready: list[Result] = []
        while asked and asked[0].done() and not (ready and asked[0].exception()):  # what came before it is kept first
            ready.append(asked.popleft().result())
        if ready:
            await asyncio.to_thread(results.append, ready)
            for result in ready:
                tally += result.tally
            if self._means.clock.monotonic() - self._told >= _TELL_SECONDS:
                await self._tell(self._done + tally)
        return tally

    async def _tell(self, tally: Tally) -> None:
        self._told = self._means.clock.monotonic()
        await self._observe(counts={"total": self._job.observed["counts"]["total"], **asdict(tally)})

    async def _halted(self) -> None:
        """Returns when the job is to be ended: somebody asked for it, or its time is over."""
        stopped = asyncio.ensure_future(self._stop.wait())
        late = asyncio.ensure_future(self._means.clock.sleep(max(0.0, self.expires - self._means.clock.now())))
        try:
            await asyncio.wait({stopped, late}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            late.cancel()

    async def _deliver(self, files: Sequence[InputFile]) -> Tally:
        """Store what there is. Done again after a kill, it puts the same in its place."""
        target, done = self._means.folder / "delivered", Tally()
        for number, file in enumerate(files):
            done += await asyncio.to_thread(self._results(number).deliver, target)
            await self._means.transfers.send_file(target, self._output / f"{self._input.name_of(file)}.out")
        manifest = {
            "totalRecordCount": sum(file.records for file in files),
            "processedRecordCount": done.processed,
            "successRecordCount": done.success,
            "errorRecordCount": done.error,
            "inputTokenCount": done.input_tokens,
            "outputTokenCount": done.output_tokens,
        }
        await asyncio.to_thread(target.write_text, json.dumps(manifest), "utf-8")
        await self._means.transfers.send_file(target, self._output / _MANIFEST)
        await self._tell(done)
        return done

    def _results(self, number: int) -> Results:
        return Results(self._means.folder / f"{number}.results")

    async def _end(self, status: str, message: str = "") -> None:
        now = self._means.clock.now()
        await self._observe(status=status, message=message[:_MESSAGE_CHARACTERS], ended=now)
        with suppress(OSError):
            await asyncio.to_thread(shutil.rmtree, self._means.folder)

    async def _observe(self, **changes: Any) -> None:
        now = self._means.clock.now()
        self._job = await self._means.rows.observe(self._job, lambda seen: {**seen, **changes, "modified": now})


def expiry(body: Json) -> float:
    """When a job's time is over, in epoch seconds."""
    hours = int(body["request"].get("timeoutDurationInHours") or _DEFAULT_HOURS)
    return float(body["created"]) + hours * _HOUR_SECONDS
