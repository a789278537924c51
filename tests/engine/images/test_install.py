"""Environments are made from a list with hashes, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.engine.images.building import wheel
from usina.engine.images.catalogue import BUILT_IN, INSIDE, BuiltIn
from usina.engine.images.folder import ImageFolder
from usina.engine.images.install import install, main
from usina.engine.images.pip import InstallError
from usina.engine.images.places import Places

if TYPE_CHECKING:
    from pathlib import Path

NAME = "usina/tried"


def built_in(folder: Path, lines: str, torch: str = "") -> BuiltIn:
    """An image with that list."""
    (folder / "tried.lock").write_text(lines)
    return BuiltIn(NAME, "an image of a test", torch, locks=folder)


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels, the only place that pip knows."""
    for name in list(os.environ):
        if name.startswith("PIP_"):
            monkeypatch.delenv(name)
    for name, value in Places(wheels=str(tmp_path / "wheels")).variables().items():
        monkeypatch.setenv(name, value)
    return tmp_path / "wheels"


@pytest.mark.parametrize("deep", ["images", f"images/{'x' * 120}"])
def test_an_environment_holds_what_the_list_says_and_is_read_only(wheels: Path, tmp_path: Path, deep: str) -> None:
    wanted = built_in(tmp_path, wheel(wheels))
    folder = ImageFolder(tmp_path / deep)
    install(folder, wanted)
    place, manifest = folder.place(wanted.key), folder.manifest(wanted.key)
    assert manifest is not None
    assert [(each["name"], each["version"]) for each in manifest["packages"]] == [("lathe", "1.0")]
    assert manifest["packages"][0]["sha256"] in wanted.lock.read_text()
    said = subprocess.run(
        [place / "bin" / "python", "-c", "import lathe; lathe.main()"], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == f"turned by {place}"
    script = (place / "bin" / "lathe").read_text()
    assert script.startswith("#!")
    assert f"{INSIDE}/bin/python" in script
    assert str(tmp_path) not in script
    modes = [stat.S_IMODE(path.stat().st_mode) for path in place.rglob("*.py")]
    assert modes
    assert all(mode & 0o444 == 0o444 and not mode & 0o222 for mode in modes)
    assert list(place.rglob("lathe.*.pyc"))


def test_an_installation_that_was_killed_is_swept_and_made_anew(wheels: Path, tmp_path: Path) -> None:
    wanted = built_in(tmp_path, wheel(wheels))
    folder = ImageFolder(tmp_path / "images")
    staging = folder.begin(wanted.key)
    half = staging / "lib"
    half.mkdir()
    (half / "half").write_text("written")
    assert folder.manifest(wanted.key) is None
    install(folder, wanted)
    assert folder.manifest(wanted.key) is not None
    assert not (folder.place(wanted.key) / "lib" / "half").exists()
    assert not staging.exists()


def test_another_file_under_the_same_name_is_refused_and_nothing_is_left(wheels: Path, tmp_path: Path) -> None:
    lines = wheel(wheels)
    wanted = built_in(tmp_path, lines.replace("sha256:", "sha256:0")[:-2] + "\n")
    folder = ImageFolder(tmp_path / "images")
    with pytest.raises(InstallError, match=r"(?i)hash"):
        install(folder, wanted)
    assert not folder.place(wanted.key).exists()
    assert not [path for path in folder.staging("").iterdir() if path.is_dir()]


def test_a_package_that_would_have_to_be_built_is_not_taken(wheels: Path, tmp_path: Path) -> None:
    wheels.mkdir()
    source = wheels / "lathe-1.0.tar.gz"
    source.write_bytes(b"never opened")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    wanted = built_in(tmp_path, f"lathe==1.0 --hash=sha256:{digest}\n")
    with pytest.raises(InstallError, match="lathe"):
        install(ImageFolder(tmp_path / "images"), wanted)


def test_without_the_build_for_processors_of_torch_it_says_where_that_is(wheels: Path, tmp_path: Path) -> None:
    wanted = built_in(tmp_path, wheel(wheels), "torch==2.13.0+cpu")
    with pytest.raises(InstallError, match="build for processors"):
        install(ImageFolder(tmp_path / "images"), wanted)
    wheel(wheels, "torch", "2.13.0")  # the one for GPUs is another version
    with pytest.raises(InstallError, match="build for processors"):
        install(ImageFolder(tmp_path / "images"), wanted)


def test_another_list_is_another_environment(tmp_path: Path) -> None:
    first = built_in(tmp_path, "lathe==1.0\n").key
    assert built_in(tmp_path, "lathe==1.1\n").key != first
    assert built_in(tmp_path, "lathe==1.0\n", "torch==1").key != first
    assert built_in(tmp_path, "lathe==1.0\n").key == first


def test_the_command_says_why_it_failed(wheels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheels.mkdir()
    assert main(["--folder", str(tmp_path / "images"), "sklearn"]) == 1
    assert "usina/sklearn was not installed" in capsys.readouterr().err
    _, _, reason = ImageFolder(tmp_path / "images").told(BUILT_IN["usina/sklearn"].key)
    assert "No matching distribution" in reason


def test_every_list_names_a_hash_for_every_package_and_no_registry() -> None:
    for each in BUILT_IN.values():
        text = each.lock.read_text()
        entries = text.replace("\\\n", " ").splitlines()
        assert all("--hash=sha256:" in entry for entry in entries if "==" in entry), each.name
        assert "://" not in text
        assert "nvidia" not in text
