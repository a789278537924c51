"""What policy knows of model packages, kept in memory over their rows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from usina.core.packages import MODEL_PACKAGE, NO_FACTS, PackageFacts, group_of

if TYPE_CHECKING:
    from usina.core.ports import Records, Row

_MOST = 1_000_000


class RecordPackages:
    """The `Packages` port over the site's rows. What is in them already is known after `load`."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._known: dict[tuple[str, str], PackageFacts] = {}
        self._reading = asyncio.Lock()

    async def load(self) -> None:
        """Read every row; once, at start."""
        async with self._reading:
            rows = await self._records.list(MODEL_PACKAGE, most=_MOST)
            self._known = {(row.account, row.name): _facts(row) for row in rows}

    def facts(self, account: str, name: str) -> PackageFacts:
        """What is known of the package of that row's name."""
        return self._known.get((account, name), NO_FACTS)

    async def reload(self, account: str, name: str) -> None:
        """Read a package's row again. One reading at a time: the last to be kept is the last that was read."""
        async with self._reading:
            row = await self._records.get(MODEL_PACKAGE, account, name)
            if row is None:
                self._known.pop((account, name), None)
            else:
                self._known[account, name] = _facts(row)


def _facts(row: Row) -> PackageFacts:
    return PackageFacts(group_of(row.name)[0], row.body["approval"])
