"""The port to whatever starts processes. `local.py` is this machine; a scheduler of many machines is another file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """A process to start. Nothing secret goes into `argv`: every user of the machine can read it."""

    name: str
    argv: tuple[str, ...]
    log: Path  # standard output and error are appended here
    environment: Mapping[str, str] = field(default_factory=dict)  # beside the few variables that a process needs
    threads: int = 0  # CPU threads it will use, for whoever places it; 0: not said


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended."""

    code: int  # exit status; negative: the number of the signal that killed it

    def __str__(self) -> str:
        """For the operator."""
        return f"killed by signal {-self.code}" if self.code < 0 else f"exit status {self.code}"


class Process(Protocol):
    """A started process."""

    @property
    def pid(self) -> int:
        """Its id on its machine."""
        ...

    async def wait(self) -> Ended:
        """Wait for its end; may be awaited by several, and again."""
        ...

    async def stop(self, grace_seconds: float) -> Ended:
        """Ask it and its children to end; after the grace, kill them. Returns when it is gone."""
        ...

    def log(self) -> AsyncIterator[bytes]:
        """What it wrote since it started, line by line, until it ends."""
        ...


class Cluster(Protocol):
    """Where processes run."""

    async def start(self, spec: ProcessSpec) -> Process:
        """Start a process.

        Raises: EngineError where it cannot be started.
        """
        ...
