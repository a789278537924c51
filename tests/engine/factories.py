"""Factories whose engines have no model."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from usina.core.clock import SystemClock, SystemDice
from usina.core.limits import Limits
from usina.core.ports import ModelCard, Row
from usina.engine.factory import EngineFactory
from usina.engine.settings import EngineSettings
from usina.testing.fake_runtime import FakeRuntime
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from usina.engine.runtimes import Runtime

FAKE = "fake.model"
QUICK = EngineSettings(default_models=(), backoff_seconds=0.05, slots=2, start_seconds=10.0, stop_seconds=2.0)


@asynccontextmanager
async def fake_factory(
    home: Path,
    runtime: Runtime | None = None,
    settings: EngineSettings = QUICK,
    limits: Limits | None = None,
    records: MemoryRecords | None = None,
) -> AsyncIterator[tuple[EngineFactory, ModelCard]]:
    """A factory whose one model is an engine server without a model."""
    records = records or MemoryRecords()
    body = {"runtime": "fake", "state": "READY", "task": "chat", "context_tokens": 2048, "name": "Fake"}
    await records.put(Row("model", "", FAKE, body))
    factory = EngineFactory(
        home,
        records,
        SystemClock(),
        SystemDice(),
        limits or Limits(drain_seconds=2.0),
        settings,
        runtimes=[runtime or FakeRuntime()],
    )
    await factory.start()
    try:
        yield factory, next(card for card in factory.catalogue.cards() if card.id == FAKE)
    finally:
        await factory.stop()


def user(text: str, **more: object) -> dict[str, object]:
    """A chat body with one message."""
    return {"messages": [{"role": "user", "content": text}], **more}
