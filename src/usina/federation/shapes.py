"""What an endpoint's answer must look like before anyone inside reads it: handlers trust engines, and it is none.

Only the members that are read here are looked at; what else an endpoint says is passed on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from usina.core.errors import EngineError

if TYPE_CHECKING:
    from usina.core.ports import Json

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**40)]
_Text = str | None


class _Details(msgspec.Struct):
    cached_tokens: _Count | None = None


class Usage(msgspec.Struct):
    """What it counted. Less than nothing would give a budget back."""

    prompt_tokens: _Count
    completion_tokens: _Count = 0
    total_tokens: _Count = 0
    prompt_tokens_details: _Details | None = None


class _Function(msgspec.Struct):
    name: _Text = None
    arguments: _Text = None


class _Call(msgspec.Struct):
    index: _Count | None = None
    id: _Text = None
    function: _Function | None = None


class _Words(msgspec.Struct):
    content: _Text = None
    reasoning_content: _Text = None
    reasoning: _Text = None
    tool_calls: list[_Call] | None = None


class _Choice(msgspec.Struct):
    finish_reason: _Text = None
    message: _Words | None = None  # of a whole chat
    delta: _Words | None = None  # of a streamed one
    text: _Text = None  # of a completion

    def __post_init__(self) -> None:
        if self.message is None and self.delta is None and self.text is None:
            raise ValueError("a choice without words")


class _Answer(msgspec.Struct):
    choices: Annotated[list[_Choice], msgspec.Meta(min_length=1)]
    usage: Usage


class _Chunk(msgspec.Struct):
    choices: list[_Choice]
    usage: Usage | None = None


class _Vector(msgspec.Struct):
    embedding: list[float]


class _Vectors(msgspec.Struct):
    data: Annotated[list[_Vector], msgspec.Meta(min_length=1)]
    usage: Usage


def check_answer(told: Json) -> None:
    """A whole answer in OpenAI form. Raises: EngineError."""
    _check(told, _Vectors if "data" in told else _Answer)


def check_chunk(told: Json) -> None:
    """One chunk of a stream. Raises: EngineError."""
    _check(told, _Chunk)


def tokens_of(usage: Json) -> int:
    """All tokens of a usage that was checked; its own sum is not believed where it says less."""
    parts = usage["prompt_tokens"] + (usage.get("completion_tokens") or 0)
    return max(int(parts), usage.get("total_tokens") or 0)


def _check(told: Any, kind: Any) -> None:
    try:
        msgspec.convert(told, type=kind)
    except msgspec.ValidationError as error:
        raise EngineError("The cloud's endpoint gave an answer that makes no sense.") from error
