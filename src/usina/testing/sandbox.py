"""The `Sandbox` port without processes: programs that do what a test says, in virtual time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from usina.engine.sandbox import OUTPUT, End, Isolation

if TYPE_CHECKING:
    from pathlib import Path

    from usina.engine.sandbox import Command, Reason


class ScriptedProgram:
    """A program that runs until a test, a SIGTERM that it heeds, or a SIGKILL ends it."""

    def __init__(self, command: Command, *, heeds: bool) -> None:
        self.command = command
        self.heeds = heeds
        self.signals: list[str] = []
        self._ended: asyncio.Future[End | None] = asyncio.get_running_loop().create_future()

    def say(self, text: str) -> None:
        """Write a line."""
        with (self.command.folder / OUTPUT).open("ab") as file:
            file.write(b"%013d %s\n" % (1_800_000_000_000, text.encode()))

    def end(self, code: int = 0, reason: Reason = "exited", detail: str = "") -> None:
        """End by itself, or by a bound."""
        if not self._ended.done():
            self._ended.set_result(End(code, reason, detail))

    def lose(self) -> None:
        """Be gone, and nobody can say how."""
        if not self._ended.done():
            self._ended.set_result(None)

    async def wait(self) -> End | None:
        """Its end."""
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        """SIGTERM."""
        self.signals.append("SIGTERM")
        if self.heeds:
            self.end(0)

    def kill(self) -> None:
        """SIGKILL."""
        self.signals.append("SIGKILL")
        self.end(137)


class ScriptedSandbox:
    """Keeps what it was asked to start."""

    isolation = Isolation(confined=True, tool="a script", user="nobody", memory="none")

    def __init__(self, *, heeds: bool = True) -> None:
        self._heeds = heeds
        self.started: list[ScriptedProgram] = []

    async def start(self, command: Command) -> ScriptedProgram:
        """Start it, or take up the run of that folder."""
        found = self.adopt(command.folder)
        if found is None:
            found = ScriptedProgram(command, heeds=self._heeds)
            self.started.append(found)
        return found

    def adopt(self, folder: Path) -> ScriptedProgram | None:
        """The run of that folder."""
        return next((each for each in self.started if each.command.folder == folder), None)
