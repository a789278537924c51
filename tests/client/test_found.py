from __future__ import annotations

from pathlib import Path

import pytest

from usina.client.errors import KitError
from usina.client.found import kit_folder, read_kit
from usina.client.kit import KitCredentials, KitFacts, write_kit

FACTS = KitFacts("localhost", 8080, 8443, "eu-west-1", "111122223333", "")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USINA_KIT", "USINA_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_a_kit_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_kit(tmp_path, FACTS, KitCredentials("AKIAEXAMPLE", "se=cr et", "key"))
    kit = read_kit(tmp_path)
    assert (kit.endpoint, kit.region) == ("https://localhost:8443", "eu-west-1")
    assert (kit.access_key_id, kit.secret_access_key) == ("AKIAEXAMPLE", "se=cr et")
    assert "se=cr et" not in repr(kit)


def test_a_named_home_wins_over_a_loaded_kit_and_that_over_the_environments_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert kit_folder() == Path("/home/ada/.usina/client")
    monkeypatch.setenv("USINA_HOME", "/srv/usina")
    assert kit_folder() == Path("/srv/usina/client")
    monkeypatch.setenv("USINA_KIT", "/opt/kit")
    assert kit_folder() == Path("/opt/kit")
    assert kit_folder(tmp_path) == tmp_path / "client"


def test_without_a_kit_the_error_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="usina up"):
        read_kit(tmp_path)


@pytest.mark.parametrize("lost", ["env", "credentials", "ca.pem"])
def test_a_kit_that_is_not_whole_is_none(tmp_path: Path, lost: str) -> None:
    write_kit(tmp_path, FACTS, KitCredentials("AKIAEXAMPLE", "secret"))
    (tmp_path / lost).unlink()
    with pytest.raises(KitError, match="no client kit"):
        read_kit(tmp_path)


@pytest.mark.parametrize("damaged", ["env", "credentials"])
def test_a_damaged_kit_is_told_and_its_content_is_not(tmp_path: Path, damaged: str) -> None:
    write_kit(tmp_path, FACTS, KitCredentials("AKIAEXAMPLE", "topsecret"))
    (tmp_path / damaged).write_text("topsecret 'unclosed\n")
    with pytest.raises(KitError, match="cannot be read") as told:
        read_kit(tmp_path)
    assert "topsecret" not in str(told.value)
