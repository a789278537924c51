from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from usina.cli import images
from usina.testing.front_door import ScriptedDoor, failure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

NAME = "usina/sklearn"


def image(state: str, **more: Any) -> dict[str, Any]:
    return {"imageName": NAME, "kind": "built-in", "title": "scikit-learn", "state": state, **more}


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "_PAUSE_SECONDS", 0.0)


def test_images_are_listed_in_columns(run: Run, door: ScriptedDoor) -> None:
    found = image("READY", sizeBytes=250_000_000)
    door.tell("Usina.ListImages", {"images": [found]})
    lines = run("images", "list").stdout.splitlines()
    assert lines[0].split()[:4] == ["IMAGE", "KIND", "STATE", "SIZE"]
    assert lines[1].split()[:3] == [NAME, "built-in", "READY"]
    assert json.loads(run("images", "list", "--json").stdout) == [found]


def test_what_an_image_failed_of_moves_no_cursor(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.DescribeImage", {"image": image("FAILED", stateReason="no \x1b[2J\x9bsuch file")})
    shown = run("images", "show", NAME).stdout
    assert "such file" in shown
    assert not {"\x1b", "\x9b"} & set(shown)


def test_an_image_is_shown_with_its_packages(run: Run, door: ScriptedDoor) -> None:
    package = {"name": "numpy", "version": "2.4.6", "licence": "BSD", "sha256": "ab" * 32}
    door.tell("Usina.DescribeImage", {"image": image("READY", packages=[package])})
    shown = run("images", "show", NAME).stdout.splitlines()
    assert shown[0] == f"{NAME}: ready"
    assert shown[2].split() == ["numpy", "2.4.6", "BSD", "ab" * 8]
    assert json.loads(run("images", "show", NAME, "--json").stdout)["packages"] == [package]


def test_an_installation_is_followed_until_it_is_done(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.InstallImage", {"image": image("INSTALLING", progressStage="waiting", progressShare=0.0)})
    door.tell(
        "Usina.DescribeImage",
        {"image": image("INSTALLING", progressStage="fetching packages", progressShare=0.4)},
        {"image": image("READY")},
    )
    done = run("images", "install", NAME)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [f"{NAME}: waiting", f"{NAME}: fetching packages", f"{NAME}: ready"]
    assert door.sent("Usina.InstallImage") == [{"imageName": NAME}]


@pytest.mark.parametrize(
    ("options", "source"),
    [
        (
            ("--index", "https://packages.invalid/simple"),
            {"kind": "index", "location": "https://packages.invalid/simple"},
        ),
        (("--machine",), {"kind": "machine"}),
    ],
)
def test_where_packages_come_from_is_said(
    run: Run, door: ScriptedDoor, options: tuple[str, ...], source: dict[str, str]
) -> None:
    door.tell("Usina.InstallImage", {"image": image("INSTALLING")})
    done = run("images", "install", NAME, "--no-wait", *options)
    assert done.exit_code == 0
    assert "on its way" in done.stdout
    assert door.sent("Usina.InstallImage") == [{"imageName": NAME, "source": source}]


def test_a_folder_of_wheels_is_sent_by_its_absolute_path(
    run: Run, door: ScriptedDoor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    door.tell("Usina.InstallImage", {"image": image("READY")})
    assert run("images", "install", NAME, "--wheels", "wheels", "--json").exit_code == 0
    (sent,) = door.sent("Usina.InstallImage")
    assert sent["source"] == {"kind": "wheels", "location": str(tmp_path / "wheels")}


def test_two_places_at_once_are_wrong_use(run: Run, door: ScriptedDoor) -> None:
    assert run("images", "install", NAME, "--machine", "--index", "https://a.invalid").exit_code == 2
    assert not door.seen


def test_one_that_fails_says_why_and_what_to_do(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.InstallImage", {"image": image("FAILED", stateReason="the disk is full")})
    done = run("images", "install", NAME)
    assert done.exit_code == 1
    assert "the disk is full" in done.stderr
    assert "try it again" in done.stderr


def test_an_image_is_removed_when_it_is_said_twice(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.RemoveImage", {"imageName": NAME}, failure("ConflictException", "no"))
    assert run("images", "remove", NAME).exit_code == 2
    assert run("images", "remove", NAME, "--yes").stdout.strip() == f"{NAME} is removed"
    assert run("images", "remove", "usina/python", "--yes").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "source"),
    [
        (("/srv/trainer.tar",), {"kind": "archive", "location": "/srv/trainer.tar"}),
        (("s3://images/trainer.tar",), {"kind": "object", "location": "s3://images/trainer.tar"}),
        (
            ("registry.internal/trainer:7", "--registry"),
            {"kind": "registry", "location": "registry.internal/trainer:7"},
        ),
    ],
)
def test_an_import_says_where_the_image_is(
    run: Run, door: ScriptedDoor, arguments: tuple[str, ...], source: dict[str, str]
) -> None:
    door.tell("Usina.ImportImage", {"image": image("READY")})
    digest = "sha256:" + "0" * 64
    assert run("images", "import", *arguments, "--name", NAME, "--digest", digest).exit_code == 0
    assert door.sent("Usina.ImportImage") == [{"imageName": NAME, "source": source, "digest": digest}]
