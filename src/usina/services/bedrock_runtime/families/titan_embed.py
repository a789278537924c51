"""Amazon Titan Text Embeddings' bodies, v1 and v2.

Form: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html. A model gives vectors
of the one length it was trained for: another length that is asked for is refused, never cut or filled up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from usina.services.bedrock_runtime.families.family import Ask, EmbeddingFamily, Frame, decode, malformed
from usina.services.bedrock_runtime.families.vectors import signs, unit, vectors_of

if TYPE_CHECKING:
    from usina.core.ports import Json, Resolution


class _Body(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    input_text: str
    dimensions: int | None = None
    normalize: bool = True
    embedding_types: Annotated[list[Literal["float", "binary"]], msgspec.Meta(min_length=1)] | None = None


_decoder = msgspec.json.Decoder(_Body)


def _parse(body: bytes, found: Resolution) -> Ask:
    asked = decode(_decoder, body)
    if not asked.input_text:
        raise malformed("#/inputText: expected minLength: 1, actual: 0")
    given = found.card.embedding_dimensions
    if asked.dimensions is not None and asked.dimensions != given:
        raise malformed(f"#/dimensions: {asked.dimensions} is not a length of this model, which gives {given}")
    return Ask("embedding", {"input": [asked.input_text]}, asked)


def _answer(ask: Ask, answer: Json, _frame: Frame) -> Json:
    asked: _Body = ask.notes
    vector = vectors_of(answer, 1)[0]
    if asked.normalize:
        vector = unit(vector)
    made: Json = {"inputTextTokenCount": (answer.get("usage") or {}).get("prompt_tokens", 0)}
    types = asked.embedding_types or ["float"]
    if "float" in types:
        made["embedding"] = vector
    made["embeddingsByType"] = {name: vector if name == "float" else signs(vector) for name in types}
    return made


FAMILY: Final = EmbeddingFamily("titan-embed", _parse, _answer)
