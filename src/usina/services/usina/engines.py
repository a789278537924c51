"""The engines that run, and whether the factory can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from usina import __version__
from usina.core.clock import utc
from usina.core.operation import Access, operation, site_resource
from usina.services.usina.models import describe

if TYPE_CHECKING:
    from usina.core.operation import Call
    from usina.core.ports import EngineStatus, Ports
    from usina.shapes import usina_types as t

_ON_ITS_WAY = frozenset({"IMPORTING", "STARTING"})


def _describe_engine(engine: EngineStatus) -> t.EngineDescription:
    described: t.EngineDescription = {
        "modelId": engine.model,
        "state": cast("t.EngineState", engine.state),
        "restarts": engine.restarts,
        "running": engine.running,
        "queued": engine.queued,
    }
    if engine.adapters:
        described["adapters"] = engine.adapters
    if engine.reason:
        described["reason"] = engine.reason
    return described


@operation("usina", "ListEngines", access=Access.LIST, touches=site_resource)
async def list_engines(call: Call[t.ListEnginesRequest], ports: Ports) -> t.ListEnginesResponse:
    """List the engines and what they are doing."""
    del call
    return {"engines": [_describe_engine(engine) for engine in ports.models.engines()]}


@operation("usina", "GetStatus", access=Access.READ, touches=site_resource)
async def get_status(call: Call[t.GetStatusRequest], ports: Ports) -> t.GetStatusResponse:
    """Tell whether the factory can answer: one model does at least, and none is on its way up."""
    del call
    cards = ports.catalogue.cards()
    states = {card.state for card in cards}
    programs = ports.jobs.programs()
    return {
        "site": {"name": ports.site.name, "region": ports.site.region, "account": ports.site.account},
        "version": __version__,
        "time": utc(ports.clock.now()),
        "programs": {"run": programs.run, "isolated": programs.isolated, "isolation": programs.isolation},
        "ready": "READY" in states and not states & _ON_ITS_WAY,
        "models": [describe(card, ports) for card in cards],
        "engines": [_describe_engine(engine) for engine in ports.models.engines()],
    }
