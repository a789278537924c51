"""An account's models as the site keeps them: a file, and a row of kind `model` whose name is the model's ARN."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from usina.core.errors import ConflictError
from usina.core.imports import IMPORTED
from usina.core.ports import Row
from usina.engine.converting import move
from usina.engine.rows import MODEL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from usina.core.ports import Json, ModelCard, Records
    from usina.engine.catalogue import SiteCatalogue

ACCOUNTS = ".accounts"  # folder of the models' folder; no id of the site's own models begins with a dot
_ATTEMPTS = 20
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class AccountModels:
    """The models of all accounts."""

    folder: Path  # of all models
    records: Records
    catalogue: SiteCatalogue
    follow: Callable[[], Awaitable[None]]  # catalogue and engines as the rows say now

    async def find(self, account: str, arn: str) -> Row | None:
        """The row of a model that was converted."""
        return await self.records.get(MODEL, account, arn)

    async def keep(self, account: str, arn: str, converted: Path, facts: Json) -> None:
        """Put a converted file in its place, and start its engine."""
        place = Path(ACCOUNTS) / account / arn.rpartition("/")[2]
        await asyncio.to_thread(shutil.rmtree, self.folder / place, ignore_errors=True)
        path = place / f"{facts['sha256'][:16]}.gguf"
        await asyncio.to_thread(move, converted, self.folder / path)
        body = {**facts, "options": {**facts["options"], "path": str(path)}, "state": "READY", "state_reason": ""}
        await self.records.put(Row(MODEL, account, arn, body))
        await self.follow()

    async def remove(self, account: str, arn: str) -> None:
        """Stop its engine and delete its files; nothing where it is gone already."""
        await self.records.delete(MODEL, account, arn)
        await self.follow()
        place = self.folder / ACCOUNTS / account / arn.rpartition("/")[2]
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)

    def card(self, account: str, arn: str) -> ModelCard | None:
        """The model as its account sees it."""
        found = self.catalogue.resolve(arn, account)
        return None if found is None else found.card

    async def owners(self) -> list[Row]:
        """Rows of accounts' models by name."""
        return await self.records.list(IMPORTED, most=_MOST)

    async def owner(self, account: str, arn: str) -> Row | None:
        """The row that holds a model's name."""
        return await self.records.get(IMPORTED, account, arn.rpartition("/")[2])

    async def change_owner(self, account: str, arn: str, **changes: Any) -> None:
        """Write what is known of a model; nothing where nobody has its name any more."""
        for _ in range(_ATTEMPTS):
            row = await self.owner(account, arn)
            if row is None:
                return
            with suppress(ConflictError):
                await self.records.put(replace(row, body={**row.body, **changes}))
                return

    async def forget(self, account: str, arn: str) -> None:
        """Let its name go."""
        await self.records.delete(IMPORTED, account, arn.rpartition("/")[2])

    async def sweep(self) -> None:
        """Delete files that no row names: what a kill left between two steps."""
        rows = await self.records.list(MODEL, most=_MOST)
        wanted = {(row.account, row.name.rpartition("/")[2]) for row in rows if row.account}
        await asyncio.to_thread(_sweep, self.folder / ACCOUNTS, wanted)


def _sweep(folder: Path, wanted: set[tuple[str, str]]) -> None:
    if not folder.is_dir():
        return
    for account in folder.iterdir():
        for model in account.iterdir():
            if (account.name, model.name) not in wanted:
                shutil.rmtree(model, ignore_errors=True)
