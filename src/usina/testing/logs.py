"""The `Logs` and `LogGroups` ports in memory, for tests and the simulator."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from usina.core.errors import ConflictError, NotFoundError
from usina.core.logs import (
    EVENT_OVERHEAD_BYTES,
    KeptEvent,
    LogGroup,
    LogPage,
    LogQuery,
    LogStream,
    Position,
)

if TYPE_CHECKING:
    import builtins
    from collections.abc import Mapping, Sequence

    from usina.core.clock import Clock
    from usina.core.logs import LogEvent

_DAY_MS = 86_400_000


class MemoryLogGroups:
    """Groups in a dictionary."""

    def __init__(self) -> None:
        self.groups: dict[tuple[str, str], LogGroup] = {}
        self.streams: dict[tuple[str, str], dict[str, LogStream]] = {}
        self.events: dict[tuple[str, str], list[KeptEvent]] = {}

    def known(self, account: str, name: str) -> LogGroup:
        """The group. Raises: NotFoundError."""
        found = self.groups.get((account, name))
        if found is None:
            raise NotFoundError("The specified log group does not exist.")
        return found

    async def create(self, group: LogGroup) -> None:
        """See the port."""
        key = (group.account, group.name)
        if key in self.groups:
            raise ConflictError("The specified log group already exists")
        self.groups[key], self.streams[key], self.events[key] = group, {}, []

    async def find(self, account: str, name: str) -> LogGroup | None:
        """See the port."""
        return self.groups.get((account, name))

    async def change(
        self, account: str, name: str, *, retention_days: int | None = None, tags: Mapping[str, str] | None = None
    ) -> None:
        """See the port."""
        group = self.known(account, name)
        self.groups[account, name] = replace(
            group,
            retention_days=group.retention_days if retention_days is None else retention_days,
            tags=group.tags if tags is None else dict(tags),
        )

    async def delete(self, account: str, name: str) -> None:
        """See the port."""
        self.known(account, name)
        for kept in (self.groups, self.streams, self.events):
            del kept[account, name]

    async def list(
        self, account: str, *, prefix: str = "", containing: str = "", after: str = "", most: int = 50
    ) -> builtins.list[LogGroup]:
        """See the port."""
        found = [
            replace(group, stored_bytes=sum(stream.stored_bytes for stream in self.streams[key].values()))
            for key, group in sorted(self.groups.items())
            if key[0] == account and key[1].startswith(prefix) and containing.lower() in key[1].lower()
        ]
        return [group for group in found if group.name > after][:most]


class MemoryLogs:
    """Streams and events in lists; `groups` is the port of groups over the same ones."""

    def __init__(self, clock: Clock) -> None:
        self.groups = MemoryLogGroups()
        self._clock = clock
        self._ordinal = 0

    async def create_stream(self, account: str, group: str, stream: str) -> None:
        """See the port."""
        self.groups.known(account, group)
        streams = self.groups.streams[account, group]
        if stream in streams:
            raise ConflictError("The specified log stream already exists")
        streams[stream] = LogStream(stream, int(self._clock.now() * 1_000))

    async def delete_stream(self, account: str, group: str, stream: str) -> None:
        """See the port."""
        self._known(account, group, stream)
        del self.groups.streams[account, group][stream]
        events = self.groups.events[account, group]
        events[:] = [event for event in events if event.stream != stream]

    def _known(self, account: str, group: str, stream: str) -> LogStream:
        self.groups.known(account, group)
        found = self.groups.streams[account, group].get(stream)
        if found is None:
            raise NotFoundError("The specified log stream does not exist.")
        return found

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
        """See the port."""
        self.groups.known(account, group)

        def place(stream: LogStream) -> tuple[int, str]:
            return ((-1 if stream.last_ms is None else stream.last_ms) if by_time else 0, stream.name)

        found = sorted(self.groups.streams[account, group].values(), key=place, reverse=descending)
        found = [stream for stream in found if stream.name.startswith(prefix)]
        if after is not None:
            edge = place(after)
            found = [stream for stream in found if (place(stream) < edge if descending else place(stream) > edge)]
        return found[:most]

    async def write(
        self, account: str, group: str, stream: str, events: Sequence[LogEvent], *, make: bool = False
    ) -> None:
        """See the port."""
        now_ms = int(self._clock.now() * 1_000)
        if make and (account, group) not in self.groups.groups:
            await self.groups.create(LogGroup(account, group, now_ms))
        if make and stream not in self.groups.streams[account, group]:
            await self.create_stream(account, group, stream)
        known = self._known(account, group, stream)
        for at_ms, message in sorted(events, key=lambda event: event.at_ms):
            self.groups.events[account, group].append(KeptEvent(at_ms, stream, self._ordinal, now_ms, message))
            self._ordinal += 1
            first, last = (at_ms if known.first_ms is None else known.first_ms), known.last_ms or 0
            size = known.stored_bytes + len(message.encode()) + EVENT_OVERHEAD_BYTES
            known = replace(
                known, first_ms=min(first, at_ms), last_ms=max(last, at_ms), ingested_ms=now_ms, stored_bytes=size
            )
        self.groups.streams[account, group][stream] = known

    async def read(self, account: str, group: str, query: LogQuery) -> LogPage:
        """See the port."""
        days = self.groups.known(account, group).retention_days
        start_ms = max(query.start_ms, int(self._clock.now() * 1_000) - days * _DAY_MS) if days else query.start_ms
        for stream in query.streams:
            self._known(account, group, stream)
        found = sorted(
            event
            for event in self.groups.events[account, group]
            if start_ms <= event.at_ms < query.end_ms
            and (event.stream in query.streams if query.streams else event.stream.startswith(query.prefix))
        )
        if query.at is not None:
            at: Position = query.at
            found = [event for event in found if (event.before < at if query.backward else event.before >= at)]
        if query.backward:
            found.reverse()
        page: list[KeptEvent] = []
        size = 0
        for event in found:
            size += len(event.message.encode()) + EVENT_OVERHEAD_BYTES
            if len(page) >= query.most or (page and size > query.most_bytes):
                return LogPage(page, more=True)
            page.append(event)
        return LogPage(page, more=False)
