"""Makes built-in images: `python -m usina.engine.images.install --folder DIR NAME...`, run by the factory as a child.

A child, because it takes minutes, and so that it ends with the factory that wants it. pip's variables in its
environment say where packages come from. How far it is lies in the folder, for whoever waits.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from usina.core.clock import SystemClock
from usina.engine.images.catalogue import BUILT_IN, INSIDE, PREFIX
from usina.engine.images.folder import ImageFolder, clear, size_of
from usina.engine.images.pip import InstallError, facts_of, pip
from usina.engine.images.places import hidden
from usina.engine.sandbox.roots import interpreter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from usina.engine.images.catalogue import BuiltIn

_OPTIONS = ("--no-deps", "--no-compile", "--no-warn-script-location")
_FETCHED, _PLACED = 0.5, 0.8  # share of an installation after which files are there, are in place
_SHEBANG_BYTES = 4_096


def main(arguments: Sequence[str]) -> int:
    """Make each image that is not there yet."""
    parser = argparse.ArgumentParser(prog="usina.engine.images.install")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("names", nargs="+", choices=[each.short for each in BUILT_IN.values()])
    asked = parser.parse_args(arguments)
    folder = ImageFolder(asked.folder.absolute())
    for short in asked.names:
        built_in = BUILT_IN[PREFIX + short]
        try:
            install(folder, built_in)
        except (InstallError, OSError) as error:
            reason = hidden(str(error))
            folder.tell(built_in.key, "", 0.0, reason)
            sys.stderr.write(f"{built_in.name} was not installed: {reason}\n")
            return 1
    return 0


def install(folder: ImageFolder, built_in: BuiltIn) -> None:
    """Make one image, unless it is there.

    Raises: InstallError, OSError.
    """
    key = built_in.key
    with folder.held(key):
        if folder.manifest(key) is not None:
            return
        staging = folder.begin(key)
        try:
            packages = _fill(folder, built_in, staging)
            told = {
                "name": built_in.name,
                "python": sys.version.split()[0],
                "packages": packages,
                "installed_at": SystemClock().now(),
            }
            folder.complete(key, staging, {**told, "size_bytes": size_of(staging)})
        finally:
            clear(staging)


def _fill(folder: ImageFolder, built_in: BuiltIn, staging: Path) -> list[dict[str, str]]:
    """An environment in an empty folder; gives the packages in it."""
    site = make_environment(staging)
    packages: list[dict[str, str]] = []
    wanted = built_in.lock.read_text("utf-8").count("==") + bool(built_in.torch)

    def follow(fetched: int) -> None:
        placed = len(list(site.glob("*.dist-info"))) - len(packages)
        share = _FETCHED * fetched / wanted if not placed else _FETCHED + (_PLACED - _FETCHED) * placed / wanted
        doing = "fetching packages" if not placed else "installing packages"
        folder.tell(built_in.key, doing, min(_PLACED, share))

    if built_in.torch:  # first: where it cannot be had, nothing else is worth fetching
        try:
            packages += _installed(staging, [built_in.torch], follow)
        except InstallError as error:
            raise InstallError(
                f"{error} -- {built_in.torch} is PyTorch's build for processors, which PyTorch's own registry has and "
                "others seldom do: put its wheel into a folder and name that folder."
            ) from error
    packages += _installed(staging, ["--require-hashes", "-r", str(built_in.lock)], follow)
    folder.tell(built_in.key, "compiling", _PLACED)
    _mend_scripts(staging)
    _compile(staging, site)
    return packages


def _installed(place: Path, wanted: Sequence[str], follow: Callable[[int], None]) -> list[dict[str, str]]:
    found = pip(place / "bin" / "python", place, "install", [*_OPTIONS, *wanted], follow)
    return [facts_of(each) for each in found]


def make_environment(place: Path) -> Path:
    """An environment without packages, linked to this interpreter as it is seen inside; gives its site-packages."""
    python = Path(interpreter())
    binaries = place / "bin"
    binaries.mkdir()
    for name in ("python", "python3", python.name):
        (binaries / name).symlink_to(python)
    (place / "pyvenv.cfg").write_text(f"home = {python.parent}\ninclude-system-site-packages = false\n", "utf-8")
    site = place / "lib" / python.name / "site-packages"
    site.mkdir(parents=True)
    return site


def _mend_scripts(place: Path) -> None:
    """Scripts begin with the interpreter's path, or with a shell that is told it: make it hold inside."""
    for path in (place / "bin").iterdir():
        if path.is_symlink():
            continue
        content = path.read_bytes()
        start, rest = content[:_SHEBANG_BYTES], content[_SHEBANG_BYTES:]
        if start.startswith(b"#!") and os.fsencode(place) in start:
            path.write_bytes(start.replace(os.fsencode(place), INSIDE.encode()) + rest)


def _compile(place: Path, site: Path) -> None:
    """Byte code, since nothing can be written there later. A file that is no Python of today stays as it is."""
    options = ["-q", "-j", "0", "-s", str(place), "-p", INSIDE]
    subprocess.run(  # noqa: S603 - our own words
        [str(place / "bin" / "python"), "-I", "-m", "compileall", *options, str(site)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        umask=0o022,
        check=False,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
