"""Wheels are unpacked as pip would install them, and none writes outside its folder."""

from __future__ import annotations

import stat
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.engine.images.building import wheel
from usina.engine.images.wheels import WheelError, unpack_wheel

if TYPE_CHECKING:
    from pathlib import Path

MOST = 1_000_000


def test_a_wheel_is_there_with_its_commands_scripts_and_data(tmp_path: Path) -> None:
    more = {
        "lathe-1.0.data/scripts/turn": "#!python\nimport lathe\nprint(lathe.VERSION)\n",
        "lathe-1.0.data/data/etc/lathe.toml": "a = 1\n",
        "lathe-1.0.data/headers/lathe.h": "int a;\n",
        "lathe-1.0.data/purelib/lathe_more.py": "A = 1\n",
    }
    wheel(tmp_path / "wheels", more=more)
    folder = tmp_path / "packages"
    taken = unpack_wheel(tmp_path / "wheels" / "lathe-1.0-py3-none-any.whl", folder, sys.executable, MOST)
    assert taken > 100
    assert {path.name for path in folder.iterdir()} == {
        "bin",
        "etc",
        "lathe.py",
        "lathe_more.py",
        "lathe-1.0.dist-info",
    }
    for command, said in (("lathe", f"turned by {sys.prefix}"), ("turn", "1.0")):
        done = subprocess.run(
            [folder / "bin" / command], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(folder)}
        )
        assert done.stdout.strip() == said


@pytest.mark.parametrize(
    ("name", "mode", "message"),
    [
        ("../outside", 0, "outside"),
        ("/etc/outside", 0, "outside"),
        ("lathe-1.0.data/scripts/../../outside", 0, "outside"),
        ("a\\..\\outside", 0, "outside"),
        ("link", stat.S_IFLNK | 0o777, "link"),
        ("device", stat.S_IFCHR | 0o666, "device"),
    ],
)
def test_a_member_that_would_harm_is_refused(tmp_path: Path, name: str, mode: int, message: str) -> None:
    path = tmp_path / "bad-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        member = zipfile.ZipInfo(name)
        member.external_attr = mode << 16
        archive.writestr(member, "/etc/passwd")
    with pytest.raises(WheelError, match=message):
        unpack_wheel(path, tmp_path / "packages", "python", MOST)
    assert not (tmp_path / "outside").exists()


def test_a_bomb_costs_no_more_than_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "bomb-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(50_000_000))
    with pytest.raises(WheelError, match="more bytes"):
        unpack_wheel(path, tmp_path / "packages", "python", MOST)
    assert (tmp_path / "packages" / "zeros").stat().st_size <= MOST


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + bytes(100)])
def test_a_file_that_is_no_wheel_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad-1.0-py3-none-any.whl"
    path.write_bytes(content)
    with pytest.raises(WheelError, match="damaged"):
        unpack_wheel(path, tmp_path / "packages", "python", MOST)


def test_a_command_with_a_name_that_is_a_path_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "odd-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "odd-1.0.dist-info/entry_points.txt",
            "[console_scripts]\n../out = odd:main\n.. = odd:main\nodd = odd:main\nbad = odd;import os\n",
        )
    unpack_wheel(path, tmp_path / "packages", "python", MOST)
    assert [found.name for found in (tmp_path / "packages" / "bin").iterdir()] == ["odd"]
