"""Where a server's files are on this machine, and how they are seen inside.

    HOME/endpoints/ACCOUNT/NAME/   run (the keeper's), program (ours), model, code, scratch; `prepared` when whole
    HOME/run/serving/DIGEST/       its socket: a path of a socket must be short

What names it has inside is in `container.py`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from usina.engine.sandbox import Mount
from usina.engine.serving.container import CODE, ML, MODEL, PROGRAM, SOCKET, SOCKETS

_INSIDE = Path(__file__).with_name("inside")
_PARTS = ("model", "code", "scratch")


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one server."""

    root: Path
    sockets: Path

    @classmethod
    def of(cls, home: Path, account: str, name: str) -> Places:
        """Those of a server by its name, which may hold slashes."""
        digest = hashlib.sha256(f"{account}/{name}".encode()).hexdigest()[:16]
        return cls(home / "endpoints" / account / name.replace("/", "+"), home / "run" / "serving" / digest)

    @property
    def run(self) -> Path:
        """The keeper's."""
        return self.root / "run"

    @property
    def has_ended(self) -> bool:
        """Whether the last run is over: the keeper wrote down how."""
        return (self.run / "end.json").exists()

    @property
    def socket(self) -> Path:
        """Where the server listens."""
        return self.sockets / SOCKET

    @property
    def is_prepared(self) -> bool:
        """Whether everything was brought: then a server that died is started again from what is here."""
        return (self.root / "prepared").exists()

    def part(self, name: str) -> Path:
        """model, code or scratch."""
        return self.root / name

    @property
    def packages(self) -> Path:
        """What a requirements.txt asked for, once it is installed."""
        return self.root / "added" / "packages"

    def outside(self, path: PurePosixPath) -> Path | None:
        """Where a path inside of model or code is on the machine; None for any other."""
        for name, inside in (("model", MODEL), ("code", CODE)):
            if path.is_relative_to(inside):
                return self.part(name) / path.relative_to(inside)
        return None

    def make(self) -> None:
        """Empty folders for what is to be brought."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(mode=0o700, parents=True)
        for name in _PARTS:
            self.part(name).mkdir(mode=0o755)

    def prepare(self, user: int) -> None:
        """All was brought: let the server's user read it, and note that it is whole."""
        shutil.copytree(_INSIDE, self.root / "program", ignore=shutil.ignore_patterns("__pycache__"))
        for name in (*_PARTS, "program"):
            for place, _, files in os.walk(self.part(name)):
                Path(place).chmod(0o755)
                for file in files:
                    path = Path(place, file)
                    path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        if os.geteuid() == 0:
            os.chown(self.part("scratch"), user, user)
        (self.root / "prepared").touch(0o600)

    @property
    def own_server(self) -> bool:
        """Whether what runs here is an image's own server, which takes as many requests at once as it likes."""
        return (self.root / "own-server").exists()

    def begin(self, user: int, *, own_server: bool) -> None:
        """Fresh folders for one run of the server."""
        (self.root / "own-server").unlink(missing_ok=True)
        if own_server:
            (self.root / "own-server").touch(0o600)
        shutil.rmtree(self.run, ignore_errors=True)
        self.run.mkdir(mode=0o700)
        shutil.rmtree(self.sockets, ignore_errors=True)
        self.sockets.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.sockets.mkdir(mode=0o700)
        if os.geteuid() == 0 and not own_server:
            os.chown(self.sockets, user, user)

    def mounts(self, *, own_server: bool) -> tuple[Mount, ...]:
        """How they are seen inside: a model is read, never written. An image's own server sees nothing of ours."""
        parts = (
            Mount(self.part("scratch"), ML, writable=True),
            Mount(self.part("model"), MODEL),
            Mount(self.part("code"), CODE),
        )
        if own_server:
            return parts
        return (*parts, Mount(self.root / "program", PROGRAM), Mount(self.sockets, SOCKETS, writable=True))

    def clear(self) -> None:
        """Leave nothing."""
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)
