"""Turns foreign model files into one that an engine loads, in a child process: they are never parsed in this one."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from usina.core.errors import ApiError, Kind
from usina.engine.cluster import ProcessSpec

if TYPE_CHECKING:
    from pathlib import Path

    from usina.core.ports import ImportSource, Json
    from usina.engine.cluster import Cluster

_RESULT_BYTES = 1_048_576
_ENVIRONMENT = {"OMP_WAIT_POLICY": "passive", "OPENBLAS_NUM_THREADS": "1"}
CONVERTED = "model.gguf"


class Converter:
    """Conversions on this machine."""

    def __init__(self, cluster: Cluster, logs: Path) -> None:
        self._cluster = cluster
        self._logs = logs

    async def run(
        self, name: str, folder: Path, source: ImportSource, *, requantise: bool, rewrite: bool = False
    ) -> Json:
        """Convert; gives what is known of the model. Its file is `model.gguf` in the folder, which is made.

        `rewrite`: no byte of the file's structure is the stranger's; ours is written anew, and the engine reads that.
        Raises: ApiError, with what is wrong with the files.
        """
        await asyncio.to_thread(_prepare, folder, source, requantise=requantise, rewrite=rewrite)
        process = await self._cluster.start(
            ProcessSpec(
                name=f"import {name}",
                argv=(sys.executable, "-m", "usina.stores.models.job", str(folder / "job.json")),
                log=self._logs / "imports.log",
                environment=_ENVIRONMENT,
            )
        )
        try:
            ended = await process.wait()
        except asyncio.CancelledError:
            await process.stop(0.0)
            raise
        if ended.code:
            failed = read_json(folder / "error.json")
            if isinstance(failed, dict):
                raise ApiError(str(failed.get("message")), kind=Kind(failed.get("kind", Kind.VALIDATION)))
            raise ApiError(f"The import ended early ({ended}).")
        result = read_json(folder / "result.json")
        if not isinstance(result, dict):
            raise ApiError("The import left no result.")
        return {**result, "runtime": "llamacpp"}


def move(source: Path, target: Path) -> None:
    """Put a converted file in its place, at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def read_json(path: Path) -> Any:
    """A small JSON file of a child's, or None."""
    try:
        with path.open("rb") as file:
            return json.loads(file.read(_RESULT_BYTES))
    except (OSError, ValueError):
        return None


def _prepare(folder: Path, source: ImportSource, **how: bool) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    job = asdict(source) | how
    (folder / "job.json").write_text(json.dumps(job), "utf-8")
