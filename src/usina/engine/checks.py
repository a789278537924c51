"""What a request's members may be, before an engine sees them: engines answer some wrong types with a 500.

The services have checked what their own service models say; this is the last word for all of them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from usina.core.ports import Json, Task

_MOST_TOKENS = 2**31 - 1
_MOST_STOPS = 64
_MOST_STOP_CHARACTERS = 1_000
_MOST_BIASES = 1_024
_MOST_BIAS = 100
_MOST_LOGPROBS = 20
_MOST_INPUTS = 2_048
_SEEDS = 2**63
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})


def _number(low: float, high: float) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value)
        and low <= value <= high
    )


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _stop(value: Any) -> bool:
    stops = [value] if isinstance(value, str) else value
    return (
        isinstance(stops, list)
        and len(stops) <= _MOST_STOPS
        and all(isinstance(one, str) and 0 < len(one) <= _MOST_STOP_CHARACTERS for one in stops)
    )


def _biases(value: Any) -> bool:
    fits = _number(-_MOST_BIAS, _MOST_BIAS)
    return (
        isinstance(value, dict)
        and len(value) <= _MOST_BIASES
        and all(isinstance(key, str) and key.isdecimal() and fits(bias) for key, bias in value.items())
    )


def _logprobs(value: Any) -> bool:
    return isinstance(value, bool) or _whole(0, _MOST_LOGPROBS)(value)


def _tokens(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_whole(0, _MOST_TOKENS)(token) for token in value)


def _prompt(value: Any) -> bool:
    return isinstance(value, str) or _tokens(value)


def _input(value: Any) -> bool:
    if _prompt(value):
        return True
    return isinstance(value, list) and 0 < len(value) <= _MOST_INPUTS and all(_prompt(one) for one in value)


_MEMBERS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "max_tokens": (_whole(1, _MOST_TOKENS), "a whole number of at least 1"),
    "temperature": (_number(0, 100), "a number of at least 0"),
    "top_p": (_number(0, 1), "a number from 0 to 1"),
    "top_k": (_whole(-1, _MOST_TOKENS), "a whole number of at least -1"),
    "seed": (_whole(-_SEEDS, _SEEDS - 1), "a whole number of 64 bits"),
    "stop": (_stop, f"a text or at most {_MOST_STOPS} texts, none of them empty"),
    "frequency_penalty": (_number(-2, 2), "a number from -2 to 2"),
    "presence_penalty": (_number(-2, 2), "a number from -2 to 2"),
    "logit_bias": (_biases, "an object of token ids and numbers from -100 to 100"),
    "logprobs": (_logprobs, f"true, false, or a whole number up to {_MOST_LOGPROBS}"),
    "top_logprobs": (_whole(0, _MOST_LOGPROBS), f"a whole number from 0 to {_MOST_LOGPROBS}"),
    "prompt": (_prompt, "a text or a list of token ids"),
    "input": (_input, f"a text, a list of token ids, or a list of at most {_MOST_INPUTS} of these"),
}


def check(task: Task, body: Json) -> None:
    """Raises: ValidationError naming the member and what it must be."""
    for name, value in body.items():
        member = _MEMBERS.get(name)
        if member is not None and value is not None and not member[0](value):
            raise ValidationError(f"{name} must be {member[1]}.")
    if task == "chat":
        check_messages(body.get("messages"))
    elif task == "completion" and body.get("prompt") is None:
        raise ValidationError("prompt is missing.")
    elif task == "embedding" and body.get("input") is None:
        raise ValidationError("input is missing.")


def check_messages(messages: Any) -> None:
    """Raises: ValidationError where they are not messages of text."""
    if not isinstance(messages, list) or not messages:
        raise ValidationError("messages must be a list with at least one message.")
    for message in messages:
        role = message.get("role") if isinstance(message, dict) else None
        if not isinstance(role, str) or role not in _ROLES:
            raise ValidationError(f"Each of messages must be an object with a role of {', '.join(sorted(_ROLES))}.")
        content = message.get("content")
        if type(content) is str or (content is None and message.get("tool_calls")):
            continue
        parts = content if isinstance(content, list) else [None]
        for part in parts:
            if not isinstance(part, dict) or part.get("type") != "text" or not isinstance(part.get("text"), str):
                raise ValidationError("A message's content must be text: this model takes no images or files.")
