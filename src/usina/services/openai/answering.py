"""Engine answers -> answers of this API: who answered, under which id, and what was used.

Engines speak OpenAI's format already, so choices pass through untouched; the head is made anew, because an engine's own
id, model path and timings are the engine's business. `created` is when the request came in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from usina.core.errors import EngineError, ValidationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from usina.core.operation import Call, Meter
    from usina.core.ports import Json, ModelCard, Ports, Task
    from usina.services.openai.reshaping import Reshape

TOO_LONG = "Input is too long"  # how engines' refusals of a prompt over the context begin
_PROMPT = {"chat": "messages", "completion": "prompt", "embedding": "input"}
_encode = msgspec.json.Encoder().encode


def count_usage(meter: Meter, usage: Mapping[str, Any]) -> None:
    """Tell the meter what an engine reported."""
    meter.input_tokens += usage.get("prompt_tokens") or 0
    meter.output_tokens += usage.get("completion_tokens") or 0
    details = usage.get("prompt_tokens_details")
    if details:
        meter.cached_tokens += details.get("cached_tokens") or 0


def in_openais_words(error: ValidationError, param: str) -> ValidationError:
    """An engine's refusal of what `param` holds. Clients shorten the chat where the code says that it was too long."""
    if error.code is not None or not error.message.startswith(TOO_LONG):
        return error
    return ValidationError(error.message, code="context_length_exceeded", members={"param": param})


async def whole_answer(
    call: Call[Any], ports: Ports, card: ModelCard, task: Task, body: Json, *, prefix: str, kind: str
) -> Json:
    """Ask the engine and wait for all of it."""
    try:
        answer = await ports.engines.call(card, task, body)
    except ValidationError as error:
        raise in_openais_words(error, _PROMPT[task]) from error
    meter = call.meter
    meter.first_token_at = ports.clock.monotonic()
    usage = answer["usage"]
    count_usage(meter, usage)
    choices = answer["choices"]
    meter.stop_reason = choices[0].get("finish_reason") or ""
    return {
        "id": prefix + call.request_id,
        "object": kind,
        "created": int(call.received_at),
        "model": card.id,
        "choices": choices,
        "usage": usage,
    }


async def first_batch(
    call: Call[Any], ports: Ports, card: ModelCard, task: Task, body: Json
) -> tuple[AsyncIterator[Sequence[Json]], Sequence[Json]]:
    """Start a stream and wait for its first batch: what fails before it is still an answer with a status of its own.

    Raises:
        EngineError: the stream ended before it began.
    """
    source = ports.engines.stream(card, task, body)
    try:
        batch = await anext(source)
    except StopAsyncIteration:
        raise EngineError("The model ended its answer before it began.") from None
    except ValidationError as error:
        raise in_openais_words(error, _PROMPT[task]) from error
    call.meter.first_token_at = ports.clock.monotonic()
    return source, batch


class ChunkStream:
    """Chunks of an engine's stream under our head, encoded once; the usage chunk only for those who asked for it.

    Each chunk costs one small encoding: everything before `choices` is the same in all of them.
    """

    __slots__ = ("_after", "_before", "_first", "_include_usage", "_meter", "_reshape", "_source")

    def __init__(
        self,
        call: Call[Any],
        card: ModelCard,
        source: AsyncIterator[Sequence[Json]],
        first: Sequence[Json],
        *,
        prefix: str,
        kind: str,
        include_usage: bool,
        reshape: Reshape | None = None,
    ) -> None:
        head = {"id": prefix + call.request_id, "object": kind, "created": int(call.received_at), "model": card.id}
        self._before = _encode(head)[:-1] + b',"choices":'
        self._after = b',"usage":null}' if include_usage else b"}"
        self._include_usage = include_usage
        self._meter = call.meter
        self._reshape = reshape
        self._source = source
        self._first: Sequence[Json] | None = first

    def __aiter__(self) -> ChunkStream:
        return self

    async def __anext__(self) -> list[bytes]:
        """The next batch; never an empty one."""
        while True:
            if self._first is None:
                batch = await self._source.__anext__()
            else:
                batch, self._first = self._first, None
            encoded = self._encoded(batch)
            if encoded:
                return encoded

    async def aclose(self) -> None:
        """Free the engine's slot."""
        close = getattr(self._source, "aclose", None)
        if close is not None:
            await close()

    def _encoded(self, batch: Sequence[Json]) -> list[bytes]:
        before, after = self._before, self._after
        encoded = []
        for chunk in batch:
            choices = chunk["choices"]
            if choices:
                reason = choices[0].get("finish_reason")
                if reason is not None:
                    self._meter.stop_reason = reason
                if self._reshape is not None:
                    self._reshape(choices)
                encoded.append(before + _encode(choices) + after)
            else:
                usage = chunk.get("usage")
                if usage is not None:
                    count_usage(self._meter, usage)
                    if self._include_usage:
                        encoded.append(before + b'[],"usage":' + _encode(usage) + b"}")
        return encoded
