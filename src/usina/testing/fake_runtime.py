"""A runtime whose engine is `usina.testing.engine_server`: a real process, without a model."""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from usina.core.errors import ApiError
from usina.engine.cluster import ProcessSpec
from usina.engine.runtimes import Exchange
from usina.engine.upstream import Endpoint, RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.ports import Json, ModelCard
    from usina.engine.runtimes import Launch, Work
    from usina.engine.upstream import Upstream


class FakeRuntime:
    """The `Runtime` port; `loading` as the engine server has it, `program` in place of the engine."""

    name = "fake"
    dialect: Literal["grammar", "schema"] = "schema"

    def __init__(self, loading: int = 0, program: Sequence[str] = ()) -> None:
        self._loading = loading
        self._program = tuple(program)

    def can_run(self, card: ModelCard) -> str:
        """Fake models."""
        return "" if card.runtime == self.name else f"it is made for {card.runtime}"

    def command(self, card: ModelCard, launch: Launch) -> ProcessSpec:
        """A child of its own."""
        settings = json.dumps({"socket": str(launch.socket), "loading": self._loading, "adapters": launch.adapters})
        argv = self._program or (sys.executable, "-m", "usina.testing.engine_server", settings)
        return ProcessSpec(name=card.id, argv=argv, log=launch.log)

    def endpoint(self, card: ModelCard, launch: Launch) -> Endpoint:
        """Its socket."""
        del card
        return Endpoint(socket=str(launch.socket))

    async def ready(self, card: ModelCard, upstream: Upstream) -> bool:
        """Whether it answers."""
        try:
            path = "/embeddings" if card.task == "embedding" else "/completions"
            return bool(await upstream.call(path, {"prompt": "ready", "input": "ready"}))
        except (ApiError, RefusedError):
            return False

    def translate(self, card: ModelCard, work: Work, body: Json, adapters: Sequence[str] = ()) -> Exchange:
        """The same words; which adapter answers is told as llama.cpp is told."""
        if adapters:
            body = {**body, "lora": [{"id": at, "scale": float(each == card.id)} for at, each in enumerate(adapters)]}
        if work == "count":
            path = "/chat/completions" if "messages" in body else "/completions"
            return Exchange(path, body, lambda answer: {"tokens": answer["usage"]["prompt_tokens"]})
        path = {"chat": "/chat/completions", "completion": "/completions", "embedding": "/embeddings"}[work]
        finish = partial(_finish, card.id)
        return Exchange(path, body, finish, fold=lambda: lambda events: [finish(event) for event in events])


def _finish(model: str, answer: Any) -> Json:
    answer["model"] = model
    if "choices" not in answer:
        answer["data"]
    for choice in answer.get("choices", ()):
        if choice["finish_reason"] is not None:
            choice["stop_reason"] = None
    if answer.get("usage"):
        answer["usage"]["prompt_tokens_details"] = {"cached_tokens": 0}
    result: Json = answer
    return result
