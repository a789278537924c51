"""The port to whatever confines untrusted programs. `bubblewrap.py` is this machine; `unsafe.py` confines nothing.

A confined program outlives the factory: a keeper (`keeper.py`) holds it, writes its output and its end into the
program's folder, and a factory that starts again takes it up there. One folder is one run: starting the same folder
twice gives the run that is there.

Port, over the folder of a run:

    start(command)   begin, or take up what began there already
    adopt(folder)    the run of that folder; None where none began or it was lost (keeper killed, machine restarted)

Files in a run's folder: `keeper.json` (what to run), `keeper.lock` (held while it runs), `output.log` (lines, each
after its epoch milliseconds), `end.json` (how it ended).

A program's ways in and out (`relays`, `servers`) are held by a process beside it (`beside.py`), outside the sandbox.
What it tries to reach besides is refused at once and counted in `egress/attempts.jsonl`: `attempts.read_attempts`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OUTPUT = "output.log"
Reason = Literal["exited", "memory", "disk", "time", "unable"]


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder or file of the machine, shown inside."""

    source: Path
    target: str  # absolute path inside
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Relay:
    """A port on the program's loopback address that leads to a socket of the machine, and nowhere else."""

    port: int
    socket: Path  # of the machine; may be made anew while the program runs, in the same folder


@dataclass(frozen=True, slots=True)
class Server:
    """A Unix socket of the machine that leads to a port on the program's loopback address: the way in.

    It is there from before the program starts until it ends, whatever becomes of the factory meanwhile. Until the
    program listens on the port a connection is ended at once: ask again. Any number of connections may be open, each
    side may end its sending before the other, and bytes are handed on as they come.
    """

    port: int  # on 127.0.0.1, inside
    socket: Path  # made for the factory's user alone, in a folder that is not shown inside: a program could replace it


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a program may use. A bound that is passed ends the program, never the machine."""

    memory_bytes: int = 1_073_741_824
    cpu_cores: float = 1.0
    processes: int = 256  # processes and threads
    open_files: int = 4_096  # of one process
    disk_bytes: int = 10_737_418_240  # in its writable folders together
    output_bytes: int = 67_108_864  # of log that is kept; what comes after is dropped, and said so
    seconds: float = 86_400.0  # the keeper ends it then, even where no factory runs


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run confined. Environment and arguments are readable by the program only."""

    folder: Path  # of this run; exists
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)  # all of it: nothing is inherited
    mounts: tuple[Mount, ...] = ()
    workdir: str = "/tmp"  # noqa: S108 - inside, where /tmp is the program's own
    user: int = 65_534  # uid and gid inside, and outside too where the factory may give one
    bounds: Bounds = field(default_factory=Bounds)
    relays: tuple[Relay, ...] = ()  # all the network there is, with
    servers: tuple[Server, ...] = ()
    root: Path | None = None  # of an image, shown read-only in the place of the machine's programs

    def real(self, text: str) -> str:
        """A text with the machine's paths in the place of those inside."""
        for mount in sorted(self.mounts, key=lambda mount: -len(mount.target)):
            text = text.replace(mount.target, str(mount.source))
        return text


@dataclass(frozen=True, slots=True)
class End:
    """How a program ended."""

    code: int  # exit status; 128 + N where signal N killed it
    reason: Reason  # exited, or which bound ended it; unable: it could not begin, or not go on
    detail: str = ""
    seconds: float = 0.0  # how long it ran
    memory_peak_bytes: int = 0  # 0 where the machine does not tell
    cpu_seconds: float = 0.0


class Confined(Protocol):
    """A program that runs, or ran."""

    async def wait(self) -> End | None:
        """Its end; None where its keeper was lost and nobody can say. May be awaited by several, and again."""
        ...

    def terminate(self) -> None:
        """SIGTERM to the program. Nothing where it has ended."""
        ...

    def kill(self) -> None:
        """SIGKILL to the program and all that it started."""
        ...


@dataclass(frozen=True, slots=True)
class Isolation:
    """What this machine can hold a program back from, found out by trying."""

    confined: bool  # own file system, processes, network, no rights: enough for a stranger's code
    tool: str
    user: str  # how the program's user is kept apart
    memory: str  # how memory and processes are bounded
    lacking: str = ""  # why not confined, and what the operator can do
    unrecorded: str = ""  # why attempts to reach other networks are stopped but not recorded

    def __str__(self) -> str:
        """One line for the log."""
        if not self.confined:
            return f"programs cannot be isolated: {self.lacking}"
        attempts = f"stopped and not recorded ({self.unrecorded})" if self.unrecorded else "stopped and recorded"
        return (
            f"programs are isolated by {self.tool}; user: {self.user}; memory and processes: {self.memory}; "
            f"attempts to reach other networks: {attempts}"
        )


class Sandbox(Protocol):
    """Where untrusted programs run."""

    @property
    def isolation(self) -> Isolation:
        """What it was found to hold back."""
        ...

    async def start(self, command: Command) -> Confined:
        """Run it, or take up the run of that folder.

        Raises: EngineError where it cannot be started.
        """
        ...

    def adopt(self, folder: Path) -> Confined | None:
        """The run of that folder, running or ended; None where there is none to be found."""
        ...
