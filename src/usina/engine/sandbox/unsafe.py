"""No confinement at all. Reached only by the flag `--unsafe-no-sandbox`; no setting and no variable leads here.

The program is the factory's own user on the factory's own machine: it reads the site's keys if it likes. Paths inside
are those outside: what a command would have mounted is named by its real place in arguments and environment.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from usina.engine.sandbox import Isolation, kept
from usina.engine.sandbox.bubblewrap import ENTER, bounds_of, interpreter

if TYPE_CHECKING:
    from pathlib import Path

    from usina.core.clock import Clock
    from usina.engine.sandbox import Command, Confined


class UnsafeNoSandbox:
    """The `Sandbox` port that trusts every program."""

    isolation = Isolation(
        confined=False, tool="", user="", memory="limits of each process", lacking="--unsafe-no-sandbox was given"
    )

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def start(self, command: Command) -> Confined:
        """Run it under a keeper, or take up the run of that folder."""
        real = _real(command)
        return await kept.begin(real, _spec(real), self._clock)

    def adopt(self, folder: Path) -> Confined | None:
        """The run of that folder, running or ended."""
        return kept.adopted(folder, self._clock)


def _real(command: Command) -> Command:
    """The command with the paths of the machine."""
    mounts = sorted(command.mounts, key=lambda mount: -len(mount.target))

    def real(text: str) -> str:
        for mount in mounts:
            text = text.replace(mount.target, str(mount.source))
        return text

    return replace(
        command,
        argv=tuple(real(part) for part in command.argv),
        environment={name: real(value) for name, value in command.environment.items()},
        workdir=real(command.workdir),
    )


def _spec(command: Command) -> dict[str, Any]:
    return {
        "argv": [interpreter(), "-I", "-S", str(ENTER), str(command.folder / kept.START)],
        "environment": {},
        "cwd": command.workdir,
        "sandboxed": False,
        "user": None,
        "orphan_signal": True,
        "groups": {},
        **bounds_of(command, by_groups=False),
    }
