"""Meta Llama's bodies: a prompt, and a generation.

Form: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-meta.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from usina.core.errors import ValidationError
from usina.services.bedrock_runtime import models
from usina.services.bedrock_runtime.answers import TEXT
from usina.services.bedrock_runtime.families.family import Ask, ChatFamily, Frame, Reply, decode
from usina.services.bedrock_runtime.families.prompts import ask_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.ports import Json, Resolution
    from usina.services.bedrock_runtime.answers import Ending, Step

_DEFAULT_MAX_GEN_LEN = 512  # as documented
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    prompt: str
    max_gen_len: Annotated[int, msgspec.Meta(ge=1)] = _DEFAULT_MAX_GEN_LEN
    temperature: Share | None = None
    top_p: Share | None = None
    images: list[str] | None = None


_decoder = msgspec.json.Decoder(_Body)


def _parse(body: bytes, found: Resolution) -> Ask:
    asked = decode(_decoder, body)
    if asked.images:
        raise ValidationError("This model doesn't support the images field. Remove images and try again.")
    options = {
        "max_tokens": models.output_limit(asked.max_gen_len, found),
        "temperature": asked.temperature,
        "top_p": asked.top_p,
    }
    return Ask(*ask_of(asked.prompt, options))


def _generation(text: str, ending: Ending | None) -> Json:
    reason = None
    if ending is not None:
        reason = "length" if ending.stop_reason in {"max_tokens", "model_context_window_exceeded"} else "stop"
    return {
        "generation": text,
        "prompt_token_count": None if ending is None else ending.input_tokens,
        "generation_token_count": None if ending is None else ending.output_tokens,
        "stop_reason": reason,
    }


def _answer(_ask: Ask, reply: Reply) -> Json:
    return _generation("".join(value for kind, _, value in reply.steps if kind == TEXT), reply.ending)


class _Chunks:
    """Pieces of the generation; the counts come with the last one, when they are known."""

    def __init__(self, _ask: Ask, _frame: Frame) -> None:
        pass

    def begin(self) -> list[Json]:
        return []

    def feed(self, _batch: Sequence[Json], steps: Sequence[Step]) -> list[Json]:
        return [_generation(value, None) for kind, _, value in steps if kind == TEXT]

    def end(self, ending: Ending) -> list[Json]:
        return [_generation("", ending)]


FAMILY: Final = ChatFamily("llama", _parse, _answer, _Chunks)
