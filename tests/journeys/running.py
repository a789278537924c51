"""A factory as a child process: started by the `usina` command, spoken to through its client kit."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.engine.images.site import SHARED
from usina.client.kit import read_env

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CHAT_MODEL = "huggingfacetb.smollm2-135m-instruct"
EMBEDDING_MODEL = "sentence-transformers.all-minilm-l6-v2"
USINA = Path(sys.executable).with_name("usina")
START_SECONDS = 180
# Several factories run at a time: with the defaults each engine would hold 1.5 GB for conversations that nobody has.
SMALL_ENGINES = "[engine]\nslots = 4\ncontext_tokens = 2_048\nprompt_cache_bytes = 67_108_864\n"
STOP_SECONDS = 60


def free_ports() -> tuple[int, int]:
    """Two ports that were free a moment ago."""
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def wait_until(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """The first true value of the condition. Raises AssertionError with `what` after the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


def bare_environment(home: Path) -> dict[str, str]:
    """What a child gets: nothing that AWS or OpenAI programs would read from outside the kit."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "OPENAI_", "USINA_"))}
    kept["PATH"] = f"{USINA.parent}:{kept['PATH']}"
    # The scripts of the tools would add the coverage of a developer's own configuration otherwise.
    return kept | {"HOME": str(home.parent), "PYTHONUNBUFFERED": "1", "USINA_IMAGES": str(SHARED)}


class Factory:
    """One running factory."""

    def __init__(self, home: Path, port: int, tls_port: int) -> None:
        self.home = home
        self.port = port
        self.tls_port = tls_port
        self.log = home.parent / "up.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.prefix: list[str] = []  # put before the command (ip netns exec ...)

    @property
    def url(self) -> str:
        """Cleartext address."""
        return f"http://127.0.0.1:{self.port}"

    def launch(self) -> None:
        """`usina up`, without waiting."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self.home / "site.toml").exists():
            (self.home / "site.toml").write_text(SMALL_ENGINES)
        command = [*self.prefix, str(USINA), "up", "--home", str(self.home)]
        command += ["--port", str(self.port), "--tls-port", str(self.tls_port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=bare_environment(self.home)
            )

    def start(self) -> None:
        """`usina up`, and wait until it is ready to answer."""
        self.launch()
        ready = self.command("status", "--wait", str(START_SECONDS))
        if ready.returncode:
            self.stop()
            raise AssertionError(f"not ready: {ready.stdout}{ready.stderr}\n{self.log.read_text()[-3000:]}")

    def command(self, *arguments: str, timeout: float = START_SECONDS + 30) -> subprocess.CompletedProcess[str]:
        """One `usina` command against this factory."""
        environment = bare_environment(self.home) | {
            "USINA_HOME": str(self.home),
            "USINA_PORT": str(self.port),
            "USINA_TLS_PORT": str(self.tls_port),
        }
        return subprocess.run(
            [*self.prefix, str(USINA), *arguments],
            capture_output=True,
            text=True,
            env=environment,
            timeout=timeout,
            check=False,
        )

    def program(
        self, *command: str, timeout: float = 180, cwd: Path | None = None, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Any program, with the kit's environment and nothing else of AWS's."""
        return subprocess.run(
            [*self.prefix, *command],
            capture_output=True,
            text=True,
            env=bare_environment(self.home) | self.kit() | dict(environment or {}),
            timeout=timeout,
            cwd=cwd,
            check=False,
        )

    def kit(self) -> dict[str, str]:
        """Variables of the client kit."""
        return read_env((self.home / "client" / "env").read_text())

    def engines(self) -> list[int]:
        """Process ids of the factory's children."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return sorted({int(child) for task in children for child in task.read_text().split()})

    def kill(self) -> None:
        """SIGKILL to the factory alone: what a power cut or the kernel's memory killer does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def terminate(self) -> None:
        """SIGTERM, without waiting."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """Exit status, once it ended."""
        assert self.process is not None
        return self.process.wait(seconds)

    def stop(self) -> None:
        """Stop in order; a factory that does not is killed and told of."""
        if self.process is None or self.process.poll() is not None:
            return
        self.terminate()
        try:
            self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise
