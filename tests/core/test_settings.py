"""Flags over environment over file over defaults; a wrong key or value is an OperatorError that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from usina.core.errors import OperatorError
from usina.core.settings import load_settings


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USINA_HOME", "USINA_HOST", "USINA_PORT", "USINA_TLS_PORT", "USINA_ACCOUNT", "USINA_REGION"):
        monkeypatch.delenv(name, raising=False)


def test_without_anything_the_defaults_of_the_command_contract_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/nowhere")
    settings = load_settings()
    assert settings.home == Path("/nowhere/.usina")
    assert (settings.host, settings.port, settings.tls_port) == ("127.0.0.1", 8080, 8443)
    assert settings.region == "us-east-1"


def test_flags_win_over_environment_and_environment_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site.toml").write_text('[door]\nport = 1111\ntls_port = 2222\nhost = "127.0.0.3"\n')
    monkeypatch.setenv("USINA_HOME", str(tmp_path))
    monkeypatch.setenv("USINA_PORT", "3333")
    monkeypatch.setenv("USINA_HOST", "127.0.0.2")
    settings = load_settings({"host": "127.0.0.1", "port": None})
    assert (settings.host, settings.port, settings.tls_port) == ("127.0.0.1", 3333, 2222)


def test_limits_and_engine_tables_reach_their_owners(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text("[limits]\nbody_bytes = 1000\n[engine]\nthreads = 2\n")
    settings = load_settings({"home": tmp_path})
    assert settings.limits.body_bytes == 1000
    assert settings.engine == {"threads": 2}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[door]\nprot = 1\n", "prot"),
        ("[dor]\nport = 1\n", "dor"),
        ("[limits]\nbody_megabytes = 1\n", "body_megabytes"),
        ("[limits]\nbody_bytes = -1\n", "body_bytes"),
        ("[limits]\nbody_bytes = 1.5\n", "body_bytes"),
        ("[door]\nport = 99999\n", "port"),
        ("[door\n", "site.toml"),
        ('[site]\naccount = "12"\n', "account"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "site.toml").write_text(text)
    with pytest.raises(OperatorError, match=named):
        load_settings({"home": tmp_path})


@pytest.mark.parametrize(
    "people",
    [
        'issuer = "http://idp.internal"\nclient_id = "usina"',
        'issuer = "https://idp.internal"',
        "session_seconds = 60",
        "session_seconds = 43_201",
        "session_seconds = true",
        'session_seconds = "900"',
        'groups = "ml"',
    ],
)
def test_what_site_toml_says_of_people_is_checked(tmp_path: Path, people: str) -> None:
    (tmp_path / "site.toml").write_text(f"[people]\n{people}\n")
    with pytest.raises(OperatorError, match="people"):
        load_settings({"home": tmp_path})
