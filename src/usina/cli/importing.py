"""Following an import until its model answers: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from usina.cli.output import console, on_terminal, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.progress import TaskID

    from usina.client.api import Factory
    from usina.shapes import usina_types as t

_PAUSE_SECONDS = 0.5
_WORDS = {"STARTING": "starting its engine"}
_ON_ITS_WAY = frozenset({"IMPORTING", "STARTING"})


def follow_import(factory: Factory, model: t.ModelDescription, *, quiet: bool = False) -> t.ModelDescription:
    """Look at one model until it is READY or FAILED; gives what it is then. Ctrl-C stops the looking only."""
    return follow_imports(factory, [model], quiet=quiet)[0]


def follow_imports(
    factory: Factory,
    models: Sequence[t.ModelDescription],
    *,
    quiet: bool = False,
    ending: threading.Event | None = None,
) -> list[t.ModelDescription]:
    """Look at models until none is on its way; gives what they are then, in the same order.

    Each look is an act that the ledger keeps: one listing for all, and not too often. `ending` stops the looking.
    """
    pause = ending or threading.Event()
    seen = {model["modelId"]: model for model in models}
    waiting = [name for name, model in seen.items() if model["state"] in _ON_ITS_WAY]
    if not waiting:
        return list(seen.values())
    with _progress(quiet) as show:
        while waiting:
            for name in waiting:
                show(seen[name])
            if pause.wait(_PAUSE_SECONDS):
                break
            now = {model["modelId"]: model for model in factory.models()}
            seen |= {name: now.get(name, {**seen[name], "state": "REMOVING"}) for name in waiting}
            for name in waiting:
                show(seen[name])
            waiting = [name for name in waiting if seen[name]["state"] in _ON_ITS_WAY]
    return list(seen.values())


def words_of(model: t.ModelDescription) -> str:
    """What an import is doing, in a few words."""
    stage = model.get("progressStage")
    if model["state"] == "IMPORTING":
        return str(stage or "importing")
    return _WORDS.get(model["state"], str(model["state"]).lower())


@contextlib.contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[t.ModelDescription], None]]:
    if quiet:
        yield lambda _model: None
    elif on_terminal():
        with _bar() as show:
            yield show
    else:
        yield _lines()


@contextlib.contextmanager
def _bar() -> Iterator[Callable[[t.ModelDescription], None]]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.fields[model]}"), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console()) as progress:
        tasks: dict[str, TaskID] = {}

        def show(model: t.ModelDescription) -> None:
            name = model["modelId"]
            if name not in tasks:
                tasks[name] = progress.add_task("", total=1.0, model=name)
            ended = model["state"] not in _ON_ITS_WAY
            share = model.get("progressShare", 1.0 if ended else None)
            progress.update(tasks[name], description=words_of(model), completed=share)

        yield show


def _lines() -> Callable[[t.ModelDescription], None]:
    last: dict[str, str] = {}

    def show(model: t.ModelDescription) -> None:
        name, words = model["modelId"], words_of(model)
        if last.get(name) != words:
            last[name] = words
            say(f"{name}: {words}")

    return show
