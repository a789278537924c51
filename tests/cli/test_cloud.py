from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from usina.testing.front_door import ScriptedDoor

    Run = Callable[..., Result]

MODEL = {
    "modelId": "cloud.far", "protocol": "bedrock", "address": "https://far.internal", "upstreamModel": "far-v1",
    "task": "chat", "contextTokens": 128_000, "maxOutputTokens": 4_096, "pinned": True, "accessKeyId": "AKIAEXAMPLE",
    "createdAt": 1_800_000_000,
}  # fmt: skip
BUDGET = {
    "scope": "site", "day": "2027-01-15", "requests": 5, "usedRequests": 2, "usedBytes": 0, "usedTokens": 7,
    "bytes": 2_000_000,
}  # fmt: skip
ADD = ("cloud", "add", "cloud.far", "--endpoint", "https://far.internal", "--upstream-model", "far-v1")


def test_a_model_is_added_with_a_secret_from_a_file_and_the_next_step_is_told(
    run: Run, door: ScriptedDoor, tmp_path: Path
) -> None:
    door.tell("Usina.PutCloudModel", {"model": MODEL})
    secret, authority = tmp_path / "secret", tmp_path / "ca.pem"
    secret.write_text("a-secret\n")
    authority.write_text("PEM")
    more = ("--region", "eu-central-1", "--access-key-id", "AKIAEXAMPLE", "--max-output-tokens", "9")
    done = run(*ADD, "--secret-file", str(secret), "--ca", str(authority), *more)
    assert done.exit_code == 0
    assert "cloud.far -> far-v1 at https://far.internal" in done.stdout
    assert "usina:SendToCloud" in done.stderr
    assert "a-secret" not in done.output
    assert door.sent("Usina.PutCloudModel") == [
        {
            "modelId": "cloud.far", "address": "https://far.internal", "upstreamModel": "far-v1",
            "protocol": "bedrock", "region": "eu-central-1", "accessKeyId": "AKIAEXAMPLE", "maxOutputTokens": 9,
            "authorityPem": "PEM", "secret": "a-secret",
        }
    ]  # fmt: skip


def test_a_secret_may_come_by_standard_input_or_be_kept(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.PutCloudModel", {"model": MODEL})
    run(*ADD, "--secret-file", "-", input="a-secret\n")
    run(*ADD, "--keep-secret")
    assert [sent.get("secret") for sent in door.sent("Usina.PutCloudModel")] == ["a-secret", None]
    assert json.loads(run(*ADD, "--keep-secret", "--json").stdout)["modelId"] == "cloud.far"


@pytest.mark.parametrize(
    "arguments",
    [(), ("--keep-secret", "--secret-file", "-"), ("--keep-secret", "--protocol", "x")],
    ids=["nobody to ask", "both", "protocol"],
)
def test_wrong_use_is_told_before_anything_is_asked(run: Run, door: ScriptedDoor, arguments: tuple[str, ...]) -> None:
    assert run(*ADD, *arguments).exit_code == 2
    assert not door.seen


def test_a_file_that_cannot_be_read_and_an_empty_secret_are_told(run: Run, door: ScriptedDoor, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    assert "Name another file" in run(*ADD, "--secret-file", str(tmp_path / "none")).stderr
    assert "is empty" in run(*ADD, "--secret-file", str(tmp_path / "empty")).stderr
    assert not door.seen


def test_models_are_listed_and_removed(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.ListCloudModels", {"models": [MODEL]})
    door.tell("Usina.RemoveCloudModel", {"modelId": "cloud.far"})
    assert run("cloud", "list").stdout.splitlines()[1].split() == [
        "cloud.far", "bedrock", "https://far.internal", "far-v1", "chat", "AKIAEXAMPLE", "its", "own",
    ]  # fmt: skip
    assert run("cloud", "remove", "cloud.far").exit_code == 2
    assert "removed" in run("cloud", "remove", "cloud.far", "--yes").stdout
    assert door.sent("Usina.RemoveCloudModel") == [{"modelId": "cloud.far"}]


def test_with_no_model_the_next_step_is_told(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.ListCloudModels", {"models": []})
    assert "usina cloud add" in run("cloud", "list").stderr
    assert json.loads(run("cloud", "list", "--json").stdout) == []


def test_budgets_are_shown_and_set(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.ListCloudBudgets", {"budgets": [BUDGET]})
    door.tell("Usina.PutCloudBudget", {"budget": BUDGET})
    line = run("cloud", "budget").stdout.splitlines()[1]
    assert "2 of 5" in line
    assert "0 B of 2 MB" in line
    assert "7 of no bound" in line
    run("cloud", "budget", "--site", "--requests", "5")
    run("cloud", "budget", "--account", "111122223333", "--tokens", "0")
    run("cloud", "budget", "--caller", "arn:aws:iam::111122223333:user/ada", "--clear")
    assert door.sent("Usina.PutCloudBudget") == [
        {"scope": "site", "requests": 5},
        {"scope": "111122223333", "tokens": 0},
        {"scope": "arn:aws:iam::111122223333:user/ada"},
    ]


@pytest.mark.parametrize(
    "arguments",
    [("--site",), ("--requests", "1"), ("--site", "--account", "1", "--clear"), ("--site", "--clear", "--bytes", "1")],
    ids=["no amount", "no scope", "two scopes", "clear and amount"],
)
def test_a_budget_that_is_half_said_is_wrong_use(run: Run, door: ScriptedDoor, arguments: tuple[str, ...]) -> None:
    assert run("cloud", "budget", *arguments).exit_code == 2
    assert not door.seen
