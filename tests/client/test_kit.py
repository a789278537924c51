"""The kit against what reads it: a POSIX shell and the real botocore."""

from __future__ import annotations

import configparser
import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.client.kit import (
    KitCredentials,
    KitFacts,
    bracketed,
    env_text,
    env_values,
    reachable_name,
    read_env,
    write_kit,
)
from usina.core.errors import OperatorError

FACTS = KitFacts("localhost", 8080, 8443, "us-east-1", "111122223333", "-----BEGIN CERTIFICATE-----\n")
CREDENTIALS = KitCredentials("AKIAEXAMPLE", "secret/+key", "ABSKexample")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_with_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        write_kit(tmp_path / "kit", FACTS, CREDENTIALS)
    finally:
        os.umask(old)
    kit = tmp_path / "kit"
    assert mode(kit) == 0o700
    assert mode(kit / "env") == mode(kit / "credentials") == 0o600
    assert mode(kit / "ca.pem") == 0o644
    open_to_all = [path.name for path in kit.iterdir() if path.is_file() and mode(path) & 0o044]
    for name in open_to_all:
        text = (kit / name).read_text()
        assert CREDENTIALS.secret_access_key not in text
        assert CREDENTIALS.api_key not in text


@pytest.mark.parametrize("folder", ["kit", "a kit with 'quotes' and $dollars", "kitü"])
def test_a_shell_reads_env_as_it_is_meant(tmp_path: Path, folder: str) -> None:
    place = tmp_path / folder
    env = write_kit(place, FACTS, CREDENTIALS)
    script = f"set -a; . {shlex.quote(str(env))}; set +a; exec {shlex.quote(sys.executable)} -c {shlex.quote(PRINT)}"
    done = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=True, env={"PATH": "/usr/bin"})
    loaded = json.loads(done.stdout)
    expected = env_values(FACTS, CREDENTIALS, place)
    ours = expected.pop("PYTHONPATH")
    assert set(loaded["PYTHONPATH"].split(":")) == {ours}
    assert {name: loaded.get(name) for name in expected} == expected
    assert read_env(env.read_text("utf-8")) == {**expected, "PYTHONPATH": ours}


def test_what_the_shell_had_on_pythonpath_stays_behind_ours(tmp_path: Path) -> None:
    env = write_kit(tmp_path / 'a $kit `with` "all" of it\\', FACTS, CREDENTIALS)
    script = f'. {shlex.quote(str(env))}; printf %s "$PYTHONPATH"'
    environment = {"PATH": "/usr/bin", "PYTHONPATH": "/mine:/yours"}
    done = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == f"{env.parent / 'python'}:/mine:/yours"
    assert read_env(env.read_text("utf-8"))["PYTHONPATH"] == str(env.parent / "python")


PRINT = "import json, os; print(json.dumps(dict(os.environ)))"


@given(text=st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=40))
@settings(max_examples=50)
def test_any_value_is_read_back_as_it_was_written(text: str) -> None:
    assert read_env(env_text({"A": text, "B": "2"})) == {"A": text, "B": "2"}


def test_every_path_of_env_is_in_the_kit_and_is_there(tmp_path: Path) -> None:
    write_kit(tmp_path, FACTS, CREDENTIALS)
    paths = [value for value in env_values(FACTS, CREDENTIALS, tmp_path).values() if value.startswith("/")]
    assert len(paths) >= 8
    assert all(Path(path).exists() and Path(path).is_relative_to(tmp_path) for path in paths)


def test_a_kit_for_another_place_names_that_place(tmp_path: Path) -> None:
    env = write_kit(tmp_path, FACTS, CREDENTIALS, at=Path("/opt/usina-kit"))
    values = read_env(env.read_text("utf-8"))
    assert values["AWS_CA_BUNDLE"] == "/opt/usina-kit/ca.pem"
    assert values["AWS_DATA_PATH"] == "/opt/usina-kit/models"
    config = configparser.ConfigParser()
    config.read(tmp_path / "config")
    assert config["profile usina"]["ca_bundle"] == "/opt/usina-kit/ca.pem"


def test_neither_a_bearer_token_nor_an_access_key_is_set(tmp_path: Path) -> None:
    values = env_values(FACTS, CREDENTIALS, tmp_path)
    assert not any("BEARER" in name or name.startswith(("AWS_ACCESS", "AWS_SECRET")) for name in values)
    assert CREDENTIALS.secret_access_key not in values.values()


def test_what_an_outer_shell_may_hold_is_taken_back(tmp_path: Path) -> None:
    values = env_values(FACTS, CREDENTIALS, tmp_path)
    for name in ("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ENDPOINT_URL_S3"):
        assert values[name] == ""
    assert "localhost" in values["NO_PROXY"]


def test_a_kit_without_api_key_says_nothing_of_openai(tmp_path: Path) -> None:
    values = env_values(FACTS, KitCredentials("AKIAEXAMPLE", "secret"), tmp_path)
    assert not any(name.startswith("OPENAI") for name in values)


def test_a_kit_is_written_over_an_older_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write_kit(tmp_path, FACTS, CREDENTIALS)
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    write_kit(tmp_path, FACTS, KitCredentials("AKIANEW", "new", "new"))
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == before
    assert "AKIANEW" in (tmp_path / "credentials").read_text()


def test_a_place_that_cannot_be_in_a_search_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="choose another"):
        write_kit(tmp_path / "a:b", FACTS, CREDENTIALS)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OperatorError, match="client kit cannot be written"):
        write_kit(tmp_path / "taken" / "kit", FACTS, CREDENTIALS)


def test_secrets_are_not_in_the_words_for_people() -> None:
    assert "secret/+key" not in repr(CREDENTIALS)
    assert "ABSKexample" not in repr(CREDENTIALS)


@pytest.mark.parametrize(
    ("listening", "name"),
    [
        ("127.0.0.1", "localhost"),
        ("0.0.0.0", "localhost"),
        ("::", "localhost"),
        ("::1", "localhost"),
        ("10.1.2.3", "10.1.2.3"),
        ("factory.example.internal", "factory.example.internal"),
    ],
)
def test_a_listener_is_reached_by_a_name_that_its_certificate_holds(listening: str, name: str) -> None:
    assert reachable_name(listening) == name


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert bracketed("fd00::1") == "[fd00::1]"
    assert bracketed("[fd00::1]") == "[fd00::1]"
    assert KitFacts("fd00::1", 1, 2, "us-east-1", "1", "").endpoint == "https://[fd00::1]:2"


def test_writing_a_kit_needs_no_heavy_import() -> None:
    code = (
        "import sys, usina.client.kit; print([name for name in ('botocore', 'rich', 'click') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
