from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import usina.app
from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from usina.core.settings import Settings

    Run = Callable[..., Result]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """What a factory was started with, without one."""
    seen: list[Settings] = []
    monkeypatch.setattr(usina.app, "serve", lambda settings, _on_event: seen.append(settings))
    for name in ("USINA_PORT", "USINA_TLS_PORT", "USINA_HOST", "USINA_ACCOUNT"):
        monkeypatch.delenv(name, raising=False)
    return seen


def test_flags_become_settings(run: Run, served: list[Settings], tmp_path: Path) -> None:
    flags = {"--port": "9080", "--tls-port": "9443", "--host": "0.0.0.0", "--account": "123456789012"}
    arguments = [word for flag in flags.items() for word in flag]
    assert run("up", "--home", str(tmp_path), *arguments).exit_code == 0
    (settings,) = served
    assert (settings.home, settings.port, settings.tls_port) == (tmp_path, 9080, 9443)
    assert (settings.host, settings.account) == ("0.0.0.0", "123456789012")


def test_flags_win_over_the_environment_and_that_over_the_file(
    run: Run, served: list[Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "site.toml").write_text('[door]\nport = 1001\ntls_port = 1002\nhost = "::1"\n')
    monkeypatch.setenv("USINA_TLS_PORT", "2002")
    monkeypatch.setenv("USINA_HOST", "10.0.0.1")
    run("up", "--host", "10.0.0.2")
    assert (served[0].port, served[0].tls_port, served[0].host) == (1001, 2002, "10.0.0.2")


@pytest.mark.parametrize("arguments", [("--port", "x"), ("--port", "0"), ("--account", "12")])
def test_a_wrong_value_is_told_and_nothing_starts(run: Run, served: list[Settings], arguments: tuple[str, ...]) -> None:
    done = run("up", *arguments)
    assert done.exit_code == 1
    assert arguments[1] in done.stderr
    assert not served


def test_a_factory_that_cannot_start_says_why(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OperatorError("The port 8080 is taken. Choose another with --port.")

    monkeypatch.setattr(usina.app, "serve", fail)
    done = run("up")
    assert (done.exit_code, done.stderr) == (1, "usina: The port 8080 is taken. Choose another with --port.\n")
