"""InvokeModel and InvokeModelWithResponseStream: each family of models in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from usina.core.errors import ValidationError
from usina.core.operation import Access, operation
from usina.services.bedrock_runtime import models
from usina.services.bedrock_runtime.answers import ChunkReader, whole
from usina.services.bedrock_runtime.families import cohere_embed, family_of
from usina.services.bedrock_runtime.families.family import ChatFamily, Frame, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from usina.core.operation import Call, EventBatches
    from usina.core.ports import Json, Ports, Resolution
    from usina.services.bedrock_runtime.answers import Ending
    from usina.services.bedrock_runtime.families.family import Ask
    from usina.shapes.bedrock_runtime_types import (
        InvokeModelRequest,
        InvokeModelResponse,
        InvokeModelWithResponseStreamRequest,
        InvokeModelWithResponseStreamResponse,
    )

_JSON = "application/json"
_MILLISECONDS = 1_000
_METRICS = "amazon-bedrock-invocationMetrics"
_MOST_CUTS = 12  # of a text that is too long, each to a share of the one before
_CUT_SHARE = 0.75
_MOST_METADATA = 16
_encode = msgspec.json.Encoder().encode
_metadata = msgspec.json.Decoder(dict[str, str])


@operation("bedrock-runtime", "InvokeModel", access=Access.USE, touches=models.touches)
async def invoke_model(call: Call[InvokeModelRequest], ports: Ports) -> InvokeModelResponse:
    """One whole answer in the family's own form."""
    started = ports.clock.monotonic()
    found = models.resolve(call, ports)
    _check_headers(call.arguments)
    body: bytes = call.arguments.get("body") or b""
    family = family_of(found, body)
    ask = family.parse(body, found)
    frame = _frame(call, found)
    if not isinstance(family, ChatFamily):
        answer = await _embed(ports, found, ask)
        call.meter.input_tokens = (answer.get("usage") or {}).get("prompt_tokens", 0)
        made = family.answer(ask, answer, frame)
    else:
        answer = await ports.engines.call(found.card, ask.task, ask.body)
        reader = ChunkReader(ports, call.meter, found.card, ask.body.get("max_tokens"))
        steps = reader.read(whole(answer))
        made = family.answer(ask, Reply(answer, steps, reader.ending(), frame))
    result: InvokeModelResponse = {"body": _encode(made), "contentType": _JSON}
    _add_context(result, call.arguments)
    # Where clients such as langchain-aws read the usage of an answer; botocore's shape has no member for it.
    call.meter.headers = {
        "X-Amzn-Bedrock-Input-Token-Count": str(call.meter.input_tokens),
        "X-Amzn-Bedrock-Output-Token-Count": str(call.meter.output_tokens),
        "X-Amzn-Bedrock-Invocation-Latency": str(round((ports.clock.monotonic() - started) * _MILLISECONDS)),
    }
    return result


@operation("bedrock-runtime", "InvokeModelWithResponseStream", access=Access.USE, touches=models.touches)
async def invoke_model_with_response_stream(
    call: Call[InvokeModelWithResponseStreamRequest], ports: Ports
) -> InvokeModelWithResponseStreamResponse:
    """The answer as it comes, in the family's own chunks."""
    started = ports.clock.monotonic()
    found = models.resolve(call, ports)
    _check_headers(call.arguments)
    body: bytes = call.arguments.get("body") or b""
    family = family_of(found, body)
    if not isinstance(family, ChatFamily):
        raise ValidationError("The model is unsupported for streaming.")
    ask = family.parse(body, found)
    batches = ports.engines.stream(found.card, ask.task, ask.body)
    first = await models.first_of(batches)
    frame = _frame(call, found)
    events: Any = _events(call, ports, _Stream(found, family, ask, frame, started), first, batches)
    result: InvokeModelWithResponseStreamResponse = {"body": events, "contentType": _JSON}
    _add_context(result, call.arguments)
    return result


class _Stream(NamedTuple):
    """What one streaming answer is made with."""

    found: Resolution
    family: ChatFamily
    ask: Ask
    frame: Frame
    started: float


async def _events(
    call: Call[Any],
    ports: Ports,
    stream: _Stream,
    first: Sequence[Json],
    batches: AsyncIterator[Sequence[Json]],
) -> EventBatches:
    reader = ChunkReader(ports, call.meter, stream.found.card, stream.ask.body.get("max_tokens"))
    chunks = stream.family.chunks(stream.ask, stream.frame)
    try:
        opening = [*chunks.begin(), *chunks.feed(first, reader.read(first))]
        if opening:
            yield _parts(opening)
        async for batch in batches:
            made = chunks.feed(batch, reader.read(batch))
            if made:
                yield _parts(made)
    finally:
        await models.close(batches)
    ending = reader.ending()
    last = chunks.end(ending)
    last[-1] = {**last[-1], _METRICS: _metrics(call, ports, ending, stream.started)}
    yield _parts(last)


def _parts(chunks: Sequence[Json]) -> list[Json]:
    return [{"chunk": {"bytes": _encode(chunk)}} for chunk in chunks]


def _metrics(call: Call[Any], ports: Ports, ending: Ending, started: float) -> Json:
    first = call.meter.first_token_at
    now = ports.clock.monotonic()
    return {
        "inputTokenCount": ending.input_tokens,
        "outputTokenCount": ending.output_tokens,
        "invocationLatency": round((now - started) * _MILLISECONDS),
        "firstByteLatency": round(((now if first is None else first) - started) * _MILLISECONDS),
    }


async def _embed(ports: Ports, found: Resolution, ask: Ask) -> Json:
    """The engine's embeddings; texts that are too long are cut where the caller allowed it.

    Only the engine can count the tokens of an embedding model: so a cut is tried, and tried shorter.
    """
    for _ in range(_MOST_CUTS):
        try:
            return await ports.engines.call(found.card, "embedding", ask.body)
        except ValidationError:
            shorter = cohere_embed.truncated(ask, _CUT_SHARE)
            if shorter is None:
                raise
            ask = shorter
    return await ports.engines.call(found.card, "embedding", ask.body)


def _frame(call: Call[Any], found: Resolution) -> Frame:
    return Frame(found.card.id, call.request_id, int(call.received_at))


def _add_context(result: Any, arguments: Mapping[str, Any]) -> None:
    for name in ("performanceConfigLatency", "serviceTier"):
        if arguments.get(name):
            result[name] = arguments[name]


def _check_headers(arguments: Mapping[str, Any]) -> None:
    """What the headers ask for.

    Raises:
        ValidationError: another form than JSON, or something this site does not serve.
    """
    content_type = arguments.get("contentType")
    if content_type and _media_type(content_type) not in {_JSON, "*/*"}:
        raise ValidationError("The provided Content Type is invalid or not supported for this model")
    accept = arguments.get("accept")
    if accept and not {_JSON, "*/*", "application/*"}.intersection(_media_type(part) for part in accept.split(",")):
        raise ValidationError("The provided Accept Type is invalid or not supported for this model")
    if arguments.get("guardrailIdentifier") or arguments.get("guardrailVersion"):
        raise ValidationError(
            "This model doesn't support the guardrailIdentifier field: this site serves no guardrails. "
            "Remove it and try again."
        )
    if arguments.get("trace", "DISABLED") != "DISABLED":
        raise ValidationError(
            "This model doesn't support the trace field: this site serves no guardrails to trace. "
            "Remove it and try again."
        )
    if arguments.get("performanceConfigLatency") == "optimized":
        raise ValidationError("Latency performance configuration is not supported for this model. Use standard.")
    tier = arguments.get("serviceTier")
    if tier and tier != "default":
        raise ValidationError(f"The service tier {tier} is not supported for this model. Use default.")
    _check_metadata(arguments.get("requestMetadata"))


def _check_metadata(text: str | None) -> None:
    if not text:
        return
    try:
        pairs = _metadata.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise ValidationError("The value at requestMetadata must be a JSON object of strings.") from None
    if len(pairs) > _MOST_METADATA:
        raise ValidationError(f"The value at requestMetadata must have at most {_MOST_METADATA} members.")


def _media_type(text: str) -> str:
    return text.partition(";")[0].strip().lower()
