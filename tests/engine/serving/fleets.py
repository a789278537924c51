"""Endpoints that really serve: the control loop over servers in the sandbox of this machine, without a front door."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.engine.jobs.site import ACCOUNT
from tests.engine.serving.site import INSTANCE, ROLE, ServingSite
from tests.engine.waiting import until
from usina.core.endpoints import ENDPOINT, Ask, begun
from usina.core.jobs import InstanceType
from usina.core.ports import Row
from usina.engine.jobs.capacity import Floor
from usina.engine.serving.fleet import Means
from usina.engine.serving.site import SiteEndpoints
from usina.testing.catalogue import CHAT, FakeCatalogue
from usina.testing.engines import ScriptedEngines
from usina.testing.metrics import MemoryMetrics

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from usina.core.endpoints import Answer
    from usina.engine.sandbox import Sandbox

SAYS = "def model_fn(d):\n    return open(d + '/factor.json').read()\ndef predict_fn(data, m):\n    return m\n"


def variant(name: str = "AllTraffic", archive: str = "model.tar.gz", **changes: Any) -> dict[str, Any]:
    """One variant of a fleet, that serves s3://data/ARCHIVE."""
    made = {
        "name": name,
        "model": name,
        "containers": [{"Image": "usina/python", "ModelDataUrl": f"s3://data/{archive}"}],
        "language": False,
        "role": ROLE,
        "isolated": False,
        "instance": INSTANCE.name,
        "count": 1,
        "weight": 1.0,
        "serverless": None,
        "startup_seconds": 60,
        "volume_gb": 1,
    }
    return made | changes


def fleet(*variants: dict[str, Any], generation: int = 1, revision: int = 1, **changes: Any) -> dict[str, Any]:
    """A fleet."""
    made = {"config": f"config-{generation}", "capture": None, "asynchronous": None}
    numbers = {"generation": generation, "revision": revision}
    return made | numbers | {"variants": list(variants) or [variant()]} | changes


async def patiently(condition: Callable[[], Awaitable[bool] | bool]) -> None:
    """Wait until it is met, for as long as a busy machine may need."""
    await until(condition, 60.0)


class FleetSite(ServingSite):
    """A site whose endpoints one opens, kills (`leave`) and opens again."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        super().__init__(folder, sandbox)
        self.series = MemoryMetrics(self.clock)
        self.engines = ScriptedEngines()
        self.opened: list[SiteEndpoints] = []
        self.floor = Floor(InstanceType("machine", 2, 2 * INSTANCE.memory_bytes))

    async def open_endpoints(self, cores: int = 2, idle_seconds: float = 300.0) -> SiteEndpoints:
        """The loops over all rows, as a factory that starts makes them."""
        self.floor = Floor(InstanceType("machine", cores, cores * INSTANCE.memory_bytes))
        instances = {INSTANCE.name: INSTANCE, "ml.m5.large": InstanceType("ml.m5.large", 2, INSTANCE.memory_bytes)}
        catalogue = FakeCatalogue((CHAT,), None, self.records)
        means = Means(self.world(), self.floor, instances, self.engines, catalogue, idle_seconds)
        endpoints = SiteEndpoints(self.records, means, self.floor, instances, lambda: "", self.series, self.clock)
        self.opened.append(endpoints)
        await endpoints.start()
        return endpoints

    async def model(self, archive: str, says: str, script: str = SAYS) -> None:
        """Store a model whose every prediction is that text."""
        await self.archive(archive, script, **{"factor.json": says})

    async def want(self, endpoints: SiteEndpoints, spec: dict[str, Any], name: str = "one") -> None:
        """Write what is wanted, as the handlers do, and tell the loop."""
        row = await self.records.get(ENDPOINT, ACCOUNT, name)
        desired = {"fleet": spec, "delete": False, "deployment": None}
        if row is None:
            body = {"tags": [], "created": self.clock.now(), "desired": desired, "observed": begun(self.clock.now())}
            await self.records.put(Row(ENDPOINT, ACCOUNT, name, body))
        else:
            observed = {**row.body["observed"], "status": "Updating"}
            await self.records.put(replace(row, body={**row.body, "desired": desired, "observed": observed}))
        endpoints.changed(ACCOUNT, name)

    async def want_gone(self, endpoints: SiteEndpoints, name: str = "one") -> None:
        """What DeleteEndpoint writes."""
        row = await self.records.get(ENDPOINT, ACCOUNT, name)
        assert row is not None
        desired = {**row.body["desired"], "delete": True}
        await self.records.put(replace(row, body={**row.body, "desired": desired}))
        endpoints.changed(ACCOUNT, name)

    async def seen(self, name: str = "one") -> dict[str, Any]:
        """What is known of an endpoint; empty where it is gone."""
        row = await self.records.get(ENDPOINT, ACCOUNT, name)
        return {} if row is None else row.body["observed"]

    async def until_status(self, status: str, name: str = "one") -> dict[str, Any]:
        """Wait for it."""

        async def reached() -> bool:
            return (await self.seen(name)).get("status") == status

        await patiently(reached)
        return await self.seen(name)

    async def until_gone(self, name: str = "one") -> None:
        """Wait until nothing is left of it."""

        async def gone() -> bool:
            return not await self.seen(name)

        await patiently(gone)

    @staticmethod
    async def ask(endpoints: SiteEndpoints, body: bytes = b"1", name: str = "one", variant: str = "") -> Answer:
        """One invocation."""
        return await endpoints.invoke(ACCOUNT, name, Ask(body, "application/json"), variant)

    async def says(self, endpoints: SiteEndpoints, name: str = "one") -> str:
        """What the model that serves says."""
        return (await self.ask(endpoints, name=name)).body.decode().strip('"')

    async def close(self) -> None:
        """End all that serves."""
        for endpoints in self.opened:
            await endpoints.stop()
        last = await self.open_endpoints()
        for row in await self.records.list(ENDPOINT):
            await self.want_gone(last, row.name)
        for row in await self.records.list(ENDPOINT):
            await self.until_gone(row.name)
        await last.stop()
        await super().close()
