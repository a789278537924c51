from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from usina.cli.main import main
from usina.testing.front_door import ScriptedDoor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No factory, kit or colour of whoever runs the tests."""
    monkeypatch.delenv("USINA_KIT", raising=False)
    monkeypatch.setenv("USINA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def door(tmp_path: Path) -> Iterator[ScriptedDoor]:
    with ScriptedDoor(tmp_path / "home") as door:
        yield door


@pytest.fixture
def run() -> Run:
    """Runs `usina ARGUMENTS...` in this process."""

    def invoke(*arguments: str, **options: Any) -> Result:
        return CliRunner().invoke(main, arguments, prog_name="usina", **options)

    return invoke
