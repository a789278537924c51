"""What a caller is told when an endpoint outside refuses or fails: its words only where they speak of the request.

A status that says that nothing was done lets clients try again. One that leaves that open has a code that AWS's clients
do not repeat by themselves: to ask again may be billed again, so a person or program must want it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from usina.core.errors import (
    ApiError,
    EngineError,
    EngineTimeoutError,
    LimitExceededError,
    ThrottledError,
    UnavailableError,
    ValidationError,
)

if TYPE_CHECKING:
    from usina.federation.exchange import LostError

_WORDS = 300  # characters of the endpoint's own message that are passed on
_RETRY_SECONDS = 2.0
_MOST_RETRY_SECONDS = 300.0
_CALLERS = frozenset({400, 413, 415, 422})
_CREDENTIALS = frozenset({401, 403})
_LATE = frozenset({408, 504})
_TOO_LONG = ("input is too long", "maximum context length", "too many input tokens")


def refusal(status: int, code: str, message: str, retry_after: str = "") -> ApiError:
    """The error for a status and the endpoint's own code (Bedrock's exception names, OpenAI's codes)."""
    told = "".join(filter(str.isprintable, message))[:_WORDS]
    if "quota" in code.lower():
        return LimitExceededError("The cloud says that this site's quota there is used up. Tell the site's operator.")
    if status == 429 or "throttling" in code.lower():  # noqa: PLR2004 - HTTP
        return ThrottledError(
            "the cloud's endpoint is busy, please wait before trying again.", retry_after_seconds=_seconds(retry_after)
        )
    if any(words in told.lower() for words in _TOO_LONG):
        return ValidationError("Input is too long for requested model.")
    if status in _CALLERS:
        return ValidationError(f"The cloud's endpoint refuses the request: {told or 'it does not say why'}")
    if status in _CREDENTIALS:
        return EngineError(
            "The cloud's endpoint does not accept this site's credentials for the model. The site's administrator "
            "must see to them (usina cloud add)."
        )
    if status == 404:  # noqa: PLR2004 - HTTP
        return EngineError(
            "The cloud's endpoint does not know the model. The site's administrator must correct its name there "
            "(usina cloud add)."
        )
    if status in _LATE:
        return EngineTimeoutError("The cloud's model gave no answer in time.")
    if status == 503:  # noqa: PLR2004 - HTTP
        return UnavailableError(
            "The cloud's endpoint is not available now, please try again.", retry_after_seconds=_seconds(retry_after)
        )
    return EngineError(f"The cloud's endpoint failed with status {status}.")


def lost(error: LostError) -> ApiError:
    """The error where a request left and its answer did not come whole."""
    kind = EngineTimeoutError if error.late else EngineError
    return kind(f"The cloud's endpoint was asked, and its answer did not come whole: {error}. It may have been billed.")


def _seconds(retry_after: str) -> float:
    return min(float(retry_after), _MOST_RETRY_SECONDS) if retry_after.isdecimal() else _RETRY_SECONDS
