"""What each stage leaves behind as proof that it ran. The next stage takes that, and nothing else.

A handler that ran without permission or record is a type error: `handle` takes a `Recorded`, only `record` makes one,
it takes a `Permitted`, and only `stages/authorise.py` makes that (a law test reads the source to be sure).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from usina.core.operation import BodyStream, Call, Operation, Principal, Received, Resource
    from usina.sovereignty.ledger import Opened
    from usina.wire import Target


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Who is asking is proved; what they ask is still bytes."""

    received: Received
    target: Target
    principal: Principal
    payload: bytes  # the body after its own framing (aws-chunked) was checked and taken off
    method: str  # how it was proved: sigv4-header, sigv4-query, bearer, ...
    stream: BodyStream | None = None  # in its place, a body that is checked while it is read


@dataclass(frozen=True, slots=True)
class Parsed:
    """The request is well-formed by its service model and names an operation that is served here."""

    caller: Authenticated
    operation: Operation
    call: Call[Any]


@dataclass(frozen=True, slots=True)
class Permitted:
    """Policy allows this principal to do this to these resources. Made in `stages/authorise.py` only."""

    parsed: Parsed
    resources: tuple[Resource, ...]
    policy_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """The intent is durable in the ledger."""

    permitted: Permitted
    opened: Opened
