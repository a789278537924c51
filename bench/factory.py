"""A factory of our own under measurement: started by `usina up` in a home of its own, all guards on."""

from __future__ import annotations

import configparser
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.processes import Server, family, free_port
from usina.client.kit import PROFILE, read_env

if TYPE_CHECKING:
    from collections.abc import Sequence

USINA = str(Path(sys.executable).with_name("usina"))
CHAT_MODEL = "huggingfacetb.smollm2-135m-instruct"


@dataclass(frozen=True, slots=True)
class Keys:
    """What the client kit holds."""

    bearer: str
    access_key: str
    secret_key: str
    region: str

    def caller(self) -> dict[str, str]:
        """As the load client takes it."""
        return {
            "bearer": self.bearer,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
            "region": self.region,
        }


class Factory(Server):
    """`usina up`, ready when its front door says so."""

    def __init__(self, home: Path, *, defaults: bool = False, cpu: str = "", ready: str = "/healthz") -> None:
        port = free_port()
        command = [USINA, "up", "--home", str(home), "--port", str(port), "--tls-port", str(free_port())]
        home.mkdir(exist_ok=True)
        (home / "site.toml").write_text("" if defaults else "[engine]\ndefault_models = []\n")
        super().__init__("usina", command, f"http://127.0.0.1:{port}{ready}", home.parent / "usina.log", cpu=cpu)
        self.home = home
        self.port = port

    def keys(self) -> Keys:
        """Keys of the kit that this start wrote."""
        kit = self.home / "client"
        values = read_env((kit / "env").read_text())
        parser = configparser.RawConfigParser()
        parser.read(kit / "credentials")
        profile = parser[PROFILE]
        return Keys(
            values["OPENAI_API_KEY"],
            profile["aws_access_key_id"],
            profile["aws_secret_access_key"],
            values["AWS_REGION"],
        )

    def command(self, *arguments: str) -> str:
        """One command against it; its output."""
        done = subprocess.run(
            [USINA, *arguments, "--home", str(self.home)], capture_output=True, text=True, check=False, timeout=300
        )
        if done.returncode:
            raise SystemExit(f"usina {' '.join(arguments)}: {done.stdout}{done.stderr}\n{self.last_words()}")
        return done.stdout

    def attach(self, address: str, model_id: str, upstream_model: str) -> None:
        """Take an engine that already runs into the catalogue, and wait until it answers."""
        more = ("--task", "chat", "--licence", "none", "--upstream-model", upstream_model)
        self.command("models", "import", address, "--kind", "attached", "--id", model_id, *more)

    def wait_ready(self, models: Sequence[str], seconds: float = 180.0) -> None:
        """Wait until these models answer."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            listed = json.loads(self.command("models", "list", "--json"))
            found = {item["modelId"]: item["state"] for item in listed}
            if all(found.get(model) == "READY" for model in models):
                return
            time.sleep(0.2)
        raise SystemExit(f"not ready within {seconds} s: {models}; {self.last_words()}")

    def engine_socket(self, model: str) -> str:
        """Unix socket of the child that runs a model: what it was told on its command line."""
        for process in family(self.pid):
            for argument in Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0"):
                if argument.startswith(b"{") and (told := json.loads(argument)).get("alias") == model:
                    return str(told["socket"])
        raise SystemExit(f"no child process runs {model}")
