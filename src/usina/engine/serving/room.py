"""Room on the machine for the servers of endpoints, of the same floor that jobs stand on.

A place (endpoint, variant, number) has room for one server. While an endpoint is updated the old server and the new one
of a place share it: neither would an update fit a machine that is full, nor could it wait for what it replaces. So for
that time the memory of a place may be used twice; its processor time is bounded all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from usina.core.jobs import InstanceType
from usina.engine.serving.served import KIND

if TYPE_CHECKING:
    from usina.engine.jobs.capacity import Floor, Key


class Room:
    """The room of one place."""

    def __init__(self, floor: Floor, account: str, place: str) -> None:
        self._floor = floor
        self._key: Key = (KIND, account, place)
        self._more: Key = (KIND, account, f"{place}+")

    def hold(self, wanted: InstanceType) -> None:
        """It is used already, by a server that is taken up."""
        self._floor.hold(self._key, _larger(self._floor.held.get(self._key), wanted))

    async def take(self, wanted: InstanceType) -> None:
        """Wait until there is room for that much."""
        held = self._floor.held.get(self._key)
        if held is None:
            await self._wait(self._key, wanted)
            return
        larger = _larger(held, wanted)
        if larger != held:
            more = InstanceType(
                wanted.name,
                larger.cores - held.cores,
                larger.memory_bytes - held.memory_bytes,
                larger.accelerators - held.accelerators,
            )
            await self._wait(self._more, more)
            self._floor.hold(self._key, larger)
            self._floor.let_go(self._more)

    async def _wait(self, key: Key, wanted: InstanceType) -> None:
        try:
            await self._floor.take(key, wanted).wait()
        except BaseException:
            self._floor.let_go(key)
            raise

    def shrink(self, wanted: InstanceType) -> None:
        """The server before is gone: what this one needs is enough."""
        if self._key in self._floor.held:
            self._floor.hold(self._key, wanted)
            self._floor.let_go(self._more)  # and others may have what became free

    def leave(self) -> None:
        """Nobody is there any more."""
        self._floor.let_go(self._more)
        self._floor.let_go(self._key)


def _larger(held: InstanceType | None, wanted: InstanceType) -> InstanceType:
    if held is None:
        return wanted
    return InstanceType(
        wanted.name,
        max(held.cores, wanted.cores),
        max(held.memory_bytes, wanted.memory_bytes),
        max(held.accelerators, wanted.accelerators),
    )
