"""Authenticated -> Parsed: bytes become typed arguments, or the service model says what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usina import wire
from usina.core.errors import UnknownOperationError
from usina.core.operation import Call
from usina.pipeline.proofs import Parsed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Operation
    from usina.pipeline.proofs import Authenticated


def parse(caller: Authenticated, operations: Mapping[tuple[str, str], Operation]) -> Parsed:
    """Decode and validate.

    Raises:
        UnknownOperationError: nobody serves this operation here.
        ApiError: the request is malformed or breaks a constraint of the service model.
    """
    target = caller.target
    operation = operations.get((target.service, target.operation))
    if operation is None:
        what = f"{target.service}:{target.operation}" if target.operation else "the requested operation"
        raise UnknownOperationError(f"This site does not serve {what}.")
    received = caller.received
    arguments = wire.parse(target, received, caller.payload)
    if caller.stream is not None:
        arguments[wire.streams_in(target)] = caller.stream
    call = Call(caller.principal, arguments, received.request_id, received.received_at)
    return Parsed(caller, operation, call)
