"""The Responses API over the same chats: each request stands alone, nothing of it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.operation import Access, operation
from usina.services.openai.answering import first_batch, whole_answer
from usina.services.openai.naming import answering_model, touch_model
from usina.services.openai.reshaping import reshape_for
from usina.services.openai.response_events import ResponseEvents
from usina.services.openai.response_object import finished, items_of, response_head
from usina.services.openai.response_request import read_response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call, Result
    from usina.core.ports import Ports


@operation("openai", "CreateResponse", access=Access.USE, touches=touch_model)
async def create_response(call: Call[Mapping[str, Any]], ports: Ports) -> Result:
    """Answer input items, whole or event by event."""
    request, body = read_response(call.arguments)
    card = answering_model(call, ports, "chat")
    head = response_head(call, card)
    reshape = reshape_for(
        one_call=request.parallel_tool_calls is False, alternatives="logprobs" in body and "top_logprobs" not in body
    )
    if request.stream:
        source, first = await first_batch(call, ports, card, "chat", body)
        return {"events": ResponseEvents(head, call, source, first, reshape)}
    answer = await whole_answer(call, ports, card, "chat", body, prefix="", kind="")
    if reshape is not None:
        reshape(answer["choices"])
    choice = answer["choices"][0]
    return finished(head, items_of(call.request_id, choice), choice.get("finish_reason") or "", answer["usage"])
