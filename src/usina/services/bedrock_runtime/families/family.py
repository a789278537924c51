"""What a family of InvokeModel bodies is: how it asks, how it answers, how its answer streams."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import msgspec

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from usina.core.ports import Json, Resolution, Task
    from usina.services.bedrock_runtime.answers import Ending, Step

T = TypeVar("T")

_MISSING: Final = re.compile(r"Object missing required field `([^`]+)`")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `([^`]+)`")
_PLACE: Final = re.compile(r" - at `(?:key in )?\$([^`]*)`$")


@dataclass(frozen=True, slots=True)
class Ask:
    """A body understood: what the engine is asked, and what the family needs to know again for its answer."""

    task: Task
    body: Json
    notes: Any = None


@dataclass(frozen=True, slots=True)
class Frame:
    """What an answer says of itself."""

    model: str  # id of the model that really answered
    request_id: str
    created: int  # epoch seconds


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer of an engine, raw and as steps."""

    answer: Json
    steps: Sequence[Step]
    ending: Ending
    frame: Frame


class Chunks(Protocol):
    """The streaming form of one answer. The last chunk of `end` is given the invocation's metrics."""

    def begin(self) -> list[Json]:
        """Chunks before the first piece."""
        ...

    def feed(self, batch: Sequence[Json], steps: Sequence[Step]) -> list[Json]:
        """Chunks of what one read of the engine brought, raw and as steps."""
        ...

    def end(self, ending: Ending) -> list[Json]:
        """Chunks after the last piece; at least one."""
        ...


@dataclass(frozen=True, slots=True)
class ChatFamily:
    """A family that talks. `parse` raises ValidationError where the body is not of this family."""

    name: str
    parse: Callable[[bytes, Resolution], Ask]
    answer: Callable[[Ask, Reply], Json]
    chunks: Callable[[Ask, Frame], Chunks]


@dataclass(frozen=True, slots=True)
class EmbeddingFamily:
    """A family that embeds; none of them streams. `answer` takes the engine's answer."""

    name: str
    parse: Callable[[bytes, Resolution], Ask]
    answer: Callable[[Ask, Json, Frame], Json]


Family = ChatFamily | EmbeddingFamily


def decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """A body by its family's form.

    Raises:
        ValidationError: not JSON, or not of that form; names the member as Bedrock does (`#/messages/0/role`).
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise malformed(_words(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ValidationError("Malformed input request, please reformat your input and try again.") from None


def convert(value: Any, form: type[T], place: str) -> T:
    """A part of a body by its form; `place` is where it stands in the body.

    Raises:
        ValidationError: not of that form.
    """
    try:
        return msgspec.convert(value, form)
    except msgspec.ValidationError as error:
        raise malformed(_words(str(error), place)) from None


def malformed(problem: str) -> ValidationError:
    """A body's error in Bedrock's form; `problem` is `#/member: what is wrong`."""
    return ValidationError(f"Malformed input request: {problem}, please reformat your input and try again.")


def _words(problem: str, pointer: str = "#") -> str:
    place = _PLACE.search(problem)
    if place:
        problem = problem[: place.start()]
        pointer += place.group(1).replace("[", "/").replace("]", "").replace(".", "/")
    missing = _MISSING.fullmatch(problem)
    if missing:
        return f"{pointer}: required key [{missing.group(1)}] not found"
    unknown = _UNKNOWN.fullmatch(problem)
    if unknown:
        return f"{pointer}: extraneous key [{unknown.group(1)}] is not permitted"
    return f"{pointer}: {problem[:1].lower()}{problem[1:].replace('`', '')}"
