"""A child process that is given an order and leaves a result, both JSON files in a folder of its own."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any, Final

from usina.engine.cluster import ProcessSpec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from usina.engine.cluster import Cluster

RESULT: Final = "result.json"
_RESULT_BYTES = 16_777_216


class Children:
    """Starts them; their output goes to one log."""

    def __init__(self, cluster: Cluster, log: Path) -> None:
        self._cluster = cluster
        self._log = log

    async def run(
        self, name: str, module: str, order: Mapping[str, Any], work: Path, variables: Mapping[str, str]
    ) -> dict[str, Any]:
        """`python -m MODULE ORDER` to its end; gives what it left, with at least an `error` where it failed.

        Cancelled, the child is ended. Raises: EngineError where it cannot be started.
        """
        path = work / "order.json"
        await asyncio.to_thread(path.write_text, json.dumps(dict(order)), "utf-8")
        program = (sys.executable, "-m", module, str(path))
        process = await self._cluster.start(ProcessSpec(name, program, self._log, variables))
        try:
            ended = await process.wait()
        except asyncio.CancelledError:
            await process.stop(0.0)
            raise
        result = await asyncio.to_thread(_read, work / RESULT)
        return result if not ended.code and result else {"error": str(ended), **result}


def leave(work: Path, result: Mapping[str, Any]) -> int:
    """The child's side: leave a result; gives the exit status."""
    (work / RESULT).write_text(json.dumps(dict(result)), "utf-8")
    return 1 if "error" in result else 0


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_RESULT_BYTES))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
