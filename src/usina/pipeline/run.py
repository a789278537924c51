"""The way of a request, on one page: authenticate, parse, authorise, record, handle, close.

Before the handler every doubt is a refusal. After the intent is recorded the record is always closed: done, failed
(the handler said no), or broken (client gone, engine lost, bug). A streaming answer keeps it open to the last byte.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usina import wire
from usina.core.errors import ApiError
from usina.pipeline.closing import Closing
from usina.pipeline.invocations import watched
from usina.pipeline.leaving import ports_of
from usina.pipeline.stages.authenticate import authenticate, of_ours
from usina.pipeline.stages.authorise import authorise
from usina.pipeline.stages.handle import handle
from usina.pipeline.stages.parse import parse
from usina.pipeline.stages.record import intent_of, record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.core.cloud import CloudDoor
    from usina.core.invocations import Invocations
    from usina.core.operation import Operation, Principal, Received
    from usina.core.ports import Ports
    from usina.pipeline.closing import Seen
    from usina.pipeline.proofs import Authenticated, Recorded
    from usina.pipeline.stages.authorise import Judge
    from usina.sovereignty.identity import Authenticator
    from usina.sovereignty.ledger import Ledger
    from usina.wire import Reply, Target


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What the stages need; `observe` is told of each request that ended, `invocations` of those to models."""

    authenticator: Authenticator
    operations: Mapping[tuple[str, str], Operation]
    policy: Judge
    ledger: Ledger
    ports: Ports
    observe: Callable[[Seen], None]
    invocations: Invocations | None = None
    cloud: CloudDoor | None = None  # the way to models outside; None: there is none

    async def answer(self, received: Received) -> Reply:
        """Take one request the whole way. Every ApiError becomes an answer here; a bug goes up to the door."""
        target = wire.route(received)
        closing = Closing(received, target, self.ledger, self.ports.clock, self.observe)
        try:
            caller = await authenticate(received, target, self.authenticator)
        except ApiError as error:
            return closing.unknown_caller(error)
        return await self._from(caller, closing)

    async def answer_ours(self, received: Received, target: Target, role: Principal) -> Reply:
        """A request of the factory's own, for a role: the same way from the second stage on."""
        closing = Closing(received, target, self.ledger, self.ports.clock, self.observe)
        return await self._from(of_ours(received, target, role), closing)

    async def _from(self, caller: Authenticated, closing: Closing) -> Reply:
        try:
            recorded = await self._admit(caller)
        except ApiError as error:
            return await closing.refused(error, intent_of(caller))
        return await self._act(recorded, caller.target, closing)

    async def _admit(self, caller: Authenticated) -> Recorded:
        parsed = parse(caller, self.operations)
        permitted = authorise(parsed, self.policy, self.ports)
        return await record(permitted, self.ledger)

    async def _act(self, recorded: Recorded, target: Target, closing: Closing) -> Reply:
        closing.open(recorded)
        watch = watched(recorded, self.invocations)
        try:
            result = await handle(recorded, ports_of(recorded, self.ports, self.cloud))
            if watch is not None:
                result = watch.streaming(result)
            reply = wire.serialise(target, result, closing.received.request_id)
        except ApiError as error:
            if watch is not None:
                watch.failed(error)
            return await closing.failed(error)
        except BaseException as error:
            await closing.broken(type(error).__name__)
            raise
        if isinstance(reply.body, bytes):
            if watch is not None:
                watch.ended(reply.body)
            await closing.done(reply.status, hashlib.sha256(reply.body).digest(), len(reply.body))
            return closing.named(reply)
        return closing.streaming(reply)
