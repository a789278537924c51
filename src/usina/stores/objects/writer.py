"""One thread that writes the tables of objects: what came while a commit ran goes into the next one, together.

Each act sees the database as if it were alone, and is taken back alone where it raises. A commit waits for the disk
once for all of them, so many writers at a time cost little more than one.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from usina.core.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

T = TypeVar("T")

_MOST_TOGETHER = 256  # acts in one transaction


class _Act(NamedTuple):
    act: Callable[[Connection], Any]
    after: Callable[[Any], None] | None
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class Writer:
    """Runs acts on the database one after the other. The thread starts with the first act."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine
        self._acts: queue.SimpleQueue[_Act | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closing = False

    async def run(self, act: Callable[[Connection], T], after: Callable[[T], None] | None = None) -> T:
        """What `act` gives, once it is durable; `after` is then called with it in the same thread.

        Raises: UnavailableError where the database did not take it, and what `act` raises.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="objects-writer", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._acts.put(_Act(act, after, loop, future))
        # An act that was handed over happens; only the one who waits can be cancelled.
        return await future

    def close(self) -> None:
        """Wait for what was handed over."""
        if self._thread is not None:
            self._acts.put(None)
            self._thread.join()
            self._thread = None
            self._closing = False

    def _work(self) -> None:
        with contextlib.ExitStack() as stack:
            connection: Connection | None = None
            while acts := self._next():
                try:
                    if connection is None:
                        connection = stack.enter_context(self._engine().connect())
                    results = _together(connection, [each.act for each in acts])
                except (SQLAlchemyError, OSError) as error:
                    reason = type(getattr(error, "orig", None) or error).__name__
                    failed = UnavailableError(f"The site's database did not take the change ({reason}).")
                    results = [(None, failed)] * len(acts)
                    stack.close()  # the next acts begin on a fresh connection
                    connection = None
                _finish(acts, results)

    def _next(self) -> list[_Act]:
        """What waits, at least one act; nothing at the end."""
        if self._closing:
            return []
        acts: list[_Act] = []
        waiting = self._acts.get()
        while waiting is not None:
            acts.append(waiting)
            if len(acts) == _MOST_TOGETHER:
                return acts
            try:
                waiting = self._acts.get_nowait()
            except queue.Empty:
                return acts
        self._closing = True
        return acts


def _together(
    connection: Connection, acts: list[Callable[[Connection], Any]]
) -> list[tuple[Any, BaseException | None]]:
    """Run acts in one transaction; gives each one's result or what it raised."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.dialect.name == "sqlite" else "BEGIN")
    try:
        if len(acts) == 1:
            results: list[tuple[Any, BaseException | None]] = [(acts[0](connection), None)]
        else:
            results = [_alone(connection, act) for act in acts]
        connection.exec_driver_sql("COMMIT")
    except SQLAlchemyError:
        with contextlib.suppress(SQLAlchemyError):
            connection.exec_driver_sql("ROLLBACK")
        raise
    except Exception as error:  # noqa: BLE001 - it is raised again where the act was asked for
        connection.exec_driver_sql("ROLLBACK")
        return [(None, error)]
    return results


def _alone(connection: Connection, act: Callable[[Connection], Any]) -> tuple[Any, BaseException | None]:
    """Run one act among others: where it raises, it is taken back alone."""
    connection.exec_driver_sql("SAVEPOINT act")
    try:
        return act(connection), None
    except SQLAlchemyError:
        raise
    except Exception as error:  # noqa: BLE001 - it is raised again where the act was asked for
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT act")
        return None, error
    finally:
        with contextlib.suppress(SQLAlchemyError):
            connection.exec_driver_sql("RELEASE SAVEPOINT act")


def _finish(acts: list[_Act], results: list[tuple[Any, BaseException | None]]) -> None:
    for each, (result, problem) in zip(acts, results, strict=True):
        if problem is None and each.after is not None:
            each.after(result)
        _tell(each, result, problem)


def _tell(act: _Act, result: Any, problem: BaseException | None) -> None:
    def tell() -> None:
        if act.future.done():
            return
        if problem is None:
            act.future.set_result(result)
        else:
            act.future.set_exception(problem)

    try:
        act.loop.call_soon_threadsafe(tell)
    except RuntimeError:
        return  # the loop is closed: nobody waits
