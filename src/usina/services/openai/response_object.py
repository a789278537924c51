"""The `response` object of the Responses API, built from a chat answer or piece by piece from a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Json, ModelCard

_INCOMPLETE: Final = {"length": "max_output_tokens", "content_filter": "content_filter"}


def response_head(call: Call[Any], card: ModelCard) -> Json:
    """What is known before the model speaks: the request's own settings come back in it."""
    given: Mapping[str, Any] = call.arguments

    def of(name: str, *, default: Any) -> Any:
        value = given.get(name)
        return default if value is None else value

    return {
        "id": f"resp_{call.request_id}",
        "object": "response",
        "created_at": int(call.received_at),
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": given.get("instructions"),
        "max_output_tokens": given.get("max_output_tokens"),
        "metadata": of("metadata", default={}),
        "model": card.id,
        "output": [],
        "parallel_tool_calls": of("parallel_tool_calls", default=True),
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": False,
        "temperature": of("temperature", default=1.0),
        "text": of("text", default={"format": {"type": "text"}}),
        "tool_choice": of("tool_choice", default="auto"),
        "tools": of("tools", default=[]),
        "top_logprobs": of("top_logprobs", default=0),
        "top_p": of("top_p", default=1.0),
        "truncation": "disabled",
        "usage": None,
        "user": given.get("user"),
    }


def finished(head: Json, output: Sequence[Json], finish_reason: str, usage: Mapping[str, Any]) -> Json:
    """The response with its output; cut short by a limit it is `incomplete`."""
    reason = _INCOMPLETE.get(finish_reason)
    return {
        **head,
        "status": "completed" if reason is None else "incomplete",
        "incomplete_details": None if reason is None else {"reason": reason},
        "output": list(output),
        "usage": usage_of(usage),
    }


def item_status(finish_reason: str) -> str:
    """Status of the last output item."""
    return "incomplete" if finish_reason in _INCOMPLETE else "completed"


def usage_of(usage: Mapping[str, Any]) -> Json:
    """Chat usage in the words of this API."""
    read, written = usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    reasoned = (usage.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0
    return {
        "input_tokens": read,
        "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": reasoned},
        "total_tokens": read + written,
    }


def text_part(text: str, logprobs: Sequence[Json]) -> Json:
    """The text of a message item."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": list(logprobs)}


def message_item(item_id: str, status: str, parts: Sequence[Json]) -> Json:
    """What the model said."""
    return {"id": item_id, "type": "message", "role": "assistant", "status": status, "content": list(parts)}


def call_item(item_id: str, status: str, call_id: str, name: str, arguments: str) -> Json:
    """A function that the model calls."""
    return {
        "id": item_id,
        "type": "function_call",
        "status": status,
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
    }


def reasoning_item(item_id: str, status: str, text: str) -> Json:
    """What a reasoning model thought aloud; it is the model's own text, so no summary is made of it."""
    content = [{"type": "reasoning_text", "text": text}] if text else []
    return {"id": item_id, "type": "reasoning", "status": status, "summary": [], "content": content}


def items_of(request_id: str, choice: Mapping[str, Any]) -> list[Json]:
    """Output items of a whole chat answer: reasoning and text, if any, then the calls."""
    message = choice["message"]
    calls = message.get("tool_calls") or []
    status = item_status(choice.get("finish_reason") or "")
    items = []
    if thought := message.get("reasoning_content") or message.get("reasoning"):
        items.append(reasoning_item(f"rs_{request_id}_0", "completed", thought))
    text = message.get("content") or ""
    if text or not calls:
        logprobs = (choice.get("logprobs") or {}).get("content") or []
        items.append(message_item(f"msg_{request_id}_{len(items)}", status, [text_part(text, logprobs)]))
    for call in calls:
        function = call["function"]
        item_id = f"fc_{request_id}_{len(items)}"
        items.append(call_item(item_id, status, call["id"], function["name"], function["arguments"]))
    return items
