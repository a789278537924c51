"""Model servers that really run: sandbox, objects and a log, without a front door."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.engine.images.site import site_images
from tests.engine.jobs.site import ACCOUNT, JobSite, tar_gz
from usina.core.clock import SystemDice
from usina.core.endpoints import Ask
from usina.core.jobs import InstanceType
from usina.core.objects import Bucket
from usina.engine.images import Image
from usina.engine.sandbox import Mount
from usina.engine.sandbox.roots import interpreter
from usina.engine.serving.served import Served, World
from usina.engine.serving.server import ModelServer

if TYPE_CHECKING:
    from usina.core.endpoints import Answer
    from usina.engine.sandbox import Sandbox

ROLE = f"arn:aws:iam::{ACCOUNT}:role/server"
INSTANCE = InstanceType("ml.t2.medium", 1, 300_000_000)
DOUBLES = """
import json
def model_fn(model_dir):
    with open(model_dir + "/factor.json") as file:
        return json.load(file)
def predict_fn(data, model):
    if isinstance(data, str):
        raise RuntimeError("this input is not for me")
    if hasattr(data, "tolist"):  # where the interpreter has numpy
        data = data.tolist()
    return [[model * each for each in number] if isinstance(number, list) else model * number for number in data]
"""


class ServingSite(JobSite):
    """Starts servers; those that a test leaves running are stopped."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        super().__init__(folder, sandbox)
        self.servers: list[ModelServer] = []
        self.own_image: OwnImage | None = None

    def world(self) -> World:
        """What servers need."""
        return World(
            self.folder,
            self.sandbox,
            self.store.buckets,
            self.store.objects,
            self.iam,  # type: ignore[arg-type] # the part of it that servers ask
            self.logs,
            self.clock,
            SystemDice(),
            "us-east-1",
            self.own_image or self.images or site_images(self.folder, self.clock),  # type: ignore[arg-type] # the part that is asked
        )

    async def archive(self, key: str, script: str, **files: str) -> None:
        """Store a model archive with that script."""
        if self.store.buckets.find("data") is None:
            await self.store.buckets.create(Bucket("data", ACCOUNT, 0.0))
        await self.put(key, tar_gz({"code/inference.py": script, "factor.json": "2", **files}))

    def server(self, name: str = "endpoint/one", instance: InstanceType = INSTANCE, **container: Any) -> ModelServer:
        """A server of s3://data/model.tar.gz, not started."""
        made = {"Image": "usina/python", "ModelDataUrl": "s3://data/model.tar.gz", **container}
        served = Served(ACCOUNT, name, ROLE, made, instance, ("/aws/sagemaker/Endpoints/one", "AllTraffic/i-0"))
        server = ModelServer(served, self.world())
        self.servers.append(server)
        return server

    async def running(self, script: str = DOUBLES, **container: Any) -> ModelServer:
        """A server that answers."""
        await self.archive("model.tar.gz", script)
        server = self.server(**container)
        await server.start()
        await server.ready(60.0)
        return server

    async def close(self) -> None:
        """End what still runs."""
        for server in self.servers:
            await server.stop()


async def ask(server: ModelServer, body: bytes, accept: str = "", content_type: str = "application/json") -> Answer:
    """One invocation."""
    return await server.invoke(Ask(body, content_type, accept), 60.0)


class OwnImage:
    """The part of `Images` that servers ask, with one image that has a root file system and a server of its own."""

    def __init__(self, root: Path, script: str) -> None:
        prefix = Path(sys.base_prefix).resolve()
        for name in ("usr", "proc", "tmp", "app", "opt/ml", str(prefix).lstrip("/")):
            (root / name).mkdir(parents=True, exist_ok=True)
        for name in ("bin", "lib", "lib64"):
            (root / name).symlink_to(f"usr/{name}")
        (root / "app" / "server.py").write_text(script)
        for path in (root, *root.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        mounts = (
            Mount(Path("/usr"), "/usr"),
            *(() if prefix.is_relative_to("/usr") else (Mount(prefix, str(prefix)),)),
        )
        self.image = Image(
            "mine:1",
            "python3",
            tuple(mounts),
            {"PATH": "/usr/bin:/bin", "MINE": "image"},
            root=root,
            entrypoint=(interpreter(), "/app/server.py"),
            workdir="/app",
        )

    def find(self, asked: str) -> str | None:
        """It is all there is."""
        return asked

    async def ready(self, name: str) -> Image:
        """It is there."""
        del name
        return self.image
