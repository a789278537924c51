"""Hands the invocations of models on to be logged, for accounts that asked for it; for all others this does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.invocations import Invocation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from usina.core.errors import ApiError
    from usina.core.invocations import Invocations
    from usina.core.operation import Result
    from usina.pipeline.proofs import Recorded

# Operation -> the argument that names the model.
_LOGGED: Final = {
    "bedrock-runtime:Converse": "modelId",
    "bedrock-runtime:ConverseStream": "modelId",
    "bedrock-runtime:InvokeModel": "modelId",
    "bedrock-runtime:InvokeModelWithResponseStream": "modelId",
    "openai:CreateChatCompletion": "model",
    "openai:CreateCompletion": "model",
    "openai:CreateEmbedding": "model",
    "openai:CreateResponse": "model",
}


class Watch:
    """One invocation that is to be logged when it has ended."""

    def __init__(self, recorded: Recorded, invocations: Invocations) -> None:
        self._parsed = recorded.permitted.parsed
        self._embedding = any(
            resource.attributes.get("task") == "embedding" for resource in recorded.permitted.resources
        )
        self._invocations = invocations

    def streaming(self, result: Result) -> Result:
        """The result, whose stream is kept while it passes."""
        for name, value in result.items():
            if hasattr(value, "__aiter__"):
                return {**result, name: self._kept(value)}
        return result

    async def _kept(self, batches: AsyncIterator[Sequence[Any]]) -> AsyncIterator[Sequence[Any]]:
        events: list[Any] = []  # no more than one answer of a model, which its context bounds
        try:
            async for batch in batches:
                events.extend(batch)
                yield batch
        finally:
            close = getattr(batches, "aclose", None)
            if close is not None:
                await close()
            self.ended(tuple(events))

    def failed(self, error: ApiError) -> None:
        """The handler said no."""
        self.ended(b"", error.code or error.error_kind.value)

    def ended(self, answer: bytes | tuple[Any, ...], error_code: str = "") -> None:
        """It is over."""
        call, operation = self._parsed.call, self._parsed.operation
        meter = call.meter
        self._invocations.offer(
            Invocation(
                call.principal.account,
                call.principal.arn,
                call.request_id,
                operation.name,
                str(call.arguments.get(_LOGGED[operation.id], "")),
                call.received_at,
                self._parsed.caller.payload,
                answer,
                meter.input_tokens,
                meter.output_tokens,
                meter.cached_tokens,
                error_code,
                self._embedding,
            )
        )


def watched(recorded: Recorded, invocations: Invocations | None) -> Watch | None:
    """What keeps this invocation; None where nobody asked for it."""
    if invocations is None:
        return None
    parsed = recorded.permitted.parsed
    if parsed.operation.id not in _LOGGED or not invocations.wanted(parsed.call.principal.account):
        return None
    return Watch(recorded, invocations)
