"""One transform job from its server to its last object, taken up again wherever the factory was killed.

    Starting -> Downloading (the model) -> Training (objects, one after another) -> Completed | Failed | Stopped

An object's output is there whole or not at all, and says which job made it: a factory that takes the job up asks for
those that have none yet. The server outlives the factory and is found again.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING

from usina.core.errors import ApiError
from usina.core.ids import Arn
from usina.core.jobs import TRANSFORM_JOB, TRANSFORM_LOG_GROUP
from usina.engine.jobs import states
from usina.engine.jobs.acting import Acting
from usina.engine.jobs.container import JobError
from usina.engine.jobs.run import INTERNAL
from usina.engine.jobs.transfers import Address, Transfers
from usina.engine.serving.backend import BackendError
from usina.engine.serving.served import Served
from usina.engine.serving.server import ModelServer
from usina.engine.transform import records
from usina.engine.transform.asking import Asking, Manner
from usina.engine.transform.joining import Joining
from usina.engine.transform.records import RecordError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from usina.core.jobs import InstanceType
    from usina.core.objects import Entry
    from usina.engine.jobs.rows import Job, JobRows
    from usina.engine.jobs.states import Observed
    from usina.engine.serving.served import World
    from usina.engine.transform.records import Batch

_LOG = logging.getLogger(__name__)
_READY_SECONDS = 1_200.0
_BINARY = "application/octet-stream"


class TransformRun:
    """One job that has its room on the machine. Raises: JobError where its request cannot be read."""

    def __init__(self, job: Job, instance: InstanceType, rows: JobRows, world: World, stop: asyncio.Event) -> None:
        self._job = job
        self._rows = rows
        self._world = world
        self._stop = stop
        request, model = job.request, job.body["model"]
        self._arn = str(Arn("sagemaker", world.region, job.account, f"{TRANSFORM_JOB}/{job.name}"))
        self._input, self._output = request["TransformInput"], request["TransformOutput"]
        self._to = Address.parse(self._output["S3OutputPath"])
        self._manner = Manner.of(request)
        self._joining = Joining.of(request)
        acting = Acting(world.iam, job.account, model["role"])
        self._transfers = Transfers(
            world.buckets, world.objects, world.clock, world.dice, acting, job.account, self._is_wanted
        )
        self._log = (TRANSFORM_LOG_GROUP, f"{job.name}/algo-1-{int(job.created)}")
        self._server = ModelServer(
            Served(
                job.account,
                f"transform/{job.name}",
                model["role"],
                {**model["container"], "Environment": self._environment()},
                instance,
                self._log,
                arn=self._arn,
                isolated=bool(model["isolated"]),
            ),
            world,
        )
        self._failed: list[str] = []  # the first object that could not be transformed, and why
        self._failures = self._done = 0

    async def go(self) -> None:
        """To the end. Cancelled, the server runs on, and the next factory goes on."""
        working = asyncio.get_running_loop().create_task(self._work())
        stopping = asyncio.get_running_loop().create_task(self._stop.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                await self._observe(lambda seen: states.stopping(seen, "stop", self._world.clock.now()))
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)
        except asyncio.CancelledError:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            self._server.let_go()
            raise
        finally:
            stopping.cancel()
        await self._server.stop()
        failure = "" if working.cancelled() else working.result()
        now = self._world.clock.now()
        await self._observe(lambda seen: states.over({**seen, "ended": now}, now, failure))

    async def _work(self) -> str:
        """All of it; gives why it failed, where it did."""
        try:
            self._transfers.check_output(self._to / "object.out")
            await self._serve()
            source = self._input["DataSource"]["S3DataSource"]
            async for entry, name in self._transfers.entries({**source, "name": "the transform job"}):
                await self._object(entry, name)
        except (JobError, BackendError) as error:
            return str(error)
        except ApiError as error:
            _LOG.warning("a transform job failed in the factory", extra={"reason": error.message})
            return INTERNAL
        if self._failed:
            return (
                f"AlgorithmError: {self._failures} of {self._failures + self._done} objects could not be transformed; "
                f"the first of them: {self._failed[0]}"
            )
        return ""

    async def _serve(self) -> None:
        await self._enter("Downloading")
        await self._server.start()
        await self._server.ready(_READY_SECONDS)
        now = self._world.clock.now()
        started = self._job.observed["started"] or now
        await self._observe(lambda seen: states.entered({**seen, "started": started}, "Training", now))

    async def _object(self, entry: Entry, name: str) -> None:
        """Transform one object, unless that was done."""
        target = self._to / f"{name}.out"
        found = await self._transfers.find(target)
        if found is not None and found.facts.get("made_by") == self._arn:
            self._done += 1
            return
        asking = Asking(self._server, self._manner, self._joining, self._world.clock)
        content_type = self._output.get("Accept") or _BINARY
        try:
            # Closed in their order, whatever ends it: no request goes on, and the object's content is let go.
            async with aclosing(self._transfers.pieces(entry)) as pieces:
                batches = self._batches(pieces, entry.size_bytes)
                async with aclosing(asking.answers(batches)) as answers:
                    await self._transfers.send(self._assembled(answers), target, content_type, made_by=self._arn)
            self._done += 1
        except RecordError as error:
            self._failures += 1
            if not self._failed:
                self._failed.append(f"s3://{entry.bucket}/{entry.key}: {error}")
            await self._say(f"s3://{entry.bucket}/{entry.key} could not be transformed: {error}")

    def _batches(self, pieces: AsyncIterator[bytes], size_bytes: int) -> AsyncIterator[Batch]:
        content = records.unpacked(pieces) if self._input.get("CompressionType") == "Gzip" else pieces
        if self._input.get("SplitType", "None") == "None":
            return records.whole(content, self._manner.most_bytes) if size_bytes else _nothing()
        lines = records.lines(content, self._manner.most_bytes)
        if self._job.request.get("BatchStrategy") == "SingleRecord":
            return records.single(lines)
        return records.packed(lines, self._manner.most_bytes)

    async def _assembled(self, answers: AsyncIterator[Batch]) -> AsyncIterator[bytes]:
        by_line = self._output.get("AssembleWith") == "Line"
        async for batch in answers:
            for record in batch:
                yield record
                if by_line and not record.endswith(b"\n"):
                    yield b"\n"

    def _environment(self) -> dict[str, str]:
        """The container's, with what SageMaker tells a model that it serves a batch, and the job's own over it."""
        request = self._job.request
        return {
            **self._job.body["model"]["container"].get("Environment", {}),
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_BATCH_STRATEGY": request.get("BatchStrategy", "MultiRecord"),
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": str(self._manner.at_once),
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(self._manner.most_bytes >> 20),
            **request.get("Environment", {}),
        }

    def _is_wanted(self) -> bool:
        return not self._stop.is_set()

    async def _say(self, text: str) -> None:
        try:
            await self._world.sink.write(self._job.account, *self._log, [(self._world.clock.now(), text)])
        except ApiError:
            _LOG.warning("a line of a transform job's log was not taken")

    async def _enter(self, secondary: str) -> None:
        now = self._world.clock.now()
        await self._observe(lambda seen: states.entered(seen, secondary, now))

    async def _observe(self, edit: Callable[[Observed], Observed]) -> None:
        self._job = await self._rows.observe(self._job, edit)


async def _nothing() -> AsyncIterator[Batch]:
    nothing: list[Batch] = []
    for batch in nothing:
        yield batch
