"""Cohere Embed's bodies, v3 and the texts of v4.

Form: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed-v3.html. `input_type` is checked and
changes nothing: the models here know no such marks. `int8` and `uint8` are refused: their scale is learnt with
the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec

from usina.core.errors import ValidationError
from usina.services.bedrock_runtime.families.family import Ask, EmbeddingFamily, Frame, decode, malformed
from usina.services.bedrock_runtime.families.vectors import packed_signs, vectors_of

if TYPE_CHECKING:
    from usina.core.ports import Json, Resolution

_MOST_TEXTS = 96  # as documented
Kind = Literal["float", "int8", "uint8", "binary", "ubinary"]
Truncate = Literal["NONE", "START", "END", "LEFT", "RIGHT"]


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    input_type: Literal["search_document", "search_query", "classification", "clustering", "image"]
    texts: Annotated[list[str], msgspec.Meta(min_length=1, max_length=_MOST_TEXTS)] | None = None
    truncate: Truncate = "NONE"
    embedding_types: Annotated[list[Kind], msgspec.Meta(min_length=1)] | None = None
    output_dimension: int | None = None
    max_tokens: int | None = None
    images: Any = None
    inputs: Any = None


_decoder = msgspec.json.Decoder(_Body)


def _parse(body: bytes, found: Resolution) -> Ask:
    asked = decode(_decoder, body)
    if asked.images or asked.inputs or asked.input_type == "image":
        raise ValidationError("This model doesn't support images: models of this site read text only. Send texts.")
    if asked.texts is None:
        raise malformed("#: required key [texts] not found")
    if any(not text for text in asked.texts):
        raise malformed("#/texts: an empty text has no embedding")
    refused = {"int8", "uint8"}.intersection(asked.embedding_types or ())
    if refused:
        raise malformed(f"#/embedding_types: {min(refused)} is not supported by this model")
    given = found.card.embedding_dimensions
    if asked.output_dimension is not None and asked.output_dimension != given:
        raise malformed(f"#/output_dimension: {asked.output_dimension} is not a length of this model: it gives {given}")
    return Ask("embedding", {"input": asked.texts}, asked)


def truncated(ask: Ask, share: float) -> Ask | None:
    """The same with texts cut to that share of what they were; None where the caller wants no text cut."""
    asked = ask.notes
    if not isinstance(asked, _Body) or asked.truncate == "NONE":
        return None
    keep_end = asked.truncate in {"START", "LEFT"}
    texts: list[str] = []
    for text in ask.body["input"]:
        size = max(1, int(len(text) * share))
        texts.append(text[-size:] if keep_end else text[:size])
    return Ask(ask.task, {"input": texts}, asked)


def _answer(ask: Ask, answer: Json, frame: Frame) -> Json:
    asked: _Body = ask.notes
    texts = asked.texts or []
    vectors = vectors_of(answer, len(texts))
    made: Json = {"id": frame.request_id, "texts": texts}
    if asked.embedding_types is None:
        return {**made, "embeddings": vectors, "response_type": "embeddings_floats"}
    by_kind: Json = {}
    for kind in asked.embedding_types:
        if kind == "float":
            by_kind[kind] = vectors
        else:
            by_kind[kind] = [packed_signs(vector, signed=kind == "binary") for vector in vectors]
    return {**made, "embeddings": by_kind, "response_type": "embeddings_by_type"}


FAMILY: Final = EmbeddingFamily("cohere-embed", _parse, _answer)
