"""Runs pip: wheels only, nothing that would have to be built, and what it says kept to tell why it failed.

Where it looks for packages is in its environment: see `places.py`.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from usina.core.errors import UsinaError
from usina.engine.images.places import hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_WHEELS_ONLY = ("--only-binary", ":all:", "--no-input", "--no-cache-dir", "--disable-pip-version-check")
_TICK_SECONDS = 0.2
_REASON_CHARACTERS = 1_000


class InstallError(UsinaError):
    """Packages could not be had; the message is for the operator."""


def pip(
    python: Path, work: Path, command: str, arguments: Sequence[str], follow: Callable[[int], None]
) -> list[dict[str, Any]]:
    """Run a command of pip for that interpreter's environment; gives what it reports, where it was asked to.

    `work` is for its files; `follow` is told, again and again, how many packages it has looked for, and may raise.
    Raises: InstallError with pip's own words.
    """
    report, output = work / "report.json", work / "pip.log"
    started = [*_program(), "--python", str(python), command, *_WHEELS_ONLY, "--progress-bar", "off"]
    reporting = ["--report", str(report)] if command == "install" else []
    with output.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own words; requirements were looked at
            [*started, *reporting, *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log, umask=0o022
        )
        try:
            while process.poll() is None:
                follow(_collected(output))
                try:
                    process.wait(_TICK_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            process.kill()
            process.wait()
    if process.returncode:
        raise InstallError(_reason(output))
    output.unlink()
    if not reporting:
        return []
    found: list[dict[str, Any]] = json.loads(report.read_text("utf-8"))["install"]
    report.unlink()
    return found


def facts_of(reported: dict[str, Any]) -> dict[str, str]:
    """What is kept of a package that pip reported."""
    archive = reported["download_info"].get("archive_info", {})
    metadata = reported["metadata"]
    return {
        "name": metadata["name"],
        "version": metadata["version"],
        "licence": str(metadata.get("license_expression") or metadata.get("license") or "").split("\n")[0][:100],
        "sha256": archive.get("hashes", {}).get("sha256", ""),
    }


def _program() -> list[str]:
    """This environment's pip, else the one that every Python brings for making environments."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-I", "-m", "pip"]
    import ensurepip

    wheels = sorted((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))
    if not wheels:
        raise InstallError("this machine's Python has no pip: install it (on Debian, python3-pip)")
    return [sys.executable, "-I", str(wheels[-1] / "pip")]


def _collected(output: Path) -> int:
    return sum(line.startswith("Collecting ") for line in output.read_text("utf-8", "replace").splitlines())


def _reason(output: Path) -> str:
    said = output.read_text("utf-8", "replace").strip().splitlines()
    errors = [line.removeprefix("ERROR:").strip() for line in said if line.startswith("ERROR:")] or said[-3:]
    return hidden("; ".join(errors))[:_REASON_CHARACTERS] or "pip said nothing"
