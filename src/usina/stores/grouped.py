"""Writes to SQLite that come together share one transaction, and so one flush to disk.

SQLite has one writer at a time, and those that wait for it ask again after pauses: several threads that write are
slower than one. So one thread writes, and takes with it all that came while it was busy. An answer is given after the
commit. What one write raises (a conflict) is its own; where the database refuses a statement, each write is tried by
itself, so that none fails for another's; where it refuses the commit, all are told so.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Engine

T = TypeVar("T")
Outcome = tuple[Any, Exception | None]
_MOST = 256  # writes of one transaction: others may read, but nobody else may write meanwhile


class GroupedWrites:
    """The writes of one process to one SQLite database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="records-write")
        self._waiting: list[tuple[Callable[[Connection], Any], asyncio.Future[Any]]] = []
        self._committing: asyncio.Task[None] | None = None

    async def run(self, act: Callable[[Connection], T]) -> T:
        """What the act gives, once it is durable. Raises: what it raises; DBAPIError."""
        loop = asyncio.get_running_loop()
        durable: asyncio.Future[T] = loop.create_future()
        self._waiting.append((act, durable))
        if self._committing is None:
            self._committing = loop.create_task(self._commit())
        return await durable

    async def close(self) -> None:
        """Wait for what was begun."""
        if self._committing is not None:
            await asyncio.wait({self._committing})
        await asyncio.to_thread(self._thread.shutdown)

    async def _commit(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
                outcomes = await loop.run_in_executor(self._thread, self._written, [act for act, _ in batch])
                for (_, durable), (result, error) in zip(batch, outcomes, strict=True):
                    if durable.done():
                        continue
                    if error is None:
                        durable.set_result(result)
                    else:
                        durable.set_exception(error)
        finally:
            self._committing = None

    def _written(self, acts: Sequence[Callable[[Connection], Any]]) -> Sequence[Outcome]:
        """What became of each; never raises."""
        try:
            return self._together(acts)
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            if len(acts) == 1:
                return [(None, error)]
        return [outcome for act in acts for outcome in self._written([act])]

    def _together(self, acts: Sequence[Callable[[Connection], Any]]) -> Sequence[Outcome]:
        from sqlalchemy.exc import DBAPIError

        with self._engine.connect() as connection:
            connection.exec_driver_sql("begin immediate")
            try:
                outcomes = [_outcome(act, connection) for act in acts]
            except BaseException:
                connection.exec_driver_sql("rollback")
                raise
            try:
                connection.exec_driver_sql("commit")
            except DBAPIError as error:
                # It may be durable or not: to do it again could meet itself.
                return [(None, error)] * len(acts)
        return outcomes


def _outcome(act: Callable[[Connection], Any], connection: Connection) -> Outcome:
    """What an act gave or raised. Raises: DBAPIError, where the database failed and not the act."""
    from sqlalchemy.exc import DBAPIError

    try:
        return act(connection), None
    except DBAPIError:
        raise
    except Exception as error:  # noqa: BLE001 - it is the answer to that act alone
        return None, error
