from __future__ import annotations

from dataclasses import replace

import pytest

from usina import __version__
from usina.services.usina.engines import get_status, list_engines
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.world import ACCOUNT, call_of, world


async def test_status_tells_site_version_models_and_engines() -> None:
    status = await get_status(call_of({}), world())
    assert status["site"] == {"name": "usina", "region": "us-east-1", "account": ACCOUNT}
    assert status["version"] == __version__
    assert [model["modelId"] for model in status["models"]] == [CHAT.id, EMBEDDING.id]
    assert {engine["state"] for engine in status["engines"]} == {"READY"}


@pytest.mark.parametrize(
    ("states", "ready"),
    [
        ((), False),
        (("READY",), True),
        (("READY", "READY"), True),
        (("READY", "FAILED"), True),
        (("READY", "STARTING"), False),
        (("READY", "IMPORTING"), False),
        (("FAILED",), False),
    ],
)
async def test_ready_means_that_one_model_answers_and_none_is_on_its_way(states: tuple[str, ...], ready: bool) -> None:
    cards = [replace(card, state=state) for card, state in zip((CHAT, EMBEDDING), states, strict=False)]
    assert (await get_status(call_of({}), world(cards=cards)))["ready"] is ready


async def test_engines_are_listed() -> None:
    engines = (await list_engines(call_of({}), world()))["engines"]
    assert engines[0] == {
        "modelId": CHAT.id,
        "state": "READY",
        "restarts": 0,
        "running": 0,
        "queued": 0,
    }
