"""llama.cpp's own HTTP server, run by xllamacpp in a child process that listens on a unix socket.

What its OpenAI endpoints do not say (which stop sequence ended the text) is asked of its native `/completion`, with the
prompt that its `/apply-template` made. Facts of its server: tools/server/README.md in ggml-org/llama.cpp.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from usina.core.errors import ApiError
from usina.engine.cluster import ProcessSpec
from usina.engine.runtimes import Exchange, Launch
from usina.engine.runtimes.llamacpp_native import completion_exchange
from usina.engine.upstream import Endpoint, RefusedError, Upstream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.clock import Clock
    from usina.core.ports import Json, ModelCard
    from usina.engine.runtimes import Work
    from usina.engine.settings import EngineSettings

_PATHS = {"chat": "/v1/chat/completions", "completion": "/v1/completions", "embedding": "/v1/embeddings"}
_KEPT = (
    "messages", "prompt", "max_tokens", "temperature", "top_p", "top_k", "seed", "logprobs", "top_logprobs",
    "frequency_penalty", "presence_penalty", "logit_bias", "grammar", "stream", "stream_options",
)  # fmt: skip
# What a caller sets else must not reach the engine: it has switches in the body that reach files and other slots.


class LlamaCpp:
    """The `Runtime` port over llama.cpp."""

    name = "llamacpp"
    dialect: Literal["grammar", "schema"] = "grammar"

    def __init__(self, settings: EngineSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def can_run(self, card: ModelCard) -> str:
        """GGUF files that the model store made."""
        if card.runtime != self.name:
            return f"it is made for {card.runtime}"
        if card.base:
            return "" if card.options.get("adapter", "").endswith(".gguf") else "it has no adapter in a GGUF file"
        return "" if card.options.get("path", "").endswith(".gguf") else "it has no GGUF file"

    def command(self, card: ModelCard, launch: Launch) -> ProcessSpec:
        """A child that serves this one model."""
        settings = self._settings
        parameters = {
            "path": card.options["path"],
            "alias": card.id,
            "socket": str(launch.socket),
            "embedding": card.task == "embedding",
            "pooling": card.options.get("pooling", ""),
            "context_tokens": card.context_tokens,
            "slots": launch.slots,
            "threads": launch.threads,
            "gpu_layers": settings.gpu_layers,
            # llama.cpp finds kept prompts by their tokens alone: what one adapter computed it would give to another.
            "prompt_cache_bytes": 0 if launch.adapters else settings.prompt_cache_bytes,
            "adapters": launch.adapters,
            "niceness": settings.niceness,
        }
        passive = settings.openmp_wait == "passive"
        return ProcessSpec(
            name=card.id,
            argv=(
                sys.executable,
                "-m",
                "usina.engine.runtimes.llamacpp_server",
                msgspec.json.encode(parameters).decode(),
            ),
            log=launch.log,
            environment={"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}
            if passive
            else {"OMP_WAIT_POLICY": "active"},
            threads=launch.threads,
        )

    def endpoint(self, card: ModelCard, launch: Launch) -> Endpoint:
        """The unix socket it was told."""
        del card
        return Endpoint(socket=str(launch.socket))

    async def ready(self, card: ModelCard, upstream: Upstream) -> bool:
        """One token, or one vector. The port is open before the model is loaded, so a connection alone says nothing."""
        try:
            if card.task == "embedding":
                answer = await upstream.call("/v1/embeddings", {"input": "ready"})
                return len(answer["data"][0]["embedding"]) == card.embedding_dimensions
            answer = await upstream.call("/v1/completions", {"prompt": "ready", "max_tokens": 1})
            return bool(answer["usage"]["completion_tokens"])
        except (ApiError, RefusedError, LookupError, TypeError):
            return False

    def translate(self, card: ModelCard, work: Work, body: Json, adapters: Sequence[str] = ()) -> Exchange:
        """To llama.cpp's words: only the members that are known to be harmless pass.

        Where adapters are loaded, every request says of each whether it counts: what one does not name is not to be
        left to the engine's defaults.
        """
        if work == "count":
            if "messages" in body:
                return Exchange(
                    "/tokenize",
                    {"add_special": True, "parse_special": True},
                    _counted,
                    render={"messages": body["messages"]},
                    render_path="/apply-template",
                    render_into="content",
                )
            return Exchange(
                "/tokenize", {"content": body.get("prompt", ""), "add_special": True, "parse_special": True}, _counted
            )
        if work == "embedding":
            return Exchange(
                _PATHS[work], {"input": body["input"], "encoding_format": "float"}, partial(_embedded, card.id)
            )
        chosen = [{"id": place, "scale": float(each == card.id)} for place, each in enumerate(adapters)]
        if body.get("stop"):
            return completion_exchange(card, work, body, self._clock, reuse=self._settings.reuse_prompts, lora=chosen)
        sent = {key: body[key] for key in _KEPT if key in body and body[key] is not None}
        if sent.get("stream"):
            sent["stream_options"] = {"include_usage": True}
        sent["cache_prompt"] = self._settings.reuse_prompts
        if chosen:
            sent["lora"] = chosen
        finish = partial(_finish, card.id)
        return Exchange(_PATHS[work], sent, finish, fold=lambda: partial(_fold, card.id))


def _finish(model: str, answer: Any) -> Json:
    """Our name for the model, vLLM's `stop_reason`, and nothing of the engine's own timings. In place."""
    answer["model"] = model
    answer.pop("timings", None)
    answer.pop("system_fingerprint", None)
    for choice in answer["choices"]:
        if choice["finish_reason"] is not None:
            choice["stop_reason"] = None
        delta = choice.get("delta")
        if delta is not None and "role" in delta:
            delta["content"] = delta["content"] or ""
    result: Json = answer
    return result


def _fold(model: str, events: Sequence[Any]) -> list[Json]:
    return [_finish(model, event) for event in events]


def _embedded(model: str, answer: Any) -> Json:
    answer["model"] = model
    result: Json = answer
    return result


def _counted(answer: Any) -> Json:
    return {"tokens": len(answer["tokens"])}
