"""How a request ends: its ledger record is closed, its answer is named, whoever counts is told."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usina import wire
from usina.core.errors import ApiError
from usina.core.operation import Meter
from usina.sovereignty.ledger import Outcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from usina.core.clock import Clock
    from usina.core.operation import Received
    from usina.pipeline.proofs import Recorded
    from usina.sovereignty.ledger import Intent, Ledger, Opened
    from usina.wire import Reply, Target

_LOG = logging.getLogger("usina.pipeline")


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that ended, for the metrics: no name of a caller, no content."""

    service: str
    operation: str
    http_status: int
    outcome: str  # done, failed, refused, broken, unknown-caller
    error: str
    duration_seconds: float
    first_token_seconds: float | None
    meter: Meter


class Closing:
    """The end of one request."""

    __slots__ = ("_clock", "_ledger", "_meter", "_observe", "_opened", "_started", "_target", "received")

    def __init__(
        self, received: Received, target: Target, ledger: Ledger, clock: Clock, observe: Callable[[Seen], None]
    ) -> None:
        self.received = received
        self._target = target
        self._ledger = ledger
        self._clock = clock
        self._observe = observe
        self._started = clock.monotonic()
        self._meter = Meter()
        self._opened: Opened | None = None

    def open(self, recorded: Recorded) -> None:
        """The intent is durable: from here on the record must be closed."""
        self._opened = recorded.opened
        self._meter = recorded.permitted.parsed.call.meter

    def named(self, reply: Reply) -> Reply:
        """The reply with the headers that say which model answered and where the act is recorded."""
        if self._opened is not None:
            reply.headers.append(("x-usina-record", self._opened.record_id))
        if self._meter.model:
            reply.headers.append(("x-usina-model", self._meter.model))
        if self._meter.headers:
            reply.headers.extend(self._meter.headers.items())
        return reply

    def unknown_caller(self, error: ApiError) -> Reply:
        """Who asked could not be proved: nothing to record, nothing told."""
        return self._error_reply(error, "unknown-caller")

    async def refused(self, error: ApiError, intent: Intent) -> Reply:
        """A known caller was refused before the act, and that is recorded; a ledger that cannot write says so."""
        reply = self._error_reply(error, "refused")
        try:
            await self._ledger.refuse(intent, error.code or error.error_kind.value)
        except ApiError as ledger_error:
            return self._error_reply(ledger_error, "refused")
        return reply

    async def failed(self, error: ApiError) -> Reply:
        """The handler said no."""
        reply = self._error_reply(error, "failed")
        body = reply.body if isinstance(reply.body, bytes) else b""
        await self._close("failed", reply.status, hashlib.sha256(body).digest(), len(body), _code(error))
        return self.named(reply)

    async def done(self, http_status: int, sha256: bytes, size_bytes: int) -> None:
        """The whole answer is made and goes out now."""
        await self._close("done", http_status, sha256, size_bytes, "")
        self._tell("done", http_status, "")

    async def broken(self, reason: str) -> None:
        """The act ended in a way nobody wanted: a bug, or the client went away."""
        await self._close("broken", 0, b"", 0, reason)
        self._tell("broken", 0, reason)

    def streaming(self, reply: Reply) -> Reply:
        """The reply with a body that closes the record when its last byte is out."""
        if isinstance(reply.body, bytes):
            raise TypeError("a whole body is closed with done()")
        return self.named(wire.Reply(reply.status, reply.headers, self._pieces(reply.status, reply.body)))

    async def _pieces(self, http_status: int, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        digest, size_bytes = hashlib.sha256(), 0
        outcome = "broken"
        code = "ClientGone"
        try:
            async for piece in pieces:
                digest.update(piece)
                size_bytes += len(piece)
                yield piece
            outcome, code = "done", ""
        except ApiError as error:
            # The protocol's own error event is already out; the record says that the stream did not end well.
            outcome, code = "broken", _code(error)
        except Exception as error:
            # A bug in mid-stream: the connection is cut, so that the client sees that its answer is not whole.
            outcome, code = "broken", type(error).__name__
            _LOG.exception("a bug broke a stream", extra={"request_id": self.received.request_id})
            raise
        finally:
            close = getattr(pieces, "aclose", None)
            if close is not None:
                await close()
            await self._close(outcome, http_status, digest.digest(), size_bytes, code)
            self._tell(outcome, http_status, code)

    async def _close(self, status: str, http_status: int, sha256: bytes, size_bytes: int, error: str) -> None:
        if self._opened is None:
            return
        meter = self._meter
        outcome = Outcome(
            status=status,
            error=error,
            http_status=http_status,
            response_sha256=sha256.hex(),
            response_bytes=size_bytes,
            model=meter.model,
            input_tokens=meter.input_tokens,
            output_tokens=meter.output_tokens,
            cached_tokens=meter.cached_tokens,
            stop_reason=meter.stop_reason,
            duration_us=round((self._clock.monotonic() - self._started) * 1e6),
        )
        await self._ledger.close(self._opened, outcome)

    def _error_reply(self, error: ApiError, outcome: str) -> Reply:
        reply = wire.serialise_error(self._target, error, self.received.request_id)
        self._tell(outcome, reply.status, _code(error))
        return reply

    def _tell(self, outcome: str, http_status: int, error: str) -> None:
        meter, ended = self._meter, self._clock.monotonic()
        first = None if meter.first_token_at is None else meter.first_token_at - self._started
        self._observe(
            Seen(
                self._target.service,
                self._target.operation,
                http_status,
                outcome,
                error,
                ended - self._started,
                first,
                meter,
            )
        )


def _code(error: ApiError) -> str:
    """Name of an error for ledger and metrics: a closed set of words, never the message."""
    return error.code or error.error_kind.value
