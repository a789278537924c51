"""One request to the model server after another, several at a time, their answers in order."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from usina.core.endpoints import Ask
from usina.core.errors import ThrottledError
from usina.engine.jobs.container import JobError
from usina.engine.serving.wire import ServerFaultError, ServerGoneError, ServerSlowError
from usina.engine.transform.records import RecordError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping

    from usina.core.clock import Clock
    from usina.core.endpoints import Answer
    from usina.engine.transform.joining import Joining
    from usina.engine.transform.records import Batch

MEBIBYTE: Final = 1_048_576
_PAYLOAD_MB = 6
_MOST_PAYLOAD_MB = 100
_ANSWER_BYTES = 104_857_600
_SECONDS = 600
_RETRIES = 3
_WAIT_SECONDS = 0.5
_OK, _FAULT, _BUSY = 200, 500, 429


class Server(Protocol):
    """The part of a model server that is asked here."""

    async def invoke(self, ask: Ask, seconds: float, most_bytes: int) -> Answer:
        """One whole answer, whatever its status."""
        ...

    @property
    def has_ended(self) -> bool:
        """Whether its process is gone."""
        ...

    @property
    def last_words(self) -> str:
        """The line of its log that says why it ended."""
        ...


@dataclass(frozen=True, slots=True)
class Manner:
    """How a job asks."""

    content_type: str
    accept: str
    most_bytes: int  # of one request
    at_once: int
    seconds: float
    retries: int

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Manner:
        """As CreateTransformJob asked, with SageMaker's defaults."""
        client = request.get("ModelClientConfig", {})
        payload = request.get("MaxPayloadInMB", _PAYLOAD_MB) or _MOST_PAYLOAD_MB
        return cls(
            request["TransformInput"].get("ContentType", ""),
            request["TransformOutput"].get("Accept", ""),
            payload * MEBIBYTE,
            request.get("MaxConcurrentTransforms") or 1,
            float(client.get("InvocationsTimeoutInSeconds", _SECONDS)),
            int(client.get("InvocationsMaxRetries", _RETRIES)),
        )


class Asking:
    """A job's requests to its server."""

    def __init__(self, server: Server, manner: Manner, joining: Joining, clock: Clock) -> None:
        self._server = server
        self._manner = manner
        self._joining = joining
        self._clock = clock

    async def answers(self, batches: AsyncIterator[Batch]) -> AsyncGenerator[Batch, None]:
        """What is stored of each batch, in their order.

        Raises: RecordError where the object cannot be transformed, JobError where nothing can be any more.
        """
        asked: deque[asyncio.Task[Batch]] = deque()
        try:
            async for batch in batches:
                if len(asked) >= self._manner.at_once:
                    yield await asked.popleft()
                asked.append(asyncio.get_running_loop().create_task(self._one(batch)))
            while asked:
                yield await asked.popleft()
        finally:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    async def _one(self, batch: Batch) -> Batch:
        # Reading and writing records is work in proportion to them: not in the loop that everybody shares.
        given = await asyncio.to_thread(self._joining.asked, batch)
        answer = await self._ask(b"\n".join(given))
        return await asyncio.to_thread(self._joining.stored, batch, answer)

    async def _ask(self, body: bytes) -> bytes:
        if len(body) > self._manner.most_bytes:
            raise RecordError("one of its records is larger than MaxPayloadInMB")
        ask = Ask(body, self._manner.content_type, self._manner.accept)
        attempt = 0
        while True:
            found = await self._tried(ask)
            if isinstance(found, bytes):
                return found
            if self._server.has_ended:
                said = self._server.last_words
                raise JobError(f"AlgorithmError: The model server ended{f': {said}' if said else ''}")
            if attempt >= self._manner.retries:
                raise RecordError(f"{found}{', also when it was asked again' if attempt else ''}")
            attempt += 1
            await self._clock.sleep(_WAIT_SECONDS * 2**attempt)

    async def _tried(self, ask: Ask) -> bytes | str:
        """The answer, or why there is none that asking again may change. Raises: RecordError where it will not."""
        try:
            answer = await self._server.invoke(ask, self._manner.seconds, _ANSWER_BYTES)
        except ServerFaultError as error:
            raise RecordError(str(error)) from None
        except ServerSlowError:
            return f"the model gave no answer within {self._manner.seconds:.0f} seconds"
        except ServerGoneError as error:
            return str(error)
        except ThrottledError:
            return "too many requests wait for the model"
        if answer.status == _OK:
            return answer.body
        why = f"the model answered with status {answer.status}"
        if answer.status >= _FAULT or answer.status == _BUSY:
            return why
        raise RecordError(why)
