"""Embeddings, as numbers or as base64 of little-endian float32 (what OpenAI's Python client asks for by default)."""

from __future__ import annotations

import struct
from base64 import b64encode
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from usina.core.errors import EngineError, ValidationError
from usina.core.operation import Access, operation
from usina.services.openai.answering import count_usage, in_openais_words
from usina.services.openai.checking import IGNORED, Refusals, checked, invalid
from usina.services.openai.naming import answering_model, touch_model
from usina.services.openai.sampling import Text, Tokens  # noqa: TC001 - msgspec reads annotations at run time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call, Result
    from usina.core.ports import Json, Ports

REFUSED_IN_EMBEDDINGS: Final = Refusals({})
_MOST_TEXTS = 2_048  # OpenAI's own limit


class EmbeddingRequest(msgspec.Struct):
    """The body of `POST /v1/embeddings`."""

    model: str
    input: Text | Annotated[list[Text], Meta(min_length=1, max_length=_MOST_TEXTS)]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Tokens | None = None


@operation("openai", "CreateEmbedding", access=Access.USE, touches=touch_model)
async def create_embedding(call: Call[Mapping[str, Any]], ports: Ports) -> Result:
    """Turn texts into vectors, in the order of the texts."""
    arguments = call.arguments
    _refuse_token_ids(arguments.get("input"))
    request = checked(EmbeddingRequest, arguments, IGNORED, REFUSED_IN_EMBEDDINGS)
    card = answering_model(call, ports, "embedding")
    own = card.embedding_dimensions
    if request.dimensions is not None and request.dimensions != own:
        raise invalid(
            "dimensions",
            f"the vectors of this model have {own} dimensions, and cutting them would spoil them.",
            "unsupported_value",
        )
    texts = [request.input] if isinstance(request.input, str) else request.input
    try:
        answer = await ports.engines.call(card, "embedding", {"input": texts})
    except ValidationError as error:
        raise in_openais_words(error, "input") from error
    vectors = _in_order(answer["data"], len(texts))
    usage = answer["usage"]
    count_usage(call.meter, usage)
    call.meter.first_token_at = ports.clock.monotonic()
    written = [_base64(vector) for vector in vectors] if request.encoding_format == "base64" else vectors
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(written)],
        "model": card.id,
        "usage": {"prompt_tokens": call.meter.input_tokens, "total_tokens": call.meter.input_tokens},
    }


def _refuse_token_ids(given: Any) -> None:
    if isinstance(given, list) and given and isinstance(given[0], (int, list)):
        raise invalid(
            "input",
            "token ids are not supported, because they are another tokenizer's: send the texts themselves "
            "(langchain-openai does so with check_embedding_ctx_length=False).",
            "unsupported_value",
        )


def _in_order(data: Sequence[Json], expected: int) -> list[Sequence[float]]:
    if len(data) != expected:
        raise EngineError("The model gave another number of vectors than it was asked for.")
    return [entry["embedding"] for entry in sorted(data, key=lambda entry: int(entry["index"]))]


def _base64(vector: Sequence[float]) -> str:
    return b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")
