"""Any request that the service model allows is answered or refused, by both Bedrock services: never a fault of ours."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire.shape_values import Making, UnmakeableError, value_of
from usina import wire
from usina.core.errors import ApiError
from usina.services import operations
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.world import call_of, world
from usina.wire.models import load

CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"
ALIAS_ARN = f"arn:aws:bedrock:us-east-1::foundation-model/{CLAUDE}"
SERVED = sorted(key for key in operations() if key[0] in {"bedrock", "bedrock-runtime"})
NAMES = [CHAT.id, EMBEDDING.id, CLAUDE, f"us.{CLAUDE}", "nobody.knows", ALIAS_ARN]
TURNS = [{"role": "user", "content": [{"text": "Hi"}]}]
BODY = json.dumps({"anthropic_version": "v", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}).encode()


def arguments_of(service: str, name: str, seed: int, size: int, model: str) -> dict[str, Any]:
    """Arguments by the service model, with a name that means something and, every other time, a plain conversation."""
    shape = load(service).input(name)
    assert shape is not None
    chance = random.Random(seed)
    arguments: dict[str, Any] = value_of(shape, Making(chance, size))
    for member in ("modelId", "modelIdentifier"):
        if member in arguments:
            arguments[member] = model
    if "modelSource" in arguments:
        arguments["modelSource"] = {"copyFrom": ALIAS_ARN}
    if chance.random() < 0.5:
        if name.startswith("Converse"):
            arguments["messages"] = TURNS
        if name.startswith("InvokeModel"):
            arguments["body"] = BODY
    return arguments


@pytest.mark.parametrize(("service", "name"), SERVED)
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), size=st.integers(0, 4), model=st.sampled_from(NAMES))
async def test_any_request_is_answered_or_refused(service: str, name: str, seed: int, size: int, model: str) -> None:
    operation = operations()[service, name]
    try:
        call = call_of(arguments_of(service, name, seed, size, model))
    except UnmakeableError:
        return
    ports = world(aliases={CLAUDE: CHAT.id})
    assert operation.touches(call, ports)
    try:
        result = await operation.handle(call, ports)
    except ApiError:
        return
    reply = wire.serialise(wire.Target(service, name, "rest-json", {}), result, call.request_id)
    if not isinstance(reply.body, bytes):
        assert [piece async for piece in reply.body]
