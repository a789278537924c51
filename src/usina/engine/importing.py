"""The `ModelStore` port: imports, removals and aliases as rows with a desired state, and the loop that makes them so.

A model's row is IMPORTING until its files are in place, then READY or FAILED; REMOVING until they are gone. What was
under way at a kill is taken up again at the next start.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from usina.core.errors import ApiError, ConflictError, NotFoundError, ValidationError
from usina.core.ports import ImportSource, Row
from usina.engine.catalogue import SHIPPED_SWITCH
from usina.engine.converting import CONVERTED, Converter, move, read_json
from usina.engine.rows import ALIAS, MODEL, SITE_ACCOUNT
from usina.stores.models.found import find
from usina.stores.models.naming import check_id, identify, slug

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from usina.core.clock import Clock
    from usina.core.ports import EngineStatus, Json, Records
    from usina.engine.catalogue import SiteCatalogue
    from usina.engine.cluster import Cluster

_LOG = logging.getLogger(__name__)
_POLL_SECONDS = 0.2
_STAGING = ".staging"


class SiteModels:
    """Models on this site's disks."""

    def __init__(  # noqa: PLR0917 - the world, in the order of every port
        self,
        folder: Path,
        logs: Path,
        records: Records,
        clock: Clock,
        cluster: Cluster,
        catalogue: SiteCatalogue,
        *,
        attach: Callable[[ImportSource], Awaitable[Json]],
        changed: Callable[[], Awaitable[None]],
        engines: Callable[[], Sequence[EngineStatus]],
        requantise: bool = True,
    ) -> None:
        self._folder = folder
        self._records = records
        self._clock = clock
        self._converter = Converter(cluster, logs)
        self._catalogue = catalogue
        self._attach = attach
        self._changed = changed
        self._engines = engines
        self._requantise = requantise
        self._running: dict[str, asyncio.Task[None]] = {}

    # --- the port ---

    async def import_model(self, source: ImportSource) -> str:
        """Start an import."""
        if source.kind == "attached":
            if not source.upstream_model:
                raise ValidationError("An attached engine's own name for the model is missing (upstream_model).")
            model_id = source.model_id or f"attached.{slug(source.upstream_model.rsplit('/', 1)[-1])}"
        else:
            found = await asyncio.to_thread(find, source.kind, source.location)
            model_id = source.model_id or await asyncio.to_thread(identify, found)
        check_id(model_id)
        row = await self._records.get(MODEL, SITE_ACCOUNT, model_id)
        if row is not None and row.body.get("state") != "FAILED":
            raise ConflictError(f"There is a model {model_id} already; remove it first, or import under another id.")
        body: Json = {
            "state": "IMPORTING",
            "import": asdict(source),
            "created_at": self._clock.now(),
            "task": source.task,
        }
        await self._records.put(Row(MODEL, SITE_ACCOUNT, model_id, body, row.version if row else 0))
        await self._catalogue.reload()
        self._begin(model_id, self._import(model_id, source))
        return model_id

    def progress(self, model_id: str) -> tuple[str, float]:
        """What an import is doing, and the share of it that is done."""
        if model_id not in self._running:
            return ("", 1.0)
        told = read_json(self._staging(model_id) / "progress.json")
        if isinstance(told, list) and len(told) == 2:  # noqa: PLR2004 - (what, share)
            return (str(told[0]), float(told[1]))
        return ("starting", 0.0)

    async def remove_model(self, model_id: str) -> None:
        """Stop its engine and delete its files."""
        row = await self._records.get(MODEL, SITE_ACCOUNT, model_id)
        if row is None:
            raise NotFoundError(f"There is no model {model_id}.")
        if made := self._catalogue.made_from(model_id):
            raise ConflictError(
                f"{made} custom models of accounts are made from {model_id}; they must be deleted first."
            )
        task = self._running.pop(model_id, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            row = await self._records.get(MODEL, SITE_ACCOUNT, model_id) or row
        if row.body.get("state") != "REMOVING":
            row = await self._records.put(
                Row(MODEL, SITE_ACCOUNT, model_id, {**row.body, "state": "REMOVING"}, row.version)
            )
        await self._remove(model_id)

    async def set_alias(self, alias: str, model_id: str | None) -> None:
        """Point an alias at a model, or take it away."""
        row = await self._records.get(ALIAS, SITE_ACCOUNT, alias)
        if model_id is None:
            if row is None:
                raise NotFoundError(f"There is no alias {alias}.")
            await self._records.delete(ALIAS, SITE_ACCOUNT, alias)
        else:
            if alias != SHIPPED_SWITCH:
                check_id(alias)
            known = {card.id for card in self._catalogue.cards()}
            if model_id not in known:
                raise NotFoundError(f"There is no model {model_id}.")
            if alias in known:
                raise ConflictError(f"{alias} is a model's own id; it cannot be an alias.")
            await self._records.put(Row(ALIAS, SITE_ACCOUNT, alias, {"model": model_id}, row.version if row else 0))
        await self._catalogue.reload()

    def engines(self) -> Sequence[EngineStatus]:
        """State of every engine."""
        return self._engines()

    # --- the loop ---

    async def start(self) -> None:
        """Take up what was under way when the last process ended."""
        await asyncio.to_thread(shutil.rmtree, self._folder / _STAGING, ignore_errors=True)
        for card in self._catalogue.cards():
            row = await self._records.get(MODEL, SITE_ACCOUNT, card.id)
            if row is not None and card.state == "IMPORTING":
                self._begin(card.id, self._import(card.id, ImportSource(**row.body["import"])))
            elif row is not None and card.state == "REMOVING":
                await self._remove(card.id)

    async def stop(self) -> None:
        """End running imports; their rows stay IMPORTING, for the next start."""
        tasks, self._running = list(self._running.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, model_id: str, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work, name=f"import {model_id}")
        self._running[model_id] = task
        task.add_done_callback(lambda _done: self._running.pop(model_id, None))

    async def _import(self, model_id: str, source: ImportSource) -> None:
        try:
            if source.kind == "attached":
                result = await self._attach(source)
            else:
                result = await self._convert(model_id, source)
            await self._finish(model_id, result | {"state": "READY", "state_reason": ""})
        except ApiError as error:
            _LOG.warning("import failed", extra={"model": model_id, "reason": error.message})
            await self._finish(model_id, {"state": "FAILED", "state_reason": error.message})
        finally:
            await asyncio.to_thread(shutil.rmtree, self._staging(model_id), ignore_errors=True)

    async def _finish(self, model_id: str, update: Json) -> None:
        row = await self._records.get(MODEL, SITE_ACCOUNT, model_id)
        if row is None or row.body.get("state") != "IMPORTING":
            return
        body = {**row.body, **{key: value for key, value in update.items() if key != "id"}}
        await self._records.put(Row(MODEL, SITE_ACCOUNT, model_id, body, row.version))
        await self._catalogue.reload()
        await self._changed()

    async def _convert(self, model_id: str, source: ImportSource) -> Json:
        staging, wanted = self._staging(model_id), source.requantise and self._requantise
        result = await self._converter.run(model_id, staging, source, requantise=wanted)
        path = Path(model_id) / f"{result['sha256'][:16]}.gguf"
        await asyncio.to_thread(move, staging / CONVERTED, self._folder / path)
        result["options"] = {**result["options"], "path": str(path)}
        return result

    async def _remove(self, model_id: str) -> None:
        await self._catalogue.reload()
        await self._changed()  # its card is not READY any more: its engine stops
        await asyncio.to_thread(shutil.rmtree, self._folder / model_id, ignore_errors=True)
        await self._records.delete(MODEL, SITE_ACCOUNT, model_id)
        await self._catalogue.reload()

    def _staging(self, model_id: str) -> Path:
        return self._folder / _STAGING / model_id
