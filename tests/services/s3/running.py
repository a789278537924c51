"""A storage site as a child process, and clients that speak to it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import boto3
from botocore.config import Config

START_SECONDS = 60


def free_ports() -> tuple[int, int]:
    """Two ports that were free a moment ago."""
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


class StorageSite:
    """One running site; its folder outlives it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.tls_port = free_ports()
        self.keys: dict[str, list[str]] = {}
        self.authority = ""
        self.process: subprocess.Popen[str] | None = None
        self.log = folder / "site.log"

    @property
    def url(self) -> str:
        """Cleartext address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        """TLS address."""
        return f"https://localhost:{self.tls_port}"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        source = str(Path(__file__).parents[3] / "src")
        command = [sys.executable, "-m", "usina.testing.storage_site", str(self.folder)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, str(self.port), str(self.tls_port)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "PYTHONPATH": source},
            )
        line = self._pipe(self.process.stdout).readline()
        assert line, self.log.read_text()[-3000:]
        told = json.loads(line)
        self.keys, self.authority = told["keys"], told["authority"]

    def kill(self) -> None:
        """What a power cut does to a process."""
        assert self.process is not None
        self.process.kill()
        self._end()

    def stop(self) -> None:
        """Stop in order."""
        if self.process is not None and self.process.poll() is None:
            self._pipe(self.process.stdin).close()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise
        self._end()

    def _end(self) -> None:
        if self.process is not None:
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    pipe.close()

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe

    def memory_bytes(self) -> int:
        """The most memory the process ever held."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

    def client(self, user: str = "developer", *, tls: bool = False, service: str = "s3", **config: Any) -> Any:
        """boto3's client of S3, or of another service, with that user's key."""
        key, secret = self.keys[user]
        return boto3.Session().client(
            service,
            region_name="us-east-1",
            endpoint_url=self.tls_url if tls else self.url,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            verify=self.authority if tls else None,
            config=Config(retries={"total_max_attempts": 1}, **config),
        )

    def environment(self, user: str = "developer", *, tls: bool = False) -> dict[str, str]:
        """What a program needs to use the site as that user."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return kept | {
            "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}",
            "HOME": str(self.folder),
            "AWS_ACCESS_KEY_ID": self.keys[user][0],
            "AWS_SECRET_ACCESS_KEY": self.keys[user][1],
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.tls_url if tls else self.url,
            "AWS_CA_BUNDLE": self.authority,
        }
