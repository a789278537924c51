"""Whether the installed packages are still what was installed: each file against the hashes that its package brought.

A wheel's list of files (RECORD) was checked with the wheel's own hash when it was installed. Whoever may write to the
environment may also write to that list: `digest` makes one value of a package's list that can be kept elsewhere, in a
bill of materials, and `check_installed` compares with it. Compiled bytecode has no hash in any list and is not judged.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib import metadata

DIGEST_PROPERTY: Final = "usina:files-sha256"
# Written by the installer and not by the wheel's maker: they differ from machine to machine.
_INSTALLERS: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})
_LOADED: Final = frozenset({".py", ".pth", ".so"})  # what Python runs or loads by itself
_BLOCK_BYTES: Final = 1 << 20
_MOST_BILL_BYTES: Final = 64 << 20


@dataclass(slots=True)
class Installed:
    """What a check found."""

    packages: int = 0
    files: int = 0
    wrong: list[tuple[str, str]] = field(default_factory=list)  # a file or a package, and what is wrong with it
    unrecorded: list[str] = field(default_factory=list)  # packages that brought no hashes, such as a checkout

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong


def name_of(package: metadata.Distribution) -> str:
    """A package's name in the one form that all its spellings have."""
    return _one_spelling(package.metadata["Name"] or "unknown")


def _one_spelling(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def digest(package: metadata.Distribution) -> str:
    """SHA-256 over the names and hashes of the files that a package's wheel brought; empty where it brought none."""
    lines = sorted(
        f"{file.as_posix()} {file.hash.value}\n"
        for file in package.files or ()
        if file.hash is not None
        and file.hash.mode == "sha256"
        and ".." not in file.parts
        # Programs beside the packages begin with the path of this environment's Python.
        and file.name not in _INSTALLERS
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest() if lines else ""


def check_installed(
    packages: Iterable[metadata.Distribution],
    kept: dict[str, Any] | None = None,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> Installed:
    """Read every file of these packages and compare. `kept`: a bill of materials that was kept elsewhere.

    `tell`: (done, total) packages.

    Raises: OperatorError where the bill is none.
    """
    found = Installed()
    known = list(packages)
    listed: set[Path] = set()
    for number, package in enumerate(known):
        found.packages += 1
        if not digest(package):
            found.unrecorded.append(name_of(package))
        _check_files(package, found, listed)
        tell(number + 1, len(known))
    _find_added(known, listed, found)
    if kept is not None:
        _compare(known, kept, found)
    return found


def read_bill(path: Path) -> bytes:
    """A bill of materials, of a size that one can have. Raises: OperatorError."""
    try:
        if path.stat().st_size > _MOST_BILL_BYTES:
            raise OperatorError(f"{path} is too large for a bill of materials. Name what `usina sbom` wrote.")
        return path.read_bytes()
    except OSError as error:
        raise OperatorError(f"{path}: {error.strerror or error}. Name what `usina sbom` wrote.") from error


def _check_files(package: metadata.Distribution, found: Installed, listed: set[Path]) -> None:
    for file in package.files or ():
        path = Path(str(package.locate_file(file)))
        listed.add(path)
        if file.hash is None or file.name == "RECORD":
            continue
        found.files += 1
        if file.hash.mode != "sha256":
            found.wrong.append((file.as_posix(), f"its hash is of the kind {file.hash.mode}, which is not trusted"))
            continue
        try:
            actual = _sha256(path)
        except OSError as error:
            found.wrong.append((file.as_posix(), f"cannot be read: {error.strerror or error}"))
            continue
        if actual != file.hash.value:
            found.wrong.append((file.as_posix(), f"is not the file that {name_of(package)} brought"))


def _find_added(packages: list[metadata.Distribution], listed: set[Path], found: Installed) -> None:
    """What Python would load from the folder of the packages although no package brought it."""
    folders = {Path(str(package.locate_file(""))) for package in packages if digest(package)}
    for folder in sorted(folders):
        for path in sorted(folder.rglob("*")):
            if path.suffix in _LOADED and path not in listed and "__pycache__" not in path.parts:
                found.wrong.append((path.relative_to(folder).as_posix(), "no package brought it"))


def _compare(packages: list[metadata.Distribution], kept: dict[str, Any], found: Installed) -> None:
    try:
        expected = {
            (_one_spelling(each["name"]), each["version"]): next(
                (str(pair["value"]) for pair in each.get("properties", ()) if pair["name"] == DIGEST_PROPERTY), ""
            )
            for each in kept["components"]
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise OperatorError("The kept bill of materials is none that `usina sbom` wrote. Name another.") from error
    # A checkout has a package twice, once with its list and once without: one that fits is enough.
    have: dict[tuple[str, str], set[str]] = {}
    for package in packages:
        have.setdefault((name_of(package), str(package.version)), set()).add(digest(package))
    for key in sorted(have.keys() | expected.keys()):
        label = f"{key[0]} {key[1]}"
        if key not in expected:
            found.wrong.append((label, "is not in the kept bill of materials"))
        elif key not in have:
            found.wrong.append((label, "is in the kept bill of materials and not installed"))
        elif expected[key] not in have[key]:
            found.wrong.append((label, "its list of files is not the one in the kept bill of materials"))


def _sha256(path: Path) -> str:
    """As RECORD writes it: urlsafe base64 without padding."""
    running = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            running.update(block)
    return base64.urlsafe_b64encode(running.digest()).rstrip(b"=").decode()
