"""What an operation is, and what travels through the pipeline with it.

A handler is a plain async function `(call, ports) -> result` marked with `@operation(...)`. It knows neither bytes nor
HTTP, neither policy nor ledger: those belong to the pipeline, which only knows this module.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from usina.core.ports import Ports

A_co = TypeVar("A_co", covariant=True)
F = TypeVar("F", bound=Callable[..., Any])


class Access(StrEnum):
    """What kind of act an operation is: the Cedar action groups that policies are written against."""

    LIST = "list"
    READ = "read"
    USE = "use"  # data plane: run a model
    WRITE = "write"  # change something that is not a permission
    PERMISSIONS = "permissions"  # keys, roles, policies
    AUDIT = "audit"  # read the ledger
    EGRESS = "egress"  # let data leave the site: only a policy that names this act or group permits it


@dataclass(frozen=True, slots=True)
class WebIdentity:
    """What a provider outside of the site vouched for: no right by itself, but trust policies speak of it."""

    provider: str  # ARN of the account's provider; empty: the site's own, for people
    issuer: str  # its URL; of an account's provider without https://
    subject: str
    audience: str
    groups: tuple[str, ...] = ()  # of people
    address: str = ""  # of people: their mail address, where the provider verified it
    role: str = ""  # of people: the one that they act as; empty where their groups give them none, or several


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking, after the proof.

    `arn` is what GetCallerIdentity answers: `arn:aws:iam::ACCOUNT:user/NAME`,
    `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. `roles` are site roles (administrator, developer, operator,
    auditor, ...). `key_id` is the public id of the key that signed, never a secret.
    """

    account: str
    arn: str
    user_id: str  # AWS's unique id form: AIDA..., AROA...:session
    name: str
    roles: tuple[str, ...]
    key_id: str
    session: bool = False
    web: WebIdentity | None = None  # who asks has no key here: a token of a provider proved him


@dataclass(frozen=True, slots=True)
class Resource:
    """A thing an operation touches, as policy sees it.

    `type` is a Cedar entity type without namespace (Model, InferenceProfile, Key, Role, Ledger, Site, Alias); `id` its
    ARN or, for our own things, its name. `attributes` hold str, bool, int and tuples of str only.
    """

    type: str
    id: str
    account: str = ""  # empty: the site's own, seen by all tenants
    attributes: Mapping[str, str | bool | int | tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class BodyStream:
    """A body that is read as it comes, once and to its end: only then is it whole and proved.

    Reading raises the `CallerError` that says what is wrong with it, so whoever writes it somewhere keeps what was
    written only after the last piece.
    """

    pieces: AsyncIterator[bytes]  # never an empty piece
    size_bytes: int | None  # as the request states it; None: not stated
    sha256: str = ""  # as the request states it, hexadecimal; empty: not stated
    checksum: str = ""  # algorithm of a checksum that comes behind the body (crc32, ...), checked at the end


@dataclass(frozen=True, slots=True)
class Received:
    """One HTTP request as the door read it; nothing in it is proved."""

    method: str
    raw_path: str  # as on the wire, percent-encoding untouched, without the query
    raw_query: str  # as on the wire, without "?"
    headers: tuple[tuple[str, str], ...]  # lower-case names, order and repeats kept
    body: bytes
    secure: bool  # came over TLS
    peer: str  # IP address of the other end
    request_id: str
    received_at: float  # epoch seconds
    stream: BodyStream | None = None  # in the place of `body`, where the operation takes its body as it comes

    def header(self, name: str) -> str | None:
        """Value of the first header of that (lower-case) name."""
        for key, value in self.headers:
            if key == name:
                return value
        return None


@dataclass(slots=True)
class Meter:
    """What a handler reports about its act while it runs; goes to the ledger's outcome and to the metrics.

    The one thing of a call that is not frozen: numbers come in as an answer streams.
    """

    model: str = ""  # id of the model that really answered
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    first_token_at: float | None = None  # clock.monotonic() seconds
    stop_reason: str = ""
    # Headers of the answer that its output shape has no member for; the pipeline adds them to a whole answer.
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Call(Generic[A_co]):
    """A permitted and recorded request as its handler sees it. `arguments` are typed by the service model."""

    principal: Principal
    arguments: A_co
    request_id: str
    received_at: float  # epoch seconds
    meter: Meter = field(default_factory=Meter)


# A result is a mapping by the output shape. A member that streams is an async iterator:
#   event streams: batches of events, each {"eventName": {...}}; blobs: bytes;
#   OpenAI: batches of chunks (dict, or bytes that are one JSON document already).
Result = Mapping[str, Any]
EventBatches = AsyncIterator[Sequence[Mapping[str, Any]]]
Handler = Callable[[Call[Any], "Ports"], Awaitable[Result]]
Touches = Callable[[Call[Any], "Ports"], Sequence[Resource]]


@dataclass(frozen=True, slots=True)
class Operation:
    """A served operation: who handles it, what it touches, what kind of act it is."""

    service: str  # botocore's service id: bedrock-runtime, bedrock, sts, openai, usina
    name: str
    access: Access
    touches: Touches
    handle: Handler

    @property
    def id(self) -> str:
        """`service:Name`, the Cedar action."""
        return f"{self.service}:{self.name}"


def operation(service: str, name: str, *, access: Access, touches: Touches) -> Callable[[F], F]:
    """Mark a plain function as the handler of an operation.

    `touches` is pure and quick: from arguments and the catalogue's snapshot to the resources that policy judges. An
    operation that touches nothing in particular touches the site (`site_resource`). A function may be marked twice.
    """

    def mark(handler: F) -> F:
        marked: list[Operation] = handler.__dict__.setdefault("__operations__", [])
        marked.append(Operation(service, name, access, touches, handler))
        return handler

    return mark


def site_resource(_call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The resource of operations that touch nothing in particular."""
    return (Resource("Site", ports.site.name),)
