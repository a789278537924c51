"""`usina status`: can the factory answer, and what are its models and engines doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from usina.cli.options import as_json, factory, of_factory
from usina.cli.output import coloured, note, say, show_json, show_table, size
from usina.cli.waiting import wait_until
from usina.core.clock import SystemClock
from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from pathlib import Path

    from usina.client.api import Factory

_BETWEEN_SECONDS = 1.0  # between two questions that the ledger keeps
_HEADS = ("MODEL", "TASK", "STATE", "ENGINE", "RUNNING", "QUEUED", "RESTARTS", "ADAPTERS", "SIZE")


@click.command()
@click.option("--wait", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait that long for it to be ready.")
@as_json
@of_factory
def status(wait: float | None, json_: bool, home: Path | None) -> int:
    """Show whether the factory can answer. Exits 0 when it is ready, else 1."""
    last = _Look(home, patient=bool(wait))
    ready = (bool(wait) and wait_until(last.look, wait or 0.0)) or last.look(last=True)
    if last.failure is not None:
        raise last.failure
    if json_:
        show_json(last.found)
    else:
        _show(last.found)
    if not json_:
        for model in last.found.get("models", ()):
            if model["state"] == "FAILED":
                note(f"{model['modelId']} FAILED: {model.get('stateReason', 'the log tells why')}")
        if not ready:
            note("not ready: " + _why(last.found))
    return 0 if ready else 1


class _Look:
    """One look after the other at the factory; keeps what the last one saw.

    The whole status is asked for once the factory says that it is ready: asking needs identity, policy and ledger,
    and a wait of minutes should not fill the ledger with itself.
    """

    def __init__(self, home: Path | None, *, patient: bool) -> None:
        self._home = home
        self._patient = patient
        self._factory: Factory | None = None
        self._clock = SystemClock()
        self._asked_at = -_BETWEEN_SECONDS
        self.found: dict[str, Any] = {}
        self.failure: OperatorError | None = None

    def look(self, *, last: bool = False) -> bool:
        """Whether it is ready now."""
        try:
            self._factory = self._factory or factory(self._home)
            ready, words = self._factory.readiness()
            self.failure = None
            now = self._clock.monotonic()
            asked_just_now = now - self._asked_at < _BETWEEN_SECONDS
            if self._patient and not last and (asked_just_now or not ready):
                self.found = {"ready": False, "reason": words}
                return False
            self._asked_at = now
            self.found = _status_of(self._factory)
        except OperatorError as error:
            self.failure, self._factory = error, None  # the first start writes the kit while we wait
            return False
        return bool(self.found["ready"])


def _status_of(reached: Factory) -> dict[str, Any]:
    """The whole status, or bare readiness for a key that may not see more."""
    from usina.client.errors import RefusedError

    try:
        found = reached.status()
    except RefusedError as error:
        if error.code != "AccessDeniedException":
            raise
        ready, words = reached.readiness()
        return {"ready": ready, "reason": words}
    return dict(found)


def _show(found: dict[str, Any]) -> None:
    ready = coloured("ready" if found["ready"] else "not ready")
    site = found.get("site")
    if site is None:
        say(f"{ready} (your key may not see more)")
        return
    say(f"usina {found['version']}  site {site['name']}  region {site['region']}  account {site['account']}  {ready}")
    programs = found.get("programs")
    if programs is not None:
        say(("" if programs["isolated"] else "DANGER: " if programs["run"] else "no jobs: ") + programs["isolation"])
    if not found["models"]:
        return
    engines = {engine["modelId"]: engine for engine in found["engines"]}
    rows = []
    for model in found["models"]:
        engine = engines.get(model["modelId"], {})
        rows.append((
            model["modelId"],
            model["task"],
            model["state"],
            engine.get("state"),
            engine.get("running"),
            engine.get("queued"),
            engine.get("restarts"),
            engine.get("adapters"),
            size(model.get("sizeBytes")),
        ))  # fmt: skip
    show_table(_HEADS, rows)


def _why(found: dict[str, Any]) -> str:
    models = found.get("models")
    if models is None:
        return str(found.get("reason", "the factory says no more"))
    if not models:
        return "it has no model. `usina models import SOURCE` brings one."
    busy = [
        f"{model['modelId']} is {model['state']}" for model in models if model["state"] in {"IMPORTING", "STARTING"}
    ]
    return "; ".join(busy) or "no model answers"
