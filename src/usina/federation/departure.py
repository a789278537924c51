"""A request that left: its answer while it comes, and the end of its record, which is written whatever happens."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import msgspec

from usina.core.cloud import ASK_AGAIN, DO_NOT
from usina.core.errors import ApiError, EngineError, ThrottledError, UnavailableError
from usina.federation.exchange import LostError
from usina.federation.refusals import lost
from usina.federation.shapes import check_answer, check_chunk, tokens_of
from usina.sovereignty.ledger import Outcome

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from usina.core.clock import Clock
    from usina.core.operation import Meter
    from usina.core.ports import Json
    from usina.federation.budgets import Reservation, SiteBudgets
    from usina.federation.cloud import Records
    from usina.federation.dialects import Wording
    from usina.federation.exchange import Answer
    from usina.sovereignty.ledger import Opened

_decode = msgspec.json.Decoder().decode
NO_RETRY: Final = {ASK_AGAIN: DO_NOT}
_NONSENSE = (KeyError, TypeError, IndexError, AttributeError, ValueError)  # what reading a foreign answer can raise


class Departure:
    """One request that is on its way, from its record's opening to its end."""

    def __init__(  # noqa: PLR0917 - what its end needs
        self,
        ledger: Records,
        budgets: SiteBudgets,
        opened: Opened,
        reservation: Reservation,
        wording: Wording,
        clock: Clock,
        meter: Meter,
    ) -> None:
        self._ledger = ledger
        self._budgets = budgets
        self._opened = opened
        self._reservation = reservation
        self._wording = wording
        self._clock = clock
        self._meter = meter
        self._began = clock.monotonic()
        self._digest = hashlib.sha256()
        self._used: Json = {}
        self.answer: Answer | None = None

    @property
    def record_id(self) -> str:
        """The record under which it leaves."""
        return self._opened.record_id

    async def whole(self) -> Json:
        """The whole answer in OpenAI form; ends the record. Raises: EngineError, EngineTimeoutError."""
        try:
            body = b"".join([piece async for piece in self._pieces()])
            told = self._wording.answer(_decode(body))
            check_answer(told)
            self._used = told["usage"]
        except LostError as error:
            raise await self.lost(error) from error
        except (EngineError, msgspec.DecodeError, RecursionError, *_NONSENSE) as error:
            self._meter.headers = NO_RETRY
            await self.end("failed", "BadAnswer")
            raise EngineError("The cloud's endpoint gave an answer that makes no sense.") from error
        except BaseException as error:
            await self.end("broken", type(error).__name__)
            raise
        await self.end("done")
        return told

    async def chunks(self) -> AsyncGenerator[Sequence[Json], None]:
        """The answer as it comes, in batches; ends the record. Raises: EngineError, EngineTimeoutError, or what the
        endpoint tells of in mid-stream.
        """
        status, code = "broken", "ClientGone"
        try:
            reader = self._wording.reader()
            async for piece in self._pieces():
                if chunks := self._noted(reader.feed(piece)):
                    yield chunks
            last = self._noted(reader.finish())
            status, code = "done", ""
            if last:
                yield last
        except LostError as error:
            code = "LostAnswer"
            raise lost(error) from error
        except ApiError as error:
            code = error.code or error.error_kind.value
            raise
        finally:
            await self.end(status, code)

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        if self.answer is None:
            raise EngineError("nothing was asked")
        async for piece in self.answer.pieces():
            self._digest.update(piece)
            yield piece

    def _noted(self, chunks: list[Json]) -> list[Json]:
        for chunk in chunks:
            check_chunk(chunk)
            self._used = chunk.get("usage") or self._used
        return chunks

    async def lost(self, error: LostError) -> ApiError:
        """It left, and no whole answer came: ends the record, gives the caller's error."""
        self._meter.headers = NO_RETRY
        await self.end("broken", "LostAnswer")
        return lost(error)

    async def refused(self, error: ApiError) -> None:
        """The endpoint said no: it did no work that is billed in tokens."""
        if not isinstance(error, ThrottledError | UnavailableError):
            self._meter.headers = NO_RETRY
        await self.end("failed", error.code or error.error_kind.value, tokens=0)

    async def nothing_left(self) -> None:
        """There was no connection: all that was reserved is given back."""
        await self._close("failed", "NotSent")
        await self._budgets.release(self._reservation)

    async def end(self, status: str, error: str = "", *, tokens: int | None = None) -> None:
        """Close the record, then count what it really took; where that is not known, what was reserved stands."""
        await self._close(status, error)
        taken = tokens_of(self._used) if self._used else tokens
        if taken is not None:
            await self._budgets.settle(self._reservation, taken)

    async def _close(self, status: str, error: str) -> None:
        answer: Any = self.answer
        if answer is not None:
            answer.close()
        outcome = Outcome(
            status=status,
            error=error,
            http_status=answer.status if answer is not None else 0,
            response_sha256=self._digest.hexdigest(),
            response_bytes=answer.size_bytes if answer is not None else 0,
            input_tokens=self._used.get("prompt_tokens") or 0,
            output_tokens=self._used.get("completion_tokens") or 0,
            duration_us=round((self._clock.monotonic() - self._began) * 1e6),
        )
        await self._ledger.close(self._opened, outcome)
