"""The `Records` port in memory, for tests and the simulator."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from usina.core.errors import ConflictError
from usina.core.ports import Row
from usina.stores.partial import taken
from usina.stores.records import check_names

if TYPE_CHECKING:
    import builtins
    from collections.abc import Sequence

    from usina.core.ports import Place


class MemoryRecords:
    """Rows in a dictionary. Bodies are kept as JSON text, so that nobody shares a document with the store."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, str], tuple[str, int]] = {}

    async def scrub(self) -> None:
        """Nothing: what was written over is nowhere."""

    async def get(self, kind: str, account: str, name: str) -> Row | None:
        """The row, or None."""
        check_names(kind, account, name)
        stored = self._rows.get((kind, account, name))
        return None if stored is None else Row(kind, account, name, json.loads(stored[0]), stored[1])

    async def put(self, row: Row) -> Row:
        """Store; the row's version must be the stored one (0: must not exist). Raises: ConflictError."""
        check_names(row.kind, row.account, row.name)
        key = (row.kind, row.account, row.name)
        if self._rows.get(key, ("", 0))[1] != row.version:
            raise ConflictError("This was changed or created by somebody else meanwhile. Read it again and repeat.")
        self._rows[key] = (json.dumps(row.body, allow_nan=False), row.version + 1)
        return replace(row, version=row.version + 1)

    async def delete(self, kind: str, account: str, name: str) -> bool:
        """Delete; False where it was not there."""
        check_names(kind, account, name)
        return self._rows.pop((kind, account, name), None) is not None

    async def list(
        self, kind: str, account: str | None = None, *, after: str = "", most: int = 1_000, only: Sequence[str] = ()
    ) -> builtins.list[Row]:
        """Rows of a kind in order of (account, name), of one account or of all (None), names above `after` only."""
        check_names(kind, account or "", after)
        keys = sorted(key for key in self._rows if key[0] == kind and account in {None, key[1]} and key[2] > after)[
            :most
        ]
        rows = [Row(*key, json.loads(self._rows[key][0]), self._rows[key][1]) for key in keys]
        return [replace(row, body=taken(row.body, only)) for row in rows] if only else rows

    async def list_by_creation(
        self,
        kind: str,
        account: str,
        *,
        after: Place | None = None,
        descending: bool = True,
        most: int = 1_000,
        only: Sequence[str] = (),
    ) -> builtins.list[Row]:
        """An account's rows that have `created`, in order of it and of their names, those after a place only."""
        rows = [row for row in await self.list(kind, account, most=len(self._rows)) if "created" in row.body]
        placed = sorted(((row.body["created"], row.name) for row in rows), reverse=descending)
        wanted = [each for each in placed if after is None or (each < after if descending else each > after)]
        by_name = {row.name: row for row in rows}
        found = [by_name[name] for _, name in wanted[:most]]
        return [replace(row, body=taken(row.body, only)) for row in found] if only else found

    async def close(self) -> None:
        """Nothing to let go."""
