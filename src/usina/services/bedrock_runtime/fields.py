"""Converse's `additionalModelRequestFields` and `additionalModelResponseFieldPaths`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from usina.core.ports import Json

_MOST_LOGPROBS = 20
_PENALTY = 2.0


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_integer(value) and value >= 0


def _is_penalty(value: Any) -> bool:
    return _is_number(value) and -_PENALTY <= value <= _PENALTY


def _is_bias(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_number(weight) for weight in value.values())


# name as callers write it -> (the engines' name, what its value must be, said in words)
_KNOWN: Final[Mapping[str, tuple[str, Callable[[Any], bool], str]]] = {
    "top_k": ("top_k", _is_count, "an integer that is not negative"),  # Anthropic, Mistral
    "topK": ("top_k", _is_count, "an integer that is not negative"),  # Nova
    "k": ("top_k", _is_count, "an integer that is not negative"),  # Cohere
    "seed": ("seed", _is_integer, "an integer"),
    "frequency_penalty": ("frequency_penalty", _is_penalty, "a number from -2 to 2"),
    "presence_penalty": ("presence_penalty", _is_penalty, "a number from -2 to 2"),
    "logit_bias": ("logit_bias", _is_bias, "an object of numbers"),
    "logprobs": ("logprobs", lambda value: isinstance(value, bool), "true or false"),
    "top_logprobs": (
        "top_logprobs",
        lambda value: _is_count(value) and value <= _MOST_LOGPROBS,
        f"an integer from 0 to {_MOST_LOGPROBS}",
    ),
}


def add(extra: Any, body: Json) -> None:
    """Put the known ones into the engine's body.

    `anthropic_beta` opens features by name and is accepted: what is not here is refused where it is used. `thinking`
    may say that it is disabled. Nova nests its own under `inferenceConfig`.

    Raises:
        ValidationError: a field that no engine of this site knows, or of a wrong value.
    """
    if not isinstance(extra, dict):
        raise ValidationError("The value at additionalModelRequestFields must be a JSON object.")
    for name, value in extra.items():
        known = _KNOWN.get(name)
        if known is not None:
            target, is_right, words = known
            if not is_right(value):
                raise ValidationError(f"The value at additionalModelRequestFields.{name} must be {words}.")
            body[target] = value
        elif name == "inferenceConfig" and isinstance(value, dict):
            add(value, body)
        elif name == "thinking" and isinstance(value, dict) and value.get("type") != "disabled":
            raise ValidationError(
                "This model doesn't support the additionalModelRequestFields.thinking field. Remove it and try again."
            )
        elif name not in {"anthropic_beta", "thinking"}:
            raise ValidationError(
                f"Malformed input request: #: extraneous key [{name}] is not permitted, "
                "please reformat your input and try again."
            )


def check_paths(paths: Sequence[str]) -> None:
    """Raises:
    ValidationError: a path that is no JSON pointer (RFC 6901).
    """
    for position, path in enumerate(paths):
        if not path.startswith("/"):
            raise ValidationError(
                f"The value at additionalModelResponseFieldPaths.{position} is not a JSON pointer: it starts with no /."
            )


def pick(document: Mapping[str, Any], paths: Sequence[str]) -> Json:
    """What lies at those JSON pointers, each under the keys of its path; a path that leads nowhere gives nothing."""
    picked: Json = {}
    for path in paths:
        keys = [key.replace("~1", "/").replace("~0", "~") for key in path[1:].split("/")]
        found, value = _follow(document, keys)
        if found:
            place = picked
            for key in keys[:-1]:
                inner = place.get(key)
                if not isinstance(inner, dict):
                    inner = place[key] = {}
                place = inner
            place[keys[-1]] = value
    return picked


def _follow(document: Any, keys: Sequence[str]) -> tuple[bool, Any]:
    value = document
    for key in keys:
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return (False, None)
    return (True, value)
