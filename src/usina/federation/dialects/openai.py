"""Any OpenAI-compatible endpoint: the words of an attached engine, and tools in its own form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from usina.core.errors import ApiError, EngineError, ValidationError
from usina.core.ports import ModelCard
from usina.engine.events import EventReader
from usina.engine.runtimes.attached import Attached
from usina.engine.settings import EngineSettings
from usina.federation.dialects import Wording
from usina.federation.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.cloud import CloudSource
    from usina.core.ports import Json, Task
    from usina.engine.runtimes import Fold

_TOOLS: Final = ("tools", "tool_choice")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class OpenAI:
    """The `Dialect` of OpenAI's API."""

    service = ""

    def __init__(self) -> None:
        self._attached = Attached(EngineSettings())

    def words(self, model: str, source: CloudSource, task: Task, body: Json, *, stream: bool) -> Wording:
        """Chat completions, completions or embeddings."""
        options = {"upstream_model": source.upstream_model}
        card = ModelCard(model, model, "", source.task, "attached", source.context_tokens, options=options)
        exchange = self._attached.translate(card, task, body | ({"stream": True} if stream else {}))
        sent = exchange.body | {name: body[name] for name in _TOOLS if body.get(name) and task == "chat"}
        try:
            encoded = _encode(sent)
        except UnicodeEncodeError as error:
            raise ValidationError("A text holds half a character (a lone surrogate).") from error
        accept = "text/event-stream" if stream else "application/json"
        return Wording(exchange.path, encoded, accept, exchange.answer, lambda: OpenAIReader(exchange.fold))

    def refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
        """By the status and the error's code."""
        try:
            told = _decode(body)
        except (msgspec.DecodeError, RecursionError):
            told = {}
        error = told.get("error") if isinstance(told, dict) else None
        error = error if isinstance(error, dict) else {}
        code, message = str(error.get("code") or error.get("type") or ""), str(error.get("message") or "")
        return refusal(status, code, message, headers.get("retry-after", ""))


class OpenAIReader:
    """The `Reader` of server-sent events."""

    def __init__(self, fold: Any) -> None:
        if fold is None:
            raise EngineError("embeddings do not stream")
        self._fold: Fold = fold()
        self._events = EventReader()
        self._used = False

    def feed(self, data: bytes) -> list[Json]:
        """Chunks that are complete now."""
        try:
            chunks = self._fold(self._events.feed(data))
        except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
            raise EngineError("The cloud's endpoint failed while it answered.") from error
        self._used = self._used or any(chunk.get("usage") for chunk in chunks)
        return [part for chunk in chunks for part in _parts(chunk)]

    def finish(self) -> list[Json]:
        """Nothing more. Raises: EngineError where the end of the stream did not come."""
        if not self._events.ended or not self._used:
            raise EngineError("The cloud's endpoint ended its stream before its answer was complete.")
        return []


def _parts(chunk: Json) -> list[Json]:
    """Usage in a chunk of its own: some endpoints tell it with the last text."""
    if not chunk["choices"] or not chunk.get("usage"):
        return [chunk]
    return [{**chunk, "usage": None}, {**chunk, "choices": []}]
