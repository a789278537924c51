"""Chat completions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.operation import Access, operation
from usina.services.openai.answering import ChunkStream, first_batch, whole_answer
from usina.services.openai.chat_request import read_chat
from usina.services.openai.naming import answering_model, touch_model
from usina.services.openai.reshaping import reshape_for
from usina.services.openai.sampling import wants_usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call, Result
    from usina.core.ports import Ports


@operation("openai", "CreateChatCompletion", access=Access.USE, touches=touch_model)
async def create_chat_completion(call: Call[Mapping[str, Any]], ports: Ports) -> Result:
    """Answer a conversation, whole or chunk by chunk."""
    request, body = read_chat(call.arguments)
    card = answering_model(call, ports, "chat")
    reshape = reshape_for(
        one_call=request.parallel_tool_calls is False, alternatives=bool(request.logprobs) and not request.top_logprobs
    )
    if not request.stream:
        answer = await whole_answer(call, ports, card, "chat", body, prefix="chatcmpl-", kind="chat.completion")
        if reshape is not None:
            reshape(answer["choices"])
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
        reshape=reshape,
    )
    return {"events": chunks}
