"""What went wrong with a model, in the words of InvokeEndpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from usina.core.errors import ApiError, CallerError, EngineError, Kind, UsinaError, WaitError
from usina.engine.serving.wire import ServerFaultError, ServerGoneError, ServerSlowError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from usina.core.endpoints import Answer

SUCCESS: Final = 2  # of HTTP, in hundreds
_CLIENT_FAULT, _SERVER_FAULT = 400, 500
_MESSAGE_CHARACTERS = 2_048
_SLOW = (
    "Your invocation timed out while waiting for a response from container primary. Review the latency metrics for "
    "each container in Amazon CloudWatch, resolve the issue, and try again."
)


def refused(answer: Answer, group: str) -> ApiError:
    """The model answered that it cannot."""
    said = answer.body.decode("utf-8", "replace")[:_MESSAGE_CHARACTERS]
    side = "server" if answer.status >= _SERVER_FAULT else "client"
    return _model_error(f"Received {side} error ({answer.status}) from primary", answer.status, said, group)


def broken(error: UsinaError, group: str) -> ApiError:
    """The model did not answer, or not to the end. An error that is in the service's words already stays."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, ServerGoneError) and error.never_sent:
        return EngineError("The model server is being started again. Try again.", code="ServiceUnavailable")
    said = _SLOW if isinstance(error, ServerSlowError) else str(error)
    return _model_error("Received server error (0) from primary", 0, said, group)


def status_of(error: ApiError) -> int:
    """What an error counts as: the model's own status, where it gave one."""
    original = error.members.get("OriginalStatusCode")
    if isinstance(original, int) and original:
        return original
    return _CLIENT_FAULT if isinstance(error, CallerError | WaitError) else _SERVER_FAULT


async def translated(pieces: AsyncIterator[bytes], group: str) -> AsyncIterator[bytes]:
    """Pieces of a stream, whose end before its end becomes the protocol's own error."""
    try:
        async for piece in pieces:
            yield piece
    except (ServerGoneError, ServerSlowError, ServerFaultError) as error:
        said = _SLOW if isinstance(error, ServerSlowError) else str(error)
        raise EngineError(
            f"{said} See log group {group} for more information.",
            code="ModelStreamError",
            members={"ErrorCode": "ModelInvocationTimeExceeded" if said is _SLOW else "StreamBroken"},
        ) from error
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()


def _model_error(what: str, status: int, said: str, group: str) -> ApiError:
    return EngineError(
        f'{what} with message "{said}". See log group {group} for more information.',
        code="ModelError",
        members={"OriginalStatusCode": status, "OriginalMessage": said, "LogStreamArn": group},
        kind=Kind.ENGINE_FAILED,
    )
