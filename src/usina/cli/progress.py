"""How far long work is: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usina.cli.output import console, on_terminal, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import TaskID


@dataclass(frozen=True, slots=True)
class Step:
    """How far one thing is."""

    name: str
    words: str
    share: float | None  # of what is being done, 0 to 1; None where nobody knows


@contextlib.contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[Step], None]]:
    """What shows a step. Quiet, it shows nothing."""
    if quiet:
        yield lambda _step: None
    elif on_terminal():
        with _bar() as show:
            yield show
    else:
        yield _lines()


@contextlib.contextmanager
def _bar() -> Iterator[Callable[[Step], None]]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.fields[name]}"), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console()) as shown:
        tasks: dict[str, TaskID] = {}

        def show(step: Step) -> None:
            if step.name not in tasks:
                tasks[step.name] = shown.add_task("", total=1.0, name=step.name)
            shown.update(tasks[step.name], description=step.words, completed=step.share)

        yield show


def _lines() -> Callable[[Step], None]:
    last: dict[str, str] = {}

    def show(step: Step) -> None:
        if last.get(step.name) != step.words:
            last[step.name] = step.words
            say(f"{step.name}: {step.words}")

    return show


@contextlib.contextmanager
def counted(what: str, *, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar of (done, total) where somebody looks; elsewhere nothing."""
    if not shown or not on_terminal():
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, Progress, TextColumn

    with Progress(TextColumn(what), BarColumn(), console=console(), transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield tell
