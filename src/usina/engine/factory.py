"""Joins the engine layer.

`app` uses it so:

    settings = EngineSettings.from_table(site_settings.engine)
    factory = EngineFactory(home, records, clock, dice, limits, settings, region=site.region)
    await factory.start()      # reads rows, takes up imports, starts engines; does not wait until they are ready
    Ports(engines=factory.engines, catalogue=factory.catalogue, models=factory.models, ...)
    await factory.ready()      # optional: every wanted engine answers or has failed, every import is done
    await factory.stop()       # drains up to Limits.drain_seconds, then ends all children

At the first start (no model was ever there) the packages named in `EngineSettings.default_models` are imported, where
they are installed; `factory.models.progress(id)` tells how far each is.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from usina.core.cloud import CLOUD
from usina.core.errors import ApiError, OperatorError
from usina.core.ports import EngineStatus, ImportSource, Row
from usina.engine.catalogue import SiteCatalogue
from usina.engine.cluster.local import LocalCluster
from usina.engine.converting import Converter
from usina.engine.customization.adapters import AdapterFolder
from usina.engine.engines import RunningEngines
from usina.engine.handover import Handover
from usina.engine.importing import SiteModels
from usina.engine.intact import Intact
from usina.engine.replicas import World
from usina.engine.rows import SITE_ACCOUNT
from usina.engine.runtimes.attached import Attached, Attachment
from usina.engine.runtimes.llamacpp import LlamaCpp
from usina.engine.shared import SharedEngine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.clock import Clock, Dice
    from usina.core.egress import Egress
    from usina.core.limits import Limits
    from usina.core.ports import ModelCard, Records
    from usina.engine.replicas import Replica
    from usina.engine.runtimes import Runtime
    from usina.engine.settings import EngineSettings

_SOCKET_PATH_BYTES = 100  # the kernel's limit is 108, a name of ours takes some
_READY_POLL_SECONDS = 0.05
_LOG = logging.getLogger(__name__)
_NO_ENGINE = frozenset({"IMPORTING", "REMOVING"})  # an import that failed has no runtime either
_FIRST_START = "first-start"
ADAPTERS = "adapters"  # the folder, within the home, of what accounts have made from models of the site


class EngineFactory:
    """Everything that runs models on this machine."""

    def __init__(  # noqa: PLR0917 - the world, in the order of every port
        self,
        home: Path,
        records: Records,
        clock: Clock,
        dice: Dice,
        limits: Limits,
        settings: EngineSettings,
        *,
        region: str = "us-east-1",
        runtimes: Sequence[Runtime] | None = None,
        egress: Egress | None = None,
    ) -> None:
        self._home = home
        self._records = records
        self._clock = clock
        self._limits = limits
        self._settings = settings
        self._cluster = LocalCluster(clock)
        chosen: Sequence[Runtime] = (
            runtimes if runtimes is not None else (LlamaCpp(settings, clock), Attached(settings))
        )
        self._runtimes: Mapping[str, Runtime] = {runtime.name: runtime for runtime in chosen}
        self._world = World(
            cluster=self._cluster,
            clock=clock,
            dice=dice,
            limits=limits,
            settings=settings,
            sockets=_socket_folder(home),
            logs=home / "logs",
            threads=settings.threads or _usable_cores(),
            egress=egress,
            intact=Intact(clock),
        )
        self._engines: dict[str, SharedEngine] = {}
        self._adapter_folder = AdapterFolder(home / ADAPTERS)
        self._adapter_files: frozenset[str] = frozenset()
        self._cannot_run: dict[str, str] = {}  # model id -> why
        self._reconciling = asyncio.Lock()
        self._stopping = False
        self.catalogue = SiteCatalogue(records, settings, region, home / "models", home / ADAPTERS)
        self.catalogue.observe(self._statuses, self._adapter_state, self._adapt)
        self._handover = Handover(records, self.catalogue)
        self.engines = RunningEngines(self._engines, clock)
        self.converter = Converter(self._cluster, home / "logs")
        self.models = SiteModels(
            home / "models",
            home / "logs",
            records,
            clock,
            self._cluster,
            self.catalogue,
            attach=Attachment(settings, limits, egress).inspect,
            changed=self._reconcile,
            engines=self._statuses,
            requantise=settings.requantise,
        )

    async def start(self) -> None:
        """Read the rows, start engines, take up imports."""
        for folder in (self._home / "models", self._home / "logs"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _own_folder(self._world.sockets)
        await self.catalogue.reload()
        await asyncio.to_thread(self._adapter_folder.sweep, self._adapter_files)
        await self._reconcile()
        await self.models.start()
        await self._first_start()

    async def stop(self) -> None:
        """End imports, drain and end engines."""
        self._stopping = True
        await self.models.stop()
        await self._handover.stop()
        drain = self._limits.drain_seconds
        await asyncio.gather(*(engine.stop(drain) for engine in self._engines.values()))
        self._engines.clear()
        with suppress(OSError):
            self._world.sockets.rmdir()

    async def follow(self) -> None:
        """Engines as the rows say now, after somebody else wrote some."""
        await self.catalogue.reload()
        await self._reconcile()

    async def ready(self) -> bool:
        """Wait until imports are done and every engine answers or has failed. Whether all answer."""
        while any(card.state in {"IMPORTING", "STARTING"} for card in self.catalogue.cards()):
            await self._clock.sleep(_READY_POLL_SECONDS)
        return all(card.state == "READY" for card in self.catalogue.cards())

    async def _first_start(self) -> None:
        if self.catalogue.cards() or await self._records.get("engine", SITE_ACCOUNT, _FIRST_START) is not None:
            return
        await self._records.put(Row("engine", SITE_ACCOUNT, _FIRST_START, {"at": self._clock.now()}))
        for package in self._settings.default_models:
            try:
                await self.models.import_model(ImportSource("package", package))
            except ApiError as error:  # the factory is of use without them
                _LOG.warning("default model not imported", extra={"package": package, "reason": error.message})

    async def _reconcile(self) -> None:
        """What should run against what runs."""
        async with self._reconciling:
            if self._stopping:
                return
            self._cannot_run.clear()
            wanted = {
                card.id: card
                for card in self.catalogue.running()
                if card.state not in _NO_ENGINE and card.runtime not in {"", CLOUD}
            }
            for model_id in [model_id for model_id in self._engines if model_id not in wanted]:
                await self._engines[model_id].stop(self._limits.drain_seconds)
                del self._engines[model_id]
            for model_id, card in wanted.items():
                if model_id in self._engines:
                    continue
                runtime = self._runtimes.get(card.runtime)
                reason = runtime.can_run(card) if runtime is not None else f"no engine of kind {card.runtime!r} is here"
                if runtime is None or reason:
                    self._cannot_run[model_id] = reason
                    continue
                engine = SharedEngine(card, runtime, self._world, self._stirred)
                self._engines[model_id] = engine
                engine.start(self._adapters(model_id, runtime))
            self.catalogue.refresh()

    def _adapt(self) -> None:
        """What accounts have made and deployed against what is kept and loaded."""
        files = self.catalogue.adapter_files()
        self._adapter_folder.remove(self._adapter_files - files)
        self._adapter_files = files
        for model_id, engine in self._engines.items():
            engine.want(self._adapters(model_id, engine.runtime))
        if not self._stopping:
            self._handover.look()

    def _stirred(self) -> None:
        """An engine is in another state."""
        self.catalogue.refresh()
        if not self._stopping:
            self._handover.look()

    def _adapters(self, model_id: str, runtime: Runtime) -> dict[str, str]:
        cards = self.catalogue.adapters(model_id)
        return {card.id: card.options["adapter"] for card in cards if not runtime.can_run(card)}

    def _adapter_state(self, card: ModelCard) -> tuple[str, str]:
        engine = self._engines.get(card.base)
        if engine is None:
            return "STARTING", ""
        reason = engine.runtime.can_run(card)
        return ("FAILED", reason) if reason else engine.state_of(card.id)

    def replica(self, card: ModelCard) -> Replica | None:
        """The engine's process that answers for a model, for measurements and tests."""
        engine = self._engines.get(card.base or card.id)
        return engine.current if engine is not None else None

    def _statuses(self) -> list[EngineStatus]:
        statuses = [engine.status for engine in self._engines.values()]
        statuses += [EngineStatus(model, "FAILED", 0, 0, 0, reason) for model, reason in self._cannot_run.items()]
        return sorted(statuses, key=lambda status: status.model)


def _socket_folder(home: Path) -> Path:
    folder = home / "run"
    if len(os.fsencode(folder)) + len("/0123456789abcdef.sock") <= _SOCKET_PATH_BYTES:
        return folder
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"usina-{os.getuid()}-{digest}"


def _own_folder(folder: Path) -> None:
    """Make it, ours alone, without the sockets that a killed process left.

    Raises: OperatorError where somebody else made it before (the folder for temporary files is open to all).
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise OperatorError(f"{folder} is not a folder of this user; remove it, or choose a home with a shorter path.")
    folder.chmod(0o700)
    for left in folder.glob("*.sock"):
        left.unlink(missing_ok=True)


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
