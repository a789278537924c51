"""What an engine says when it refuses, in our words. Its own text is passed on only where it speaks of the request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from usina.core.errors import ApiError, EngineError, NotReadyError, ThrottledError, ValidationError

if TYPE_CHECKING:
    from usina.engine.upstream import RefusedError

_CALLER = frozenset({400, 404, 413, 422})
_WORDS = 300  # characters of the engine's own message that are passed on
_TOO_LONG = ("too large to process", "exceeds the available context", "maximum context length", "input is too long")


def explain(refused: RefusedError) -> ApiError:
    """The error a caller sees for an engine's status and body."""
    error = _error(refused.body)
    text = str(error.get("message") or "")[:_WORDS]
    if any(words in text for words in _TOO_LONG):
        count, most = error.get("n_prompt_tokens"), error.get("n_ctx")
        if isinstance(count, int) and isinstance(most, int):
            return ValidationError(f"Input is too long for requested model: {count} tokens, and it takes {most}.")
        return ValidationError("Input is too long for requested model.")
    if refused.status in _CALLER:
        return ValidationError(
            f"The model's engine refuses the request: {text}" if text else "The model's engine refuses the request."
        )
    if refused.status == 429:  # noqa: PLR2004 - HTTP
        return ThrottledError("the model's engine is busy, please wait before trying again.", retry_after_seconds=2.0)
    if refused.status == 503:  # noqa: PLR2004 - HTTP
        return NotReadyError("the model is not ready to answer yet, please try again.", retry_after_seconds=2.0)
    return EngineError(f"the model's engine failed with status {refused.status}")


def explain_event(event: Any) -> ApiError:
    """The error for an event in mid-stream that is not a chunk."""
    if isinstance(event, dict) and "error" in event:
        return EngineError("the model's engine failed while it answered")
    return EngineError("the model's engine sent something that is not a chunk")


def _error(body: bytes) -> dict[str, Any]:
    try:
        error = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    if isinstance(error, dict) and isinstance(error.get("error"), dict):
        error = error["error"]
    return error if isinstance(error, dict) else {}
