from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from usina.app import Event
from usina.cli import welcome
from usina.cli.welcome import Welcome
from usina.testing.front_door import REQUEST_ID, ScriptedDoor, event_stream, failure

if TYPE_CHECKING:
    from pathlib import Path

READY = {"modelId": "a.b", "task": "chat", "state": "READY"}
SECRETS = {"account": "111122223333", "access_key_id": "AKIA", "secret_access_key": "s3cret", "api_key": "ABSK"}


@pytest.fixture
def door(tmp_path: Path) -> Any:
    with ScriptedDoor(tmp_path / "home") as door:
        door.tell("Usina.ListModels", {"models": [READY]})
        delta = ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": " Paris.\n"}})
        door.tell(
            "POST /model/a.b/converse-stream",
            event_stream([delta, ("messageStop", {"stopReason": "end_turn"})], {"x-usina-record": "7"}),
        )
        yield door


def listening(door: ScriptedDoor, welcome: Welcome) -> None:
    """A factory that listens; returns when all has been shown."""
    fields = {"url": "http://localhost:1", "tls_url": "https://localhost:2", "client_folder": str(door.kit)}
    welcome.on_event(Event("listening", fields))
    welcome.wait(30)


def test_address_kit_and_a_first_answer_with_its_record_are_shown(
    door: ScriptedDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    listening(door, Welcome())
    shown = capsys.readouterr().out
    assert "https://localhost:2" in shown
    assert f"set -a; . {door.kit}/env; set +a" in shown
    assert "answered  Paris." in shown
    assert f"request {REQUEST_ID}, ledger record 7" in shown


def test_imports_of_the_first_start_are_followed(door: ScriptedDoor, capsys: pytest.CaptureFixture[str]) -> None:
    door.tell("Usina.ListModels", {"models": [{**READY, "state": "IMPORTING"}]}, {"models": [READY]})
    listening(door, Welcome())
    shown = capsys.readouterr().out
    assert "a.b: importing\na.b: ready\n" in shown
    assert "answered" in shown


def test_a_model_that_failed_is_told(door: ScriptedDoor, capsys: pytest.CaptureFixture[str]) -> None:
    door.tell("Usina.ListModels", {"models": [{**READY, "state": "FAILED", "stateReason": "no memory"}]})
    listening(door, Welcome())
    assert "a.b FAILED: no memory" in capsys.readouterr().err


def test_without_any_model_the_way_to_one_is_told(door: ScriptedDoor, capsys: pytest.CaptureFixture[str]) -> None:
    door.tell("Usina.ListModels", {"models": []})
    listening(door, Welcome())
    assert "usina models import" in capsys.readouterr().err


def test_a_failure_of_the_welcome_is_told_and_ends_nothing(
    door: ScriptedDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    door.tell("POST /model/a.b/converse-stream", failure("InternalServerException", "broken", 500))
    listening(door, Welcome())
    assert "broken" in capsys.readouterr().err


def test_keys_of_the_first_start_are_shown_on_a_terminal_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Welcome().on_event(Event("first-start", SECRETS))
    shown = capsys.readouterr()
    assert "s3cret" not in shown.out + shown.err
    assert "111122223333" in shown.out
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    Welcome().on_event(Event("first-start", SECRETS))
    assert "s3cret" in capsys.readouterr().out


def test_stopping_ends_the_wait_for_imports(door: ScriptedDoor, capsys: pytest.CaptureFixture[str]) -> None:
    door.tell("Usina.ListModels", {"models": [{**READY, "state": "STARTING"}]})
    shown = Welcome()
    shown.on_event(Event("stopping"))
    listening(door, shown)
    shown.on_event(Event("stopped"))
    assert len(door.sent("Usina.ListModels")) == 1
    assert "answered" not in capsys.readouterr().out


def test_a_bug_of_the_welcome_shows_no_stack_trace(
    door: ScriptedDoor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(welcome, "_first_answer", fail)
    listening(door, Welcome())
    shown = capsys.readouterr().err
    assert "ZeroDivisionError" in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize(("run", "words"), [("", "no jobs: programs cannot"), ("yes", "DANGER: programs run as this")])
def test_a_machine_that_cannot_isolate_programs_is_told(
    capsys: pytest.CaptureFixture[str], run: str, words: str
) -> None:
    Welcome().on_event(
        Event("unisolated", {"isolation": "programs cannot be isolated: bubblewrap is missing", "run": run})
    )
    shown = capsys.readouterr().err
    assert words in shown
    assert "bubblewrap is missing" in shown


def test_stopping_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Welcome()
    shown.on_event(Event("stopping"))
    shown.on_event(Event("stopped"))
    assert capsys.readouterr().err.splitlines()[-1] == "stopped"
