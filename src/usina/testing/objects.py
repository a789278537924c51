"""The ports of buckets, objects and uploads in memory, for tests and the simulator."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from usina.stores.objects.base import Base
from usina.stores.objects.store import ObjectStore, store_over
from usina.stores.schema import METADATA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.clock import Dice
    from usina.core.kms import ContentKeys


class MemoryContents:
    """Content in a dictionary."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.new: set[str] = set()

    def create(self, name: str) -> _MemorySink:
        """Begin content of that name."""
        self.new.add(name)
        return _MemorySink(self, name)

    def open(self, name: str) -> _MemorySource:
        """Read content."""
        if name not in self.held:
            raise FileNotFoundError(name)
        return _MemorySource(self.held[name])

    def settle(self, name: str) -> None:
        """An entry names it now."""
        self.new.discard(name)

    def remove(self, name: str) -> None:
        """Delete it."""
        self.held.pop(name, None)
        self.new.discard(name)

    def unsettled(self) -> list[str]:
        """What no entry names."""
        return sorted(self.new)


class _MemorySink:
    def __init__(self, contents: MemoryContents, name: str) -> None:
        self._contents = contents
        self._name = name
        self._pieces: list[bytes] = []

    def write(self, pieces: Sequence[bytes]) -> None:
        self._pieces.extend(pieces)

    def finish(self) -> None:
        self._contents.held[self._name] = b"".join(self._pieces)

    def abort(self) -> None:
        self._contents.remove(self._name)


class _MemorySource:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, start: int, size: int) -> bytes:
        return self._data[start : start + size]

    def close(self) -> None:
        """Nothing to let go."""


def memory_objects(dice: Dice, keys: ContentKeys | None = None) -> ObjectStore:
    """All three ports, empty. The database is made when it is first asked."""

    @cache
    def engine() -> sa.Engine:
        made = sa.create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}, isolation_level="AUTOCOMMIT"
        )
        METADATA.create_all(made)
        return made

    return store_over(Base(engine, MemoryContents(), dice, one_thread=True, keys=keys))
