"""Input items of the Responses API -> the messages of a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from usina.services.openai.checking import invalid, missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.errors import ValidationError
    from usina.core.ports import Json

_TEXT_PARTS = frozenset({"input_text", "output_text", "text"})


class ItemPart(msgspec.Struct):
    """A piece of a message's content or of a function's output."""

    type: str
    text: str | None = None
    refusal: str | None = None


class Item(msgspec.Struct):
    """One input item: a message, a function call of an earlier answer, its output, or reasoning (which is dropped)."""

    type: str | None = None
    role: Literal["system", "developer", "user", "assistant"] | None = None
    content: str | list[ItemPart] | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: str | list[ItemPart] | None = None


def messages_of(given: str | Sequence[Item], instructions: str | None) -> list[Json]:
    """The chat: instructions first, then each item in its place.

    Raises:
        ValidationError: an item that is not served, or one without what it needs.
    """
    messages: list[Json] = [{"role": "system", "content": instructions}] if instructions else []
    if isinstance(given, str):
        messages.append({"role": "user", "content": given})
        return messages
    for index, item in enumerate(given):
        _add(messages, item, f"input[{index}]")
    if all(message["role"] == "system" for message in messages):
        raise invalid("input", "holds nothing to answer: no message of a user, no output of a function.")
    return messages


def _add(messages: list[Json], item: Item, at: str) -> None:
    kind = item.type or "message"
    if kind == "message":
        if item.role is None:
            raise missing(f"{at}.role")
        if item.content is None:
            raise missing(f"{at}.content")
        role = "system" if item.role == "developer" else item.role
        messages.append({"role": role, "content": _text(item.content, f"{at}.content")})
    elif kind == "function_call":
        _add_call(messages, item, at)
    elif kind == "function_call_output":
        if not item.call_id:
            raise missing(f"{at}.call_id")
        if item.output is None:
            raise missing(f"{at}.output")
        content = _text(item.output, f"{at}.output")
        messages.append({"role": "tool", "tool_call_id": item.call_id, "content": content})
    elif kind != "reasoning":
        raise _not_served(kind, at)


def _add_call(messages: list[Json], item: Item, at: str) -> None:
    if not item.call_id or not item.name or item.arguments is None:
        raise missing(f"{at}.{'call_id' if not item.call_id else 'name' if not item.name else 'arguments'}")
    call = {"id": item.call_id, "type": "function", "function": {"name": item.name, "arguments": item.arguments}}
    if messages and messages[-1]["role"] == "assistant":  # one turn: its text, then its calls
        messages[-1].setdefault("tool_calls", []).append(call)
    else:
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})


def _text(content: str | Sequence[ItemPart], at: str) -> str:
    if isinstance(content, str):
        return content
    texts = []
    for index, part in enumerate(content):
        text = part.text if part.type in _TEXT_PARTS else part.refusal if part.type == "refusal" else None
        if text is None:
            if part.type in _TEXT_PARTS or part.type == "refusal":
                raise missing(f"{at}[{index}].{'refusal' if part.type == 'refusal' else 'text'}")
            raise invalid(f"{at}[{index}]", "the models of this site read text only.", "unsupported_content")
        texts.append(text)
    return "\n".join(texts)


def _not_served(kind: str, at: str) -> ValidationError:
    if kind == "item_reference":
        return invalid(f"{at}.type", "nothing is stored on this site: send the item itself.", "unsupported_value")
    return invalid(f"{at}.type", "items of this type are not served on this site.", "unsupported_value")
