"""Wheels unpacked with suspicion, as they are installed: no code of theirs runs, and none leaves its folder.

Format: "Binary distribution format" of the Python Packaging User Guide, and PEP 427.
"""

from __future__ import annotations

import configparser
import re
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from usina.core.errors import UsinaError

if TYPE_CHECKING:
    from collections.abc import Mapping

BIN: Final = "bin"  # within the folder: commands
_MOST_FILES = 100_000
_CHUNK_BYTES = 1_048_576
_SMALL_BYTES = 65_536
_SCHEMES: Final[Mapping[str, str]] = {"purelib": "", "platlib": "", "scripts": f"{BIN}/", "data": ""}
_ENTRY = re.compile(r"([A-Za-z_][\w.]*):([A-Za-z_][\w.]*)(?:\s*\[.*\])?")
_COMMAND = re.compile(r"[\w.-]+")
_SCRIPT = """#!{python}
import sys
from {module} import {first}
sys.exit({call}())
"""


class WheelError(UsinaError):
    """A wheel is broken or would harm; the message says how, in words for who asked for it."""


def unpack_wheel(wheel: Path, folder: Path, python: str, most_bytes: int) -> int:
    """Unpack one; gives the bytes it took. `python` begins its commands.

    Raises: WheelError; what was unpacked until then stays.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            return _unpack(archive, wheel.name, folder, python, most_bytes)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise WheelError(f"{wheel.name} is damaged or is no wheel") from error
    except OSError as error:
        raise WheelError(f"{wheel.name} cannot be unpacked: {error.strerror or 'it is damaged'}") from error


def _unpack(archive: zipfile.ZipFile, name: str, folder: Path, python: str, most_bytes: int) -> int:
    members = archive.infolist()
    if len(members) > _MOST_FILES:
        raise WheelError(f"{name} holds more than {_MOST_FILES} files")
    taken = 0
    for member in members:
        target = _target(member, name)
        if member.is_dir() or target is None:
            continue
        path = folder / target
        path.parent.mkdir(parents=True, exist_ok=True)
        script = target.startswith(f"{BIN}/")
        taken += _write(archive, member, path, most_bytes - taken, name)
        if script:
            _begin_with(path, python)
        if script or member.external_attr >> 16 & stat.S_IXUSR:
            path.chmod(0o755)
    for member in members:
        if member.filename.count("/") == 1 and member.filename.endswith(".dist-info/entry_points.txt"):
            _write_commands(folder, archive.open(member).read(_SMALL_BYTES).decode("utf-8", "replace"), python)
    return taken


def _target(member: zipfile.ZipInfo, name: str) -> str | None:
    """Where a member goes, within the folder; None where it is not installed."""
    path = PurePosixPath(member.filename)
    mode = member.external_attr >> 16
    if path.is_absolute() or ".." in path.parts or "\0" in member.filename or "\\" in member.filename:
        raise WheelError(f"{name}: {member.filename!r} would be written outside its folder")
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise WheelError(f"{name}: {member.filename!r} is compressed in a way that is not taken")
    if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or not stat.S_IFMT(mode)):
        raise WheelError(f"{name}: {member.filename!r} is a link or device; only files are taken")
    if not path.parts or not path.parts[0].endswith(".data"):
        return str(path)
    if len(path.parts) < 3 or path.parts[1] not in _SCHEMES:  # noqa: PLR2004 - NAME.data/SCHEME/PATH
        return None
    return _SCHEMES[path.parts[1]] + "/".join(path.parts[2:])


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, left: int, name: str) -> int:
    written = 0
    with archive.open(member) as content, path.open("wb") as file:
        while chunk := content.read(_CHUNK_BYTES):
            written += len(chunk)
            if written > left:
                raise WheelError(f"{name} would unpack to more bytes than are left")
            file.write(chunk)
    return written


def _begin_with(path: Path, python: str) -> None:
    """A script of a wheel begins with `#!python`, which stands for the interpreter."""
    with path.open("rb") as file:
        first = file.readline(_SMALL_BYTES)
    if first.startswith(b"#!python"):
        path.write_bytes(f"#!{python}\n".encode() + path.read_bytes()[len(first) :])


def _write_commands(folder: Path, text: str, python: str) -> None:
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # names of commands are as they are written
    try:
        parser.read_string(text)
        commands = dict(parser["console_scripts"]) if parser.has_section("console_scripts") else {}
    except configparser.Error:
        return
    for name, entry in commands.items():
        found = _ENTRY.fullmatch(entry.strip())
        if found is None or _COMMAND.fullmatch(name) is None or name.strip(".") == "":
            continue
        module, call = found.groups()
        path = folder / BIN / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(_SCRIPT.format(python=python, module=module, first=call.partition(".")[0], call=call), "utf-8")
        path.chmod(0o755)
