"""The ports of log groups, streams and events, and the words they use. Times are whole milliseconds since the epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

END_OF_TIME_MS: Final = 1 << 62
NO_TAGS: Final[Mapping[str, str]] = MappingProxyType({})
EVENT_OVERHEAD_BYTES: Final = 26  # what CloudWatch Logs counts for each event beside its UTF-8 text


class LogEvent(NamedTuple):
    """One event as it is put."""

    at_ms: int
    message: str


class Position(NamedTuple):
    """A place between two events, in their order: by time, stream and the order in which they were put."""

    at_ms: int
    stream: str = ""
    ordinal: int = 0


class KeptEvent(NamedTuple):
    """One event as it is read."""

    at_ms: int
    stream: str
    ordinal: int  # grows within a stream; with the stream it names the event
    ingested_ms: int
    message: str

    @property
    def before(self) -> Position:
        """The place right before this event."""
        return Position(self.at_ms, self.stream, self.ordinal)

    @property
    def behind(self) -> Position:
        """The place right behind this event."""
        return Position(self.at_ms, self.stream, self.ordinal + 1)


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A group of streams with one retention."""

    account: str
    name: str
    created_ms: int
    retention_days: int = 0  # 0: for ever
    tags: Mapping[str, str] = field(default_factory=lambda: NO_TAGS)
    stored_bytes: int = 0


@dataclass(frozen=True, slots=True)
class LogStream:
    """A stream of events. The times of its events are None while it has none."""

    name: str
    created_ms: int
    first_ms: int | None = None
    last_ms: int | None = None
    ingested_ms: int | None = None
    stored_bytes: int = 0


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which events of a group to read. Empty `streams`: all whose names begin with `prefix`."""

    streams: tuple[str, ...] = ()
    prefix: str = ""
    start_ms: int = 0  # inclusive
    end_ms: int = END_OF_TIME_MS  # exclusive
    at: Position | None = None  # forward: from here on; backward: what lies before it
    backward: bool = False
    most: int = 10_000
    most_bytes: int = 1_048_576  # of messages and their overhead; the first event always comes


@dataclass(frozen=True, slots=True)
class LogPage:
    """Events in the order of reading (backward: the newest first)."""

    events: Sequence[KeptEvent]
    more: bool  # further events lie in the direction of reading


class LogGroups(Protocol):
    """Groups of each account."""

    async def create(self, group: LogGroup) -> None:
        """Make it. Raises: ConflictError where the account has one of that name, LimitExceededError."""
        ...

    async def find(self, account: str, name: str) -> LogGroup | None:
        """The group, or None. Its bytes are not summed up."""
        ...

    async def change(
        self, account: str, name: str, *, retention_days: int | None = None, tags: Mapping[str, str] | None = None
    ) -> None:
        """Set what is given. Raises: NotFoundError."""
        ...

    async def delete(self, account: str, name: str) -> None:
        """Delete it with all its streams. Raises: NotFoundError."""
        ...

    async def list(
        self, account: str, *, prefix: str = "", containing: str = "", after: str = "", most: int = 50
    ) -> Sequence[LogGroup]:
        """Groups in order of name, names above `after` only. `containing` is compared without regard to case."""
        ...


class Logs(Protocol):
    """Streams and their events. A write that returned is durable."""

    async def create_stream(self, account: str, group: str, stream: str) -> None:
        """Make a stream. Raises: NotFoundError (no such group), ConflictError."""
        ...

    async def delete_stream(self, account: str, group: str, stream: str) -> None:
        """Delete a stream with its events. Raises: NotFoundError."""
        ...

    async def streams(
        self,
        account: str,
        group: str,
        *,
        prefix: str = "",
        by_time: bool = False,
        descending: bool = False,
        after: LogStream | None = None,
        most: int = 50,
    ) -> Sequence[LogStream]:
        """Streams by name, or by the time of their last event (streams without one come first), behind `after`.

        Raises: NotFoundError (no such group).
        """
        ...

    async def write(
        self, account: str, group: str, stream: str, events: Sequence[LogEvent], *, make: bool = False
    ) -> None:
        """Append events; they are kept in order of time, those of one time in the order given.

        `make`: group and stream are made where they are missing (for jobs, which log without having asked).
        Raises: NotFoundError, ThrottledError (too much is waiting for the disk), TooLargeError (a
        message over 1,048,576 characters), UnavailableError (disk full).
        """
        ...

    async def read(self, account: str, group: str, query: LogQuery) -> LogPage:
        """Events in order, one page. Events older than the group's retention are not seen any more.

        Raises: NotFoundError (no such group, or one of the named streams), LimitExceededError (more streams than one
        read looks into), UnavailableError (a damaged file).
        """
        ...
