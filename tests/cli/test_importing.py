from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from usina.cli import importing
from usina.cli.importing import follow_imports
from usina.client.api import Factory
from usina.client.found import read_kit

if TYPE_CHECKING:
    from usina.testing.front_door import ScriptedDoor


def model(name: str, state: str, **more: Any) -> dict[str, Any]:
    return {"modelId": name, "name": name, "provider": "p", "runtime": "r", "task": "chat", "state": state, **more}


@pytest.fixture
def factory(door: ScriptedDoor, monkeypatch: pytest.MonkeyPatch) -> Factory:
    monkeypatch.setattr(importing, "_PAUSE_SECONDS", 0.0)
    return Factory(read_kit(door.kit))


@pytest.fixture
def on_their_way(door: ScriptedDoor, factory: Factory) -> list[Any]:
    half = model("a.b", "IMPORTING", progressStage="copying", progressShare=0.5)
    door.tell(
        "Usina.ListModels",
        {"models": [model("a.b", "IMPORTING"), model("c.d", "IMPORTING")]},
        {"models": [half, model("c.d", "FAILED", stateReason="no")]},
        {"models": [model("a.b", "READY"), model("c.d", "FAILED", stateReason="no")]},
    )
    return factory.models()


def test_several_are_followed_with_one_listing_a_look(
    door: ScriptedDoor, factory: Factory, on_their_way: list[Any]
) -> None:
    ended = follow_imports(factory, on_their_way, quiet=True)
    assert [found["state"] for found in ended] == ["READY", "FAILED"]
    assert len(door.sent("Usina.ListModels")) == 3


def test_a_terminal_shows_a_bar_for_each(
    factory: Factory,
    on_their_way: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    follow_imports(factory, on_their_way)
    shown = capsys.readouterr().out
    assert "a.b" in shown
    assert "c.d" in shown
    assert "━" in shown
    assert "\x1b[?25h" in shown, "the cursor is given back"


def test_what_is_ready_already_is_not_looked_at_again(door: ScriptedDoor, factory: Factory) -> None:
    ready: Any = [model("a.b", "READY")]
    assert follow_imports(factory, ready) == ready
    assert not door.seen


def test_an_ending_stops_the_looking(door: ScriptedDoor, factory: Factory, on_their_way: list[Any]) -> None:
    ending = threading.Event()
    ending.set()
    follow_imports(factory, on_their_way, quiet=True, ending=ending)
    assert len(door.sent("Usina.ListModels")) == 1
