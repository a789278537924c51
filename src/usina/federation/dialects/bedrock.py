"""Amazon Bedrock's Converse and ConverseStream for chats, its InvokeModel for embeddings.

Source: the Bedrock Runtime API as botocore's model describes it; bodies of Titan's and Cohere's embedding models as the
Bedrock User Guide does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec

from usina.core.errors import ApiError, EngineError, ValidationError
from usina.federation.dialects import Wording
from usina.federation.dialects.converse import converse_body
from usina.federation.dialects.converse_answer import ConverseReader, chat_answer
from usina.federation.refusals import refusal
from usina.wire import eventstream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.cloud import CloudSource
    from usina.core.ports import Json, Task

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_TOKENS_HEADER: Final = "x-amzn-bedrock-input-token-count"


class Bedrock:
    """The `Dialect` of Amazon Bedrock."""

    service = "bedrock"

    def words(self, model: str, source: CloudSource, task: Task, body: Json, *, stream: bool) -> Wording:
        """Converse, ConverseStream or InvokeModel."""
        path = f"/model/{quote(source.upstream_model, safe='')}"
        if task == "embedding":
            return _embedding(f"{path}/invoke", model, source, body)
        if task != "chat":
            raise ValidationError("A model of Amazon Bedrock answers chats here, not completions of a prompt.")
        stops = [body["stop"]] if isinstance(body.get("stop"), str) else body.get("stop") or []
        return Wording(
            f"{path}/converse-stream" if stream else f"{path}/converse",
            _encoded(converse_body(body)),
            eventstream.CONTENT_TYPE if stream else "application/json",
            lambda answer: chat_answer(model, answer, stops),
            lambda: ConverseReader(model, stops),
        )

    def refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
        """By the exception's name, in the header or in the body."""
        told = _object(body)
        code = headers.get("x-amzn-errortype", "").partition(":")[0] or str(told.get("__type") or "")
        message = told.get("message") or told.get("Message") or ""
        return refusal(status, code.rpartition("#")[2], str(message), headers.get("retry-after", ""))


def _embedding(path: str, model: str, source: CloudSource, body: Json) -> Wording:
    texts = [body["input"]] if isinstance(body["input"], str) else list(body["input"])
    if not all(isinstance(text, str) for text in texts):
        raise ValidationError("input must be text for a model of Amazon Bedrock, not numbers of tokens.")
    if "cohere." in source.upstream_model:
        asked: Json = {"texts": texts, "input_type": "search_document", "embedding_types": ["float"]}
    elif len(texts) == 1:
        asked = {"inputText": texts[0]}
    else:
        raise ValidationError("This model of Amazon Bedrock takes one text at a time.")

    def answer(told: Any) -> Json:
        found = told.get("embeddings")
        vectors = [told["embedding"]] if found is None else found["float"] if isinstance(found, dict) else found
        tokens = int(told.get("inputTextTokenCount") or 0)
        data = [
            {"object": "embedding", "index": place, "embedding": [float(number) for number in vector]}
            for place, vector in enumerate(vectors)
        ]
        if len(data) != len(texts):
            raise ValueError("as many vectors as texts are expected")
        return {"object": "list", "model": model, "data": data, "usage": _usage(tokens)}

    def no_stream() -> Any:
        raise EngineError("embeddings do not stream")

    return Wording(path, _encoded(asked), "application/json", answer, no_stream)


def _usage(tokens: int) -> Json:
    details = {"cached_tokens": 0}
    return {"prompt_tokens": tokens, "completion_tokens": 0, "total_tokens": tokens, "prompt_tokens_details": details}


def _object(body: bytes) -> dict[str, Any]:
    try:
        told = _decode(body)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _encoded(body: Json) -> bytes:
    try:
        return _encode(body)
    except UnicodeEncodeError as error:
        raise ValidationError("A text holds half a character (a lone surrogate).") from error
