"""Ends updates of deployments: once the next model can answer its row says so, and the one before is let go.

A kill between the two does no harm: while a row names a next model, whichever can answer does.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from usina.core.errors import ApiError

if TYPE_CHECKING:
    from usina.core.ports import Records
    from usina.engine.catalogue import SiteCatalogue

_LOG = logging.getLogger(__name__)
_OUTCOMES = {"READY": "UpdateCompleted", "FAILED": "UpdateFailed"}


class Handover:
    """The updates of all deployments and provisioned throughput."""

    def __init__(self, records: Records, catalogue: SiteCatalogue) -> None:
        self._records = records
        self._catalogue = catalogue
        self._task: asyncio.Task[None] | None = None

    def look(self) -> None:
        """States changed: end what can be ended. One at a time; what is ended changes states again."""
        if self._task is None and self._ripe():
            self._task = asyncio.get_running_loop().create_task(self._end())

    async def stop(self) -> None:
        """What is not ended is by the next factory."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _ripe(self) -> list[tuple[tuple[str, str, str], str]]:
        return [(key, _OUTCOMES[state]) for key, state in self._catalogue.updates() if state in _OUTCOMES]

    async def _end(self) -> None:
        try:
            for key, outcome in self._ripe():
                row = await self._records.get(*key)
                if row is None or not row.body["next"]:
                    continue
                update = {"model": row.body["next"], "status": outcome}
                body = {**row.body, "next": "", "update": update}
                if outcome == "UpdateCompleted":
                    body["model"] = row.body["next"]
                await self._records.put(replace(row, body=body))
        except ApiError as error:  # somebody else was first, or the database is away: the next change looks again
            _LOG.warning("an update could not be ended", extra={"reason": error.message})
        finally:
            self._task = None
        await self._catalogue.reload()
