"""A family's body through InvokeModel: what the engine is asked, what a client gets, whole and streamed."""

from __future__ import annotations

import json
from typing import Any

from usina.services.bedrock_runtime.invoke_model import invoke_model, invoke_model_with_response_stream
from usina.testing.catalogue import CHAT
from usina.testing.engines import ScriptedEngines, chat_answer, chat_chunks, usage
from usina.testing.world import call_of, world

METRICS = {"inputTokenCount": 4, "outputTokenCount": 2, "invocationLatency": 0, "firstByteLatency": 0}
LAST = {"amazon-bedrock-invocationMetrics": METRICS}
REQUEST_ID = "00000000-0000-4000-8000-000000000000"
MISTRAL_CHAT = "mistral.mistral-large-2407-v1:0"
OPENAI = {"messages": [{"role": "user", "content": "Hi"}]}
TOOLS = [{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}]


def call(body: dict[str, Any], model: str = CHAT.id) -> Any:
    return call_of({"modelId": model, "body": json.dumps(body).encode()})


async def asked(body: dict[str, Any], model: str = CHAT.id) -> tuple[str, dict[str, Any]]:
    engines = ScriptedEngines()
    await invoke_model(call(body, model), world(engines=engines, aliases={MISTRAL_CHAT: CHAT.id}))
    return engines.asked[0].task, engines.bodies[0]


async def answered(body: dict[str, Any], answer: Any = None, model: str = CHAT.id) -> Any:
    answer = answer or chat_answer("Hello!", used=usage(4, 2))
    ports = world(engines=ScriptedEngines().play(answer), aliases={MISTRAL_CHAT: CHAT.id})
    return json.loads((await invoke_model(call(body, model), ports))["body"])


async def streamed(body: dict[str, Any], batches: Any = None, model: str = CHAT.id) -> list[Any]:
    batches = batches or chat_chunks(["Hel", "lo!"], usage=usage(4, 2))
    ports = world(engines=ScriptedEngines().play(batches), aliases={MISTRAL_CHAT: CHAT.id})
    stream: Any = (await invoke_model_with_response_stream(call(body, model), ports))["body"]
    return [json.loads(event["chunk"]["bytes"]) async for batch in stream for event in batch]
