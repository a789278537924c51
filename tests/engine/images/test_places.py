"""Packages come from the places that the operator named, and from no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from usina.core.errors import OperatorError
from usina.engine.images.places import Places, hidden, machines_own

if TYPE_CHECKING:
    from pathlib import Path


def test_what_the_machine_is_configured_to_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://elsewhere.invalid/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://elsewhere.invalid/more")
    found = Places(wheels=str(tmp_path)).variables()
    assert found["PIP_NO_INDEX"] == "1"
    assert found["PIP_FIND_LINKS"] == tmp_path.as_uri()
    assert found["PIP_CONFIG_FILE"] == "/dev/null"
    assert not any("elsewhere" in value for value in found.values())
    index = Places(index="https://a:b@packages.invalid/simple").variables()
    assert index["PIP_INDEX_URL"] == "https://a:b@packages.invalid/simple"
    assert "PIP_NO_INDEX" not in index
    assert machines_own()["PIP_INDEX_URL"] == "https://elsewhere.invalid/simple"


def test_a_password_is_shown_nowhere() -> None:
    places = Places(index="https://name:secret@packages.invalid/simple")
    assert "secret" not in repr(places)
    assert hidden("at https://name:secret@packages.invalid/simple: no") == "at https://packages.invalid/simple: no"


@pytest.mark.parametrize(("wheels", "index"), [("wheels", ""), ("", "packages.invalid/simple"), ("", "git+ssh://a@b")])
def test_a_place_that_cannot_be_one_stops_the_start(wheels: str, index: str) -> None:
    with pytest.raises(OperatorError, match=r"site\.toml"):
        Places.named(wheels, index)


def test_no_place_is_named_by_default() -> None:
    assert not Places.named("", "")
    assert Places.named("/wheels", "")
