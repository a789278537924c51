"""One record's request: asked until it is answered or refused, and its line of the output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from usina.engine.batch.results import Result, Tally
from usina.engine.jobs.container import JobError

if TYPE_CHECKING:
    from usina.core.batch import Invoke, Operation
    from usina.core.clock import Clock
    from usina.engine.batch.input import Record
    from usina.engine.jobs.acting import Acting

_FORBIDDEN = 403
_BUSY = frozenset({429, 503})  # asked again for as long as the job may run: others come first
_FAILED = 500  # and above, and 408 and 424: asked again a few times
_ENGINE_FAILED = frozenset({408, 424})
_ATTEMPTS = 3
_FIRST_WAIT_SECONDS = 0.5
_MOST_WAIT_SECONDS = 30.0
_GOOD = 200
_encode = msgspec.json.Encoder().encode


class Asking:
    """Asks for one job, as its role."""

    def __init__(self, invoke: Invoke, acting: Acting, clock: Clock, operation: Operation, model_id: str) -> None:
        self._invoke = invoke
        self._acting = acting
        self._clock = clock
        self._operation: Operation = operation
        self._model_id = model_id

    async def ask(self, record: Record) -> Result:
        """The record's result. Raises: JobError where the role may not ask this model: no record would fare better."""
        wait, failures = _FIRST_WAIT_SECONDS, 0
        while True:
            principal = self._acting.principal()
            answered = await self._invoke(principal, self._operation, self._model_id, record.model_input)
            status = answered.status
            if status == _FORBIDDEN:
                raise JobError(f"{answered.code}: {answered.message}")
            failed = status in _ENGINE_FAILED or (status >= _FAILED and status not in _BUSY)
            failures += failed
            if answered.final or (status not in _BUSY and not (failed and failures < _ATTEMPTS)):
                break
            await self._clock.sleep(wait)
            wait = min(2 * wait, _MOST_WAIT_SECONDS)
        head = {"recordId": record.id, "modelInput": msgspec.Raw(record.model_input)}
        if status == _GOOD:
            line = _encode({**head, "modelOutput": msgspec.Raw(answered.body)})
            return Result(line, Tally(1, 0, answered.input_tokens, answered.output_tokens))
        error = {"errorCode": status, "errorMessage": f"{answered.code}: {answered.message}"}
        return Result(_encode({**head, "error": error}), Tally(error=1))
