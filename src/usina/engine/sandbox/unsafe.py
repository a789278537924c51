"""No confinement at all. Reached only by the flag `--unsafe-no-sandbox`; no setting and no variable leads here.

The program is the factory's own user on the factory's own machine: it reads the site's keys if it likes. Paths inside
are those outside: what a command would have mounted is named by its real place in arguments and environment. Ports are
the machine's too: a relay is not needed, and a server's port must be free.
"""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from usina.core.errors import EngineError
from usina.engine.sandbox import Isolation, kept
from usina.engine.sandbox.beside import LOOPBACK
from usina.engine.sandbox.bubblewrap import bounds_of
from usina.engine.sandbox.roots import ENTER, interpreter

if TYPE_CHECKING:
    from pathlib import Path

    from usina.core.clock import Clock
    from usina.engine.sandbox import Command, Confined


class UnsafeNoSandbox:
    """The `Sandbox` port that trusts every program."""

    isolation = Isolation(
        confined=False,
        tool="",
        user="",
        memory="limits of each process",
        lacking="--unsafe-no-sandbox was given",
        unrecorded="programs are not isolated",
    )

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def start(self, command: Command) -> Confined:
        """Run it under a keeper, or take up the run of that folder."""
        if command.root is not None:
            raise EngineError(
                "an image with a file system of its own needs a sandbox, and --unsafe-no-sandbox was given: use one of "
                "the built-in images, or isolate programs"
            )
        real = _real(command)
        if self.adopt(command.folder) is None:
            _refuse_taken(command)
        return await kept.begin(real, _spec(real), self._clock)

    def adopt(self, folder: Path) -> Confined | None:
        """The run of that folder, running or ended."""
        return kept.adopted(folder, self._clock)


def _real(command: Command) -> Command:
    """The command with the paths of the machine."""
    return replace(
        command,
        argv=tuple(command.real(part) for part in command.argv),
        environment={name: command.real(value) for name, value in command.environment.items()},
        workdir=command.real(command.workdir),
    )


def _refuse_taken(command: Command) -> None:
    """Without a sandbox a program has no ports of its own: what listens there already would be taken for it.

    Raises: EngineError.
    """
    for server in command.servers:
        try:
            socket.create_server((LOOPBACK, server.port)).close()
        except OSError as error:
            raise EngineError(
                f"port {server.port} cannot be the program's: {error.strerror}. Programs share the machine's ports "
                "where --unsafe-no-sandbox was given; end what listens there, or isolate programs."
            ) from error


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
        "beside": kept.beside(replace(command, relays=()), watched=False),
    }
