"""CountTokens: how many tokens a request would cost, counted by the engine that would answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usina.core.errors import ValidationError
from usina.core.operation import Access, operation
from usina.services.bedrock_runtime import models
from usina.services.bedrock_runtime.converse_request import prompt_body
from usina.services.bedrock_runtime.families import family_of

if TYPE_CHECKING:
    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes.bedrock_runtime_types import CountTokensRequest, CountTokensResponse


@operation("bedrock-runtime", "CountTokens", access=Access.USE, touches=models.touches)
async def count_tokens(call: Call[CountTokensRequest], ports: Ports) -> CountTokensResponse:
    """Tokens of the prompt, the model's own template included."""
    found = models.resolve(call, ports)
    if found.card.task != "chat":
        raise ValidationError("The provided model doesn't support counting tokens.")
    asked = call.arguments["input"]
    if "converse" in asked:
        body = prompt_body(asked["converse"], found)
    elif "invokeModel" in asked:
        request: bytes = asked["invokeModel"]["body"]
        body = family_of(found, request).parse(request, found).body
    else:
        raise ValidationError("The input field must have one of invokeModel and converse.")
    tokens = await ports.engines.count(found.card, body)
    call.meter.input_tokens = tokens
    return {"inputTokens": tokens}
