"""The port to a kind of engine. One file per kind; a runtime knows nothing of another.

Five methods. Stopping is not among them: a process is stopped by the cluster that started it, after the gate in front
of it is empty, and an attached engine is not ours to stop. `endpoint` is, because where an engine listens is its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from usina.core.ports import Json, ModelCard
    from usina.engine.cluster import ProcessSpec
    from usina.engine.upstream import Endpoint, Upstream

Work = Literal["chat", "completion", "embedding", "count"]
Answer = Callable[[Any], "Json"]
Fold = Callable[["Sequence[Any]"], "list[Json]"]


@dataclass(frozen=True, slots=True)
class Launch:
    """What a runtime gets to start an engine: names that are its own, and its share of the machine."""

    socket: Path  # unix socket to listen on; its folder is readable by us alone
    log: Path
    threads: int
    slots: int
    adapters: tuple[str, ...] = ()  # files to load beside the model, in this order


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request in an engine's own words, and how its answer becomes ours.

    Where `render` is set, it is sent to `render_path` first, and the `prompt` of what comes back goes into the body
    under `render_into`: some engines can do a thing only with the finished prompt.
    """

    path: str
    body: Json
    answer: Answer  # the engine's whole answer -> OpenAI form. Raises: EngineError where it makes no sense
    fold: Callable[[], Fold] | None = None  # made once per stream: a batch of the engine's events -> OpenAI chunks
    marker: bool = True  # its streams end with `[DONE]`
    render: Json | None = None
    render_path: str = ""
    render_into: str = "prompt"


class Runtime(Protocol):
    """A kind of engine."""

    name: str
    dialect: Literal["grammar", "schema"]  # in which words it is told what its output must fit

    def can_run(self, card: ModelCard) -> str:
        """Why this kind cannot run that model, or that adapter of a model; empty where it can."""
        ...

    def command(self, card: ModelCard, launch: Launch) -> ProcessSpec | None:
        """The process to start; None where the engine runs already."""
        ...

    def endpoint(self, card: ModelCard, launch: Launch) -> Endpoint:
        """Where it listens. Raises: EngineError where that place is not allowed."""
        ...

    async def ready(self, card: ModelCard, upstream: Upstream) -> bool:
        """Whether it answers: a real, tiny request. Raises nothing while it is only starting."""
        ...

    def translate(self, card: ModelCard, work: Work, body: Json, adapters: Sequence[str] = ()) -> Exchange:
        """A request in OpenAI form in this engine's words; `adapters` are the ids of those the process has loaded.

        Raises: ValidationError for what it cannot do.
        """
        ...
