"""Chat completions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.operation import Access, operation
from usina.services.openai.answering import ChunkStream, first_batch, whole_answer
from usina.services.openai.chat_request import read_chat
from usina.services.openai.naming import answering_model, touch_model
from usina.services.openai.sampling import wants_usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call, Result
    from usina.core.ports import Json, Ports


@operation("openai", "CreateChatCompletion", access=Access.USE, touches=touch_model)
async def create_chat_completion(call: Call[Mapping[str, Any]], ports: Ports) -> Result:
    """Answer a conversation, whole or chunk by chunk."""
    request, body = read_chat(call.arguments)
    card = answering_model(call, ports, "chat")
    rewrite = one_call_only if request.parallel_tool_calls is False and request.tools else None
    if not request.stream:
        answer = await whole_answer(call, ports, card, "chat", body, prefix="chatcmpl-", kind="chat.completion")
        if rewrite is not None:
            rewrite(answer["choices"])
        return answer
    source, first = await first_batch(call, ports, card, "chat", body)
    chunks = ChunkStream(
        call,
        card,
        source,
        first,
        prefix="chatcmpl-",
        kind="chat.completion.chunk",
        include_usage=wants_usage(request),
        rewrite=rewrite,
    )
    return {"events": chunks}


def one_call_only(choices: Sequence[Json]) -> None:
    """What `parallel_tool_calls: false` asks for, whatever the engine does: the first tool call and no other."""
    for choice in choices:
        turn = choice.get("message") or choice.get("delta") or {}
        calls = turn.get("tool_calls")
        if calls:
            first = [call for position, call in enumerate(calls) if call.get("index", position) == 0]
            if first:
                turn["tool_calls"] = first
            else:
                del turn["tool_calls"]
