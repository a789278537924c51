"""Programs in the sandbox of this machine."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from usina.engine.sandbox import OUTPUT, Bounds, Command, Confined, End, Mount, Sandbox
from usina.engine.sandbox.roots import interpreter

if TYPE_CHECKING:
    from pathlib import Path

USER = 300_001
BOUNDS = Bounds(memory_bytes=256_000_000, processes=40, disk_bytes=20_000_000, output_bytes=100_000, seconds=60)
Run = Callable[..., Awaitable[tuple[End, str]]]


class Bench:
    """Starts Python programs with a writable folder at /opt/ml/model."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.run_folder = folder / "run"
        self.shared = folder / "model"
        self.run_folder.mkdir(mode=0o700)
        self.shared.mkdir()
        if os.geteuid() == 0:
            os.chown(self.shared, USER, USER)

    def command(self, code: str, **bounds: float) -> Command:
        """A Python program, with those bounds of its own."""
        return Command(
            folder=self.run_folder,
            argv=(interpreter(), "-u", "-c", code),
            environment={"GREETING": "hello"},
            mounts=(Mount(self.shared, "/opt/ml/model", writable=True),),
            user=USER,
            bounds=replace(BOUNDS, **bounds),  # type: ignore[arg-type] # numbers all
        )

    async def start(self, code: str, **bounds: float) -> Confined:
        """Begin it."""
        return await self.sandbox.start(self.command(code, **bounds))

    async def run(self, code: str, **bounds: float) -> tuple[End, str]:
        """Run it to its end; gives that and what it wrote."""
        end = await (await self.start(code, **bounds)).wait()
        assert end is not None
        return end, self.output()

    def output(self) -> str:
        """What it wrote, without the times; nothing before its file is there."""
        file = self.run_folder / OUTPUT
        lines = file.read_text().splitlines() if file.exists() else []
        return "\n".join(line.partition(" ")[2] for line in lines)


@pytest.fixture
def bench(sandbox: Sandbox, tmp_path: Path) -> Bench:
    """Programs of one test."""
    return Bench(sandbox, tmp_path)
