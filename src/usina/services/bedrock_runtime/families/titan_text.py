"""Amazon Titan Text's bodies: an instruction in plain text.

Form: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-text.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from usina.services.bedrock_runtime import models
from usina.services.bedrock_runtime.answers import TEXT
from usina.services.bedrock_runtime.families.family import Ask, ChatFamily, Frame, Reply, decode, malformed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.ports import Json, Resolution
    from usina.services.bedrock_runtime.answers import Ending, Step

_REASONS: Final[Mapping[str, str]] = {
    "max_tokens": "LENGTH",
    "model_context_window_exceeded": "LENGTH",
    "stop_sequence": "STOP_CRITERIA_MET",
    "content_filtered": "CONTENT_FILTERED",
}
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Config(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    temperature: Share | None = None
    top_p: Share | None = None
    max_token_count: Annotated[int, msgspec.Meta(ge=1)] | None = None
    stop_sequences: list[str] | None = None


class _Body(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    input_text: str
    text_generation_config: _Config = msgspec.field(default_factory=_Config)


_decoder = msgspec.json.Decoder(_Body)


def _parse(body: bytes, found: Resolution) -> Ask:
    asked = decode(_decoder, body)
    if not asked.input_text.strip():
        raise malformed("#/inputText: expected minLength: 1, actual: 0")
    config = asked.text_generation_config
    options = {
        "max_tokens": models.output_limit(config.max_token_count, found),
        "temperature": config.temperature,
        "top_p": config.top_p,
        "stop": config.stop_sequences or None,
    }
    chat: Json = {name: value for name, value in options.items() if value is not None}
    chat["messages"] = [{"role": "user", "content": asked.input_text}]
    return Ask("chat", chat)


def _reason(ending: Ending) -> str:
    return _REASONS.get(ending.stop_reason, "FINISH")


def _answer(_ask: Ask, reply: Reply) -> Json:
    result = {
        "tokenCount": reply.ending.output_tokens,
        "outputText": "".join(value for kind, _, value in reply.steps if kind == TEXT),
        "completionReason": _reason(reply.ending),
    }
    return {"inputTextTokenCount": reply.ending.input_tokens, "results": [result]}


class _Chunks:
    """Pieces of the text, index 0; the counts come with the last one."""

    def __init__(self, _ask: Ask, _frame: Frame) -> None:
        pass

    def begin(self) -> list[Json]:
        return []

    def feed(self, _batch: Sequence[Json], steps: Sequence[Step]) -> list[Json]:
        return [
            {
                "outputText": value,
                "index": 0,
                "totalOutputTextTokenCount": None,
                "completionReason": None,
                "inputTextTokenCount": None,
            }
            for kind, _, value in steps
            if kind == TEXT
        ]

    def end(self, ending: Ending) -> list[Json]:
        return [
            {
                "outputText": "",
                "index": 0,
                "totalOutputTextTokenCount": ending.output_tokens,
                "completionReason": _reason(ending),
                "inputTextTokenCount": ending.input_tokens,
            }
        ]


FAMILY: Final = ChatFamily("titan-text", _parse, _answer, _Chunks)
