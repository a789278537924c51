"""Tools and what came of them as plain messages, for models whose template knows no tools.

The same words for every model: what is decoded is held to its form by the grammar, so the words only have to be clear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.ports import Json

CALL_MARK = "<tool_call>"  # begins a call where plain text is allowed too
_HOW_TO_CALL = 'To call a function, answer with one JSON object {"name": the function, "arguments": its arguments}.'
_OR_TEXT = "Call a function only where it is needed; else answer in plain text."


def system_words(tools: Sequence[Json], *, may_answer: bool) -> str:
    """What the model is told about the tools."""
    described = "\n".join(msgspec.json.encode(tool["function"]).decode() for tool in tools)
    words = f"You can call functions. Available functions:\n{described}\n{_HOW_TO_CALL}"
    return f"{words} {_OR_TEXT}" if may_answer else words


def plain_messages(messages: Sequence[Any], system: str) -> list[Json]:
    """The conversation with calls and their results as text, and `system` added to what the system says.

    Raises: ValidationError where a message does not have its form.
    """
    plain: list[Json] = []
    names: dict[str, str] = {}
    rewritten = False
    for message in messages:
        if not isinstance(message, dict):
            raise ValidationError("messages must be objects.")
        role = message.get("role")
        if role == "tool":
            call_id = str(message.get("tool_call_id", ""))
            text = f"Result of {names.get(call_id) or message.get('name') or 'the function'}: {text_of(message)}"
            rewritten = _append(plain, {"role": "user", "content": text}, join=rewritten)
        elif role == "assistant" and message.get("tool_calls"):
            calls = [_call_text(call, names) for call in message["tool_calls"]]
            text = "\n".join(filter(None, [text_of(message), *calls]))
            plain.append({"role": "assistant", "content": text})
        else:
            made = {**message, "content": text_of(message)}
            rewritten = _append(plain, made, join=rewritten and role == "user")
    if not system:
        return plain
    if plain and plain[0].get("role") in {"system", "developer"}:
        return [{"role": "system", "content": f"{plain[0]['content']}\n\n{system}"}, *plain[1:]]
    return [{"role": "system", "content": system}, *plain]


def text_of(message: Json) -> str:
    """The text of a message, whose content is text, parts of text, or nothing."""
    content = message.get("content")
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list) and all(isinstance(part, dict) and part.get("type") == "text" for part in content):
        return "".join(str(part.get("text", "")) for part in content)
    raise ValidationError("A message's content must be text: this model takes no images or files.")


def _append(plain: list[Json], message: Json, *, join: bool) -> bool:
    """Add it, to the one before where both are the user's: many templates insist that roles take turns."""
    if join and plain and plain[-1]["role"] == "user":
        plain[-1] = {"role": "user", "content": f"{plain[-1]['content']}\n{message['content']}"}
    else:
        plain.append(message)
    return bool(plain[-1]["role"] == "user")


def _call_text(call: Any, names: dict[str, str]) -> str:
    try:
        function = call["function"]
        names[str(call.get("id", ""))] = str(function["name"])
        name = msgspec.json.encode(str(function["name"])).decode()
        return f'{{"name": {name}, "arguments": {function["arguments"] or "{}"}}}'
    except (KeyError, TypeError) as error:
        raise ValidationError("A tool call needs function.name and function.arguments.") from error
