"""The words of the two kinds of endpoint outside; and OpenAI's chat format, which is ours inside.

What an endpoint cannot be told is refused by name, never dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.core.cloud import CloudSource
    from usina.core.errors import ApiError
    from usina.core.ports import Json, Task


@dataclass(frozen=True, slots=True)
class Wording:
    """A request in the words of an endpoint."""

    path: str  # behind the address's prefix, encoded
    body: bytes
    accept: str
    answer: Callable[[Any], Json]  # its whole answer -> OpenAI form; raises what reading nonsense raises
    reader: Callable[[], Reader]  # made for each stream


class Reader(Protocol):
    """Reads one stream."""

    def feed(self, data: bytes) -> list[Json]:
        """OpenAI chunks that are complete now. Raises: ApiError that the endpoint tells of in mid-stream."""
        ...

    def finish(self) -> list[Json]:
        """What is left at the end: the chunk with the usage. Raises: EngineError where the stream was not complete."""
        ...


class Dialect(Protocol):
    """A kind of endpoint."""

    service: str  # that SigV4 signs for; empty: bearer keys only

    def words(self, model: str, source: CloudSource, task: Task, body: Json, *, stream: bool) -> Wording:
        """A request in its words; `model` is how the site names it. Raises: ValidationError."""
        ...

    def refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
        """What a caller is told where it answered with another status than 200."""
        ...
