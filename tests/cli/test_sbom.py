from __future__ import annotations

import json
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation of one package: all of them have thousands of files."""
    only = [metadata.distribution("click")]
    monkeypatch.setattr(metadata, "distributions", lambda: only)
    monkeypatch.setattr("usina.sovereignty.installed._find_added", lambda *_: None)


def test_the_bill_is_printed_and_what_is_installed_fits_it(run: Run, small: None, tmp_path: Path) -> None:
    printed = run("sbom")
    assert printed.exit_code == 0
    assert json.loads(printed.stdout)["bomFormat"] == "CycloneDX"
    kept = tmp_path / "kept.json"
    kept.write_text(printed.stdout)
    checked = run("sbom", "--check", "--against", str(kept))
    assert (checked.exit_code, checked.stdout.split(":")[0]) == (0, "whole")
    assert "kept bill" in checked.stdout


def test_another_installation_than_the_kept_one_exits_1_and_says_what_is_wrong(
    run: Run, small: None, tmp_path: Path
) -> None:
    bill = json.loads(run("sbom").stdout)
    bill["components"][0]["version"] = "0.1"
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps(bill))
    checked = run("sbom", "--check", "--against", str(kept))
    assert checked.exit_code == 1
    assert "not installed" in checked.stdout
    assert "Install it anew" in checked.stderr
    as_json = run("sbom", "--check", "--against", str(kept), "--json")
    assert (as_json.exit_code, json.loads(as_json.stdout)["ok"]) == (1, False)


def test_what_is_no_bill_and_a_bill_without_a_check_are_told(run: Run, small: None, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text("no bill")
    assert run("sbom", "--check", "--against", str(kept)).exit_code == 1
    assert run("sbom", "--against", str(kept)).exit_code == 2
