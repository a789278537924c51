"""Makes built-in images: `python -m usina.engine.images.install --folder DIR NAME...`, run by the factory as a child.

A child, because it takes minutes, and so that it ends with the factory that wants it. pip's variables in its
environment say where packages come from. How far it is lies in the folder, for whoever waits.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from usina.core.clock import SystemClock
from usina.core.errors import UsinaError
from usina.engine.images.catalogue import BUILT_IN, INSIDE, PREFIX
from usina.engine.images.folder import ImageFolder, clear, size_of
from usina.engine.images.places import hidden
from usina.engine.sandbox.roots import interpreter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from usina.engine.images.catalogue import BuiltIn

_INSTALL = ("--no-deps", "--only-binary", ":all:", "--no-compile", "--no-input", "--no-cache-dir")
_QUIET = ("--disable-pip-version-check", "--no-warn-script-location", "--progress-bar", "off")
_TICK_SECONDS = 0.2
_FETCHED, _PLACED = 0.5, 0.8  # share of an installation after which files are there, are in place
_REASON_CHARACTERS = 1_000
_SHEBANG_BYTES = 4_096


class InstallError(UsinaError):
    """It could not be made; the message is for the operator."""


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
            folder.complete(key, {**told, "size_bytes": size_of(staging)})
        finally:
            clear(staging)


def _fill(folder: ImageFolder, built_in: BuiltIn, staging: Path) -> list[dict[str, str]]:
    """An environment in an empty folder; gives the packages in it."""
    site = make_environment(staging)
    wanted = built_in.lock.read_text("utf-8").count("==") + bool(built_in.torch)

    def follow(fetched: int, placed: int) -> None:
        share = _FETCHED * fetched / wanted if not placed else _FETCHED + (_PLACED - _FETCHED) * placed / wanted
        doing = "fetching packages" if not placed else "installing packages"
        folder.tell(built_in.key, doing, min(_PLACED, share))

    packages = []
    if built_in.torch:  # first: where it cannot be had, nothing else is worth fetching
        try:
            packages += pip(staging, site, [built_in.torch], follow)
        except InstallError as error:
            raise InstallError(
                f"{error} -- {built_in.torch} is PyTorch's build for processors, which PyTorch's own registry has and "
                "others seldom do: put its wheel into a folder and name that folder."
            ) from error
    packages += pip(staging, site, ["--require-hashes", "-r", str(built_in.lock)], follow)
    folder.tell(built_in.key, "compiling", _PLACED)
    _mend_scripts(staging)
    _compile(staging, site)
    return packages


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


def pip(place: Path, site: Path, wanted: Sequence[str], follow: Callable[[int, int], None]) -> list[dict[str, str]]:
    """Install wheels, and nothing that would have to be built; gives what was installed, with its hashes.

    Raises: InstallError with pip's own words.
    """
    report, output = place / "report.json", place / "pip.log"
    command = [*_pip(), "--python", str(place / "bin" / "python"), "install", *_INSTALL, *_QUIET]
    before = len(list(site.glob("*.dist-info")))
    with output.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own words; the requirements are files of ours
            [*command, "--report", str(report), *wanted], stdin=subprocess.DEVNULL, stdout=log, stderr=log, umask=0o022
        )
        try:
            while process.poll() is None:
                follow(_lines(output, "Collecting "), len(list(site.glob("*.dist-info"))) - before)
                try:
                    process.wait(_TICK_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            process.kill()
            process.wait()
    if process.returncode:
        raise InstallError(_reason(output))
    found = json.loads(report.read_text("utf-8"))["install"]
    report.unlink()
    output.unlink()
    return [_package(each) for each in found]


def _pip() -> list[str]:
    """This environment's pip, else the one that every Python brings for making environments."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-I", "-m", "pip"]
    import ensurepip

    wheels = sorted((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))
    if not wheels:
        raise InstallError("this machine's Python has no pip: install it (on Debian, python3-pip)")
    return [sys.executable, "-I", str(wheels[-1] / "pip")]


def _package(reported: dict[str, Any]) -> dict[str, str]:
    archive = reported["download_info"].get("archive_info", {})
    metadata = reported["metadata"]
    return {
        "name": metadata["name"],
        "version": metadata["version"],
        "licence": str(metadata.get("license_expression") or metadata.get("license") or "").split("\n")[0][:100],
        "sha256": archive.get("hashes", {}).get("sha256", ""),
    }


def _lines(path: Path, start: str) -> int:
    return sum(line.startswith(start) for line in path.read_text("utf-8", "replace").splitlines())


def _reason(output: Path) -> str:
    said = output.read_text("utf-8", "replace").strip().splitlines()
    errors = [line.removeprefix("ERROR:").strip() for line in said if line.startswith("ERROR:")] or said[-3:]
    return hidden("; ".join(errors))[:_REASON_CHARACTERS] or "pip said nothing"


def _mend_scripts(place: Path) -> None:
    """Scripts begin with the interpreter's path: the one that holds inside."""
    here, inside = f"#!{place}/".encode(), f"#!{INSIDE}/".encode()
    for path in (place / "bin").iterdir():
        if path.is_symlink():
            continue
        with path.open("rb") as file:
            start = file.read(_SHEBANG_BYTES)
        if start.startswith(here):
            path.write_bytes(path.read_bytes().replace(here, inside, 1))


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
