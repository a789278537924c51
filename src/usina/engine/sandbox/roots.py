"""The file system that a program sees: the machine's programs, or the root of an image in their place.

Everything in it is read-only but `/tmp`, `/dev/shm` and what the command mounts writable. A root of an image is shown
entry by entry wherever something has to be mounted into one of its folders: nothing is ever written into it, it may be
shown to many programs at once, and no link in it can lead a mount elsewhere.

`enter.py` runs before the program in both. In an image, which may have no Python or another C library, it runs by the
machine's interpreter, shown with its loader and libraries at a path of its own.
"""

from __future__ import annotations

import os
import stat
import struct
import subprocess
import sys
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from usina.core.errors import EngineError
from usina.engine.sandbox import kept

if TYPE_CHECKING:
    from collections.abc import Iterable

    from usina.engine.sandbox import Command

ENTER = Path(__file__).with_name("enter.py")
_ENTER_INSIDE = "/usina/enter.py"
_START_INSIDE = "/usina/start.json"
_PYTHON_INSIDE = PurePosixPath("/usina/python")
# Of the machine's /etc only what programs need to start and to name things; no password, key or setting of it.
_ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "nsswitch.conf", "mime.types")
_OWN_ETC = Path(__file__).with_name("etc")  # this host's names, and where look-ups are seen and refused
_ACCOUNTS = {"passwd": "usina:x:{0}:{0}:usina:/tmp:/bin/sh", "group": "usina:x:{0}:"}
_ACCOUNT_BYTES = 262_144
_MERGED = ("bin", "sbin", "lib", "lib64", "lib32")  # links into /usr on the distributions of today
_SCRATCH = ("/tmp", "/dev/shm")  # noqa: S108 - inside
_SCRATCH_OF_IMAGES = ("/run", "/var/tmp")  # noqa: S108 - inside; images expect to write there too
_MADE = ("/proc", "/dev", "/sys", *_SCRATCH, *_SCRATCH_OF_IMAGES)  # of an image's own nothing is shown
_MOST_ENTRIES = 4_000  # mounts of their own: more would take a kernel long
_LOADER_SECONDS = 10.0
_INTERPRETER_SEGMENT = 3  # PT_INTERP


def interpreter() -> str:
    """The interpreter that runs this, by its path outside any environment; the same inside, but in an image."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return str(Path(os.path.realpath(sys.base_prefix)) / "bin" / name)


def shown(command: Command) -> list[str]:
    """Arguments of bubblewrap for the files of a command, and for what runs first among them.

    Raises: EngineError where the root of an image has no room for what has to be mounted.
    """
    files = _Files()
    before = _machine(files) if command.root is None else _image(files, command)
    for path in sorted(_OWN_ETC.iterdir()):
        files.add(str(path), f"/etc/{path.name}")
    for name in _ACCOUNTS:
        files.add(str(command.folder / name), f"/etc/{name}")
    files.add(str(ENTER), _ENTER_INSIDE)
    files.add(str(command.folder / kept.START), _START_INSIDE)
    files.made += ["--proc", "/proc", "--dev", "/dev"]
    for folder in _SCRATCH if command.root is None else (*_SCRATCH, *_SCRATCH_OF_IMAGES):
        # Memory of the program's group, and so bounded by that; where it has none, by this.
        files.made += ["--perms", "1777", "--size", str(command.bounds.memory_bytes), "--tmpfs", folder]
    files.made += ["--remount-ro", "/dev"]
    for mount in command.mounts:
        files.add(str(mount.source), mount.target, writable=mount.writable)
    return [*files.made, "--remount-ro", "/", "--chdir", "/", "--", *before, "-I", "-S", _ENTER_INSIDE, _START_INSIDE]


def write_accounts(command: Command, user: int) -> None:
    """Names for the program's user and group in the folder of its run: many programs ask for the name of who they are.

    Those of an image come before, as far as they are not its.
    """
    for name, own in _ACCOUNTS.items():
        lines = ["root:x:0:"] if name == "group" else ["root:x:0:0:root:/root:/bin/sh"]
        if command.root is not None:
            lines = _lines(command.root, name)
        kept_lines = [line for line in lines if line.split(":")[2:3] != [str(user)] and not line.startswith("usina:")]
        (command.folder / name).write_text("\n".join([*kept_lines, own.format(user)]) + "\n", "utf-8")


def _lines(root: Path, name: str) -> list[str]:
    """The accounts of an image; none where it has no such file, or a strange one."""
    if (root / "etc").is_symlink():
        return []
    try:
        descriptor = os.open(root / "etc" / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return []
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return []
        return file.read(_ACCOUNT_BYTES).decode("utf-8", "replace").splitlines()


def _machine(files: _Files) -> list[str]:
    """The machine's programs; gives the interpreter."""
    files.add("/usr", "/usr")
    for name in _MERGED:
        files.merged(name)
    for name in _ETC:
        if Path(f"/etc/{name}").exists():
            files.add(f"/etc/{name}", f"/etc/{name}")
    prefix = os.path.realpath(sys.base_prefix)
    if not PurePosixPath(prefix).is_relative_to("/usr"):
        files.add(prefix, prefix)
    return [interpreter()]


def _image(files: _Files, command: Command) -> list[str]:
    """An image's root; gives the interpreter, which is not of it."""
    assert command.root is not None  # noqa: S101 - asked before
    targets = [f"/etc/{name}" for name in (*(path.name for path in _OWN_ETC.iterdir()), *_ACCOUNTS)]
    targets += [mount.target for mount in command.mounts]
    files.image(command.root, {PurePosixPath(target) for target in (*targets, *_MADE, str(_PYTHON_INSIDE))})
    loader, libraries = _loader()
    binary = os.path.realpath(interpreter())
    name = Path(interpreter()).name
    inside = {"ld.so": loader, f"bin/{name}": binary, f"lib/{name}": str(Path(binary).parents[1] / "lib" / name)}
    inside |= {f"libraries/{name}": path for name, path in libraries.items()}
    for target, source in inside.items():
        files.add(source, str(_PYTHON_INSIDE / target))
    found = str(_PYTHON_INSIDE / "libraries")
    return [str(_PYTHON_INSIDE / "ld.so"), "--library-path", found, str(_PYTHON_INSIDE / "bin" / name)]


@cache
def _loader() -> tuple[str, dict[str, str]]:
    """The loader of the interpreter's binary, and the libraries that it loads: name -> path.

    Raises: EngineError where they cannot be found out.
    """
    binary = os.path.realpath(interpreter())
    try:
        loader = _program_interpreter(Path(binary).read_bytes())
        done = subprocess.run(  # noqa: S603 - the machine's own loader
            [loader, "--list", binary], capture_output=True, timeout=_LOADER_SECONDS, check=True, env={}
        )
    except (OSError, ValueError, struct.error, subprocess.SubprocessError) as error:
        raise EngineError(f"images cannot run here: the loader of {binary} is not known ({error})") from error
    libraries = {}
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        name, arrow, rest = line.strip().partition(" => ")
        path = rest.partition(" (")[0]
        if arrow and path.startswith("/"):
            libraries[PurePosixPath(name).name] = os.path.realpath(path)
    return os.path.realpath(loader), libraries


def _program_interpreter(binary: bytes) -> str:
    """The loader that an ELF file of 64 bits names.

    Raises: ValueError, struct.error where it is none.
    """
    order = "<" if binary[5] == 1 else ">"
    start, size, count = struct.unpack_from(f"{order}32xQ14xHH", binary)
    for at in range(start, start + size * count, size):
        kind, offset, length = struct.unpack_from(f"{order}I4xQ16xQ", binary, at)
        if kind == _INTERPRETER_SEGMENT:
            return binary[offset : offset + length].rstrip(b"\0").decode()
    raise ValueError("it names none")


class _Files:
    """Mounts, and the folders above them: bubblewrap makes those closed to all but root."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self._folders = {"/"}
        self._mounted: list[str] = []

    def add(self, source: str, target: str, *, writable: bool = False) -> None:
        self._above(PurePosixPath(target).parents)
        self._mounted.append(target)
        self.made += ["--bind" if writable else "--ro-bind", source, target]

    def merged(self, name: str) -> None:
        path = Path("/") / name
        if path.is_symlink():
            self.made += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            self.add(str(path), str(path))

    def image(self, root: Path, targets: set[PurePosixPath]) -> None:
        """A root, but at these targets; entry by entry in the folders above them.

        Raises: EngineError where a target lies under what is no folder there, or there is too much.
        """
        opened = {parent for target in targets for parent in target.parents}
        waiting = [PurePosixPath("/")]
        count = 0
        while waiting:
            folder = waiting.pop()
            for entry in _entries(root, folder):
                path = folder / entry.name
                count += 1
                if count > _MOST_ENTRIES:
                    raise EngineError(f"the image cannot be shown: {folder} has too many entries to mount beside them")
                if path in opened:
                    waiting.append(path)
                elif path in targets:
                    continue
                elif entry.is_symlink():
                    self._above([folder, *folder.parents])
                    self.made += ["--symlink", os.readlink(entry.path), str(path)]  # noqa: PTH115 - of an entry
                else:
                    self.add(entry.path, str(path))

    def _above(self, parents: Iterable[PurePosixPath]) -> None:
        missing = [str(parent) for parent in parents if str(parent) not in self._folders]
        for folder in reversed(missing):
            if not any(
                PurePosixPath(folder).is_relative_to(mounted) for mounted in self._mounted
            ):  # else it is there already, in what was mounted
                self.made += ["--perms", "0755", "--dir", folder]
                self._folders.add(folder)


def _entries(root: Path, folder: PurePosixPath) -> list[os.DirEntry[str]]:
    """What is in a folder of an image; each folder above it was looked at before, and is no link."""
    place = root / folder.relative_to("/")
    if place.is_symlink() or not place.is_dir():
        raise EngineError(f"the image cannot be used here: {folder} is no folder in it, and something is mounted there")
    try:
        with os.scandir(place) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise EngineError(f"the image cannot be read: {folder}: {error.strerror}") from error
