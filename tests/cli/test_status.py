from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from usina.testing.front_door import ScriptedDoor, Told, failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]

SITE = {"name": "usina", "region": "us-east-1", "account": "111122223333"}


def status(*models: dict[str, Any], ready: bool = True) -> dict[str, Any]:
    engine = {"modelId": "a.b", "state": "READY", "restarts": 2, "running": 1, "queued": 5}
    return {
        "site": SITE,
        "version": "9.9",
        "time": 1_800_000_000,
        "ready": ready,
        "models": list(models),
        "engines": [engine],
        "programs": {"run": True, "isolated": True, "isolation": "programs are isolated by bubblewrap"},
    }


def model(state: str = "READY", **more: Any) -> dict[str, Any]:
    return {"modelId": "a.b", "task": "chat", "state": state, "sizeBytes": 145_000_000, **more}


@pytest.fixture(autouse=True)
def ready_door(door: ScriptedDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usina.cli.status._BETWEEN_SECONDS", 0.0)
    door.tell("GET /readyz", Told(b"ready\n"))


def test_a_ready_factory_exits_0_and_shows_models_and_engines(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.GetStatus", status(model()))
    done = run("status")
    assert done.exit_code == 0
    assert "account 111122223333  ready" in done.stdout
    assert done.stdout.splitlines()[-1].split() == ["a.b", "chat", "READY", "READY", "1", "5", "2", "-", "145", "MB"]


def test_json_holds_everything(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.GetStatus", status(model()))
    told = json.loads(run("status", "--json").stdout)
    assert told["ready"] is True
    assert told["time"] == "2027-01-15T08:00:00Z"
    assert set(told) == {"site", "version", "time", "ready", "models", "engines", "programs"}


@pytest.mark.parametrize(
    ("run_at_all", "isolated", "words"),
    [
        (True, True, "\nprograms are"),
        (True, False, "\nDANGER: programs are"),
        (False, False, "\nno jobs: programs are"),
    ],
)
def test_what_holds_programs_back_is_said(
    run: Run, door: ScriptedDoor, run_at_all: bool, isolated: bool, words: str
) -> None:
    told = {**status(model()), "programs": {"run": run_at_all, "isolated": isolated, "isolation": "programs are so"}}
    door.tell("Usina.GetStatus", told)
    assert words in run("status").stdout


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ((), "models import"),
        ((model("IMPORTING"),), "a.b is IMPORTING"),
        ((model("FAILED", stateReason="no memory"),), "a.b FAILED: no memory"),
    ],
)
def test_a_factory_that_is_not_ready_exits_1_and_says_why(
    run: Run, door: ScriptedDoor, models: tuple[dict[str, Any], ...], words: str
) -> None:
    door.tell("Usina.GetStatus", status(*models, ready=False))
    done = run("status")
    assert done.exit_code == 1
    assert words in done.stderr


def test_a_model_that_failed_is_told_though_others_answer(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.GetStatus", status(model(), model("FAILED", modelId="c.d", stateReason="no memory")))
    done = run("status")
    assert done.exit_code == 0
    assert done.stderr == "c.d FAILED: no memory\n"


def test_waiting_goes_on_until_it_is_ready_and_asks_little(run: Run, door: ScriptedDoor) -> None:
    door.tell("GET /readyz", Told(b"not ready: a.b\n", 503), Told(b"not ready: a.b\n", 503), Told(b"ready\n"))
    door.tell("Usina.GetStatus", status(model("STARTING"), ready=False), status(model()))
    assert run("status", "--wait", "30").exit_code == 0
    assert len(door.sent("Usina.GetStatus")) == 2


def test_waiting_ends_with_the_reason(run: Run, door: ScriptedDoor) -> None:
    door.tell("GET /readyz", Told(b"not ready: a.b\n", 503))
    door.tell("Usina.GetStatus", status(model("STARTING"), ready=False))
    done = run("status", "--wait", "0.3")
    assert done.exit_code == 1
    assert "a.b is STARTING" in done.stderr


def test_a_key_that_may_see_no_more_still_learns_whether_it_is_ready(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.GetStatus", failure("AccessDeniedException", "no"))
    done = run("status")
    assert done.exit_code == 0
    assert "may not see more" in done.stdout
    assert json.loads(run("status", "--json").stdout)["ready"] is True


def test_no_kit_is_told_with_what_to_do(run: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    done = run("status", "--home", str(tmp_path_factory.mktemp("other")))
    assert done.exit_code == 1
    assert "usina up" in done.stderr
