"""Following an import until its model answers: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from usina.cli.progress import Step, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    with progress(quiet=quiet) as show:
        while waiting:
            for name in waiting:
                show(_step(seen[name]))
            if pause.wait(_PAUSE_SECONDS):
                break
            now = {model["modelId"]: model for model in factory.models()}
            seen |= {name: now.get(name, {**seen[name], "state": "REMOVING"}) for name in waiting}
            for name in waiting:
                show(_step(seen[name]))
            waiting = [name for name in waiting if seen[name]["state"] in _ON_ITS_WAY]
    return list(seen.values())


def words_of(model: t.ModelDescription) -> str:
    """What an import is doing, in a few words."""
    stage = model.get("progressStage")
    if model["state"] == "IMPORTING":
        return str(stage or "importing")
    return _WORDS.get(model["state"], str(model["state"]).lower())


def _step(model: t.ModelDescription) -> Step:
    ended = model["state"] not in _ON_ITS_WAY
    return Step(model["modelId"], words_of(model), model.get("progressShare", 1.0 if ended else None))
