"""llama.cpp's native `/completion`, which says which stop sequence ended a text, and its answers in OpenAI form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.ids import new_request_id
from usina.engine.runtimes import Exchange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.clock import Clock
    from usina.core.ports import Json, ModelCard
    from usina.engine.runtimes import Fold

_SAME = (
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "logit_bias",
    "grammar",
    "stream",
)
_FIELDS = [
    "content",
    "stop",
    "stop_type",
    "stopping_word",
    "tokens_predicted",
    "tokens_evaluated",
    "timings",
    "completion_probabilities",
]


def completion_exchange(
    card: ModelCard, work: str, body: Json, clock: Clock, *, reuse: bool, lora: Sequence[Json] = ()
) -> Exchange:
    """The exchange of a chat or completion that has stop sequences."""
    stop = body["stop"]
    sent: Json = {key: body[key] for key in _SAME if body.get(key) is not None}
    sent["stop"] = [stop] if isinstance(stop, str) else list(stop)
    sent["cache_prompt"] = reuse
    if lora:
        sent["lora"] = lora
    if body.get("max_tokens") is not None:
        sent["n_predict"] = body["max_tokens"]
    wanted = body.get("logprobs")
    if wanted:
        sent["n_probs"] = max(1, int(body.get("top_logprobs") or 0) if wanted is True else int(wanted))
    if not body.get("stream"):
        sent["response_fields"] = _FIELDS
    chat = work == "chat"
    form = _Form(card.id, int(clock.now()), chat=chat, logprobs=bool(wanted))
    if chat:
        return Exchange(
            "/completion",
            sent,
            form.answer,
            fold=form.fold,
            marker=False,
            render={"messages": body["messages"]},
            render_path="/apply-template",
        )
    sent["prompt"] = body.get("prompt", "")
    return Exchange("/completion", sent, form.answer, fold=form.fold, marker=False)


class _Form:
    """OpenAI's form around native answers."""

    def __init__(self, model: str, created: int, *, chat: bool, logprobs: bool) -> None:
        self._chat = chat
        self._logprobs = logprobs
        self._head: Json = {
            "id": f"{'chatcmpl' if chat else 'cmpl'}-{new_request_id().replace('-', '')}",
            "object": "chat.completion" if chat else "text_completion",
            "created": created,
            "model": model,
        }

    def answer(self, native: Any) -> Json:
        """A whole answer."""
        choice: Json = {
            "index": 0,
            "finish_reason": _finish_reason(native),
            "stop_reason": native["stopping_word"] or None,
        }
        if self._chat:
            choice["message"] = {"role": "assistant", "content": native["content"]}
        else:
            choice["text"] = native["content"]
        if self._logprobs:
            choice["logprobs"] = {"content": native.get("completion_probabilities") or []}
        return {**self._head, "choices": [choice], "usage": _usage(native)}

    def fold(self) -> Fold:
        """One stream's events to chunks. The native last event is both the end and the usage: two chunks of ours."""
        first = self._chat

        def fold(events: Sequence[Any]) -> list[Json]:
            nonlocal first
            chunks = []
            for native in events:
                chunks += self._chunks(native, first=first)
                first = False
            return chunks

        return fold

    def _chunks(self, native: Any, *, first: bool) -> list[Json]:
        head = {**self._head, "object": "chat.completion.chunk"} if self._chat else self._head
        choice: Json = {"index": 0, "finish_reason": None}
        if self._chat:
            choice["delta"] = {"content": native["content"]} if native["content"] else {}
            if first:
                choice["delta"] = {"role": "assistant", "content": native["content"]}
        else:
            choice["text"] = native["content"]
        if self._logprobs:
            choice["logprobs"] = {"content": native.get("completion_probabilities") or []}
        if not native["stop"]:
            return [{**head, "choices": [choice]}]
        choice["finish_reason"] = _finish_reason(native)
        choice["stop_reason"] = native["stopping_word"] or None
        return [{**head, "choices": [choice]}, {**head, "choices": [], "usage": _usage(native)}]


def _finish_reason(native: Any) -> str:
    return "length" if native["stop_type"] == "limit" else "stop"


def _usage(native: Any) -> Json:
    prompt, answered = native["tokens_evaluated"], native["tokens_predicted"]
    return {
        "prompt_tokens": prompt,
        "completion_tokens": answered,
        "total_tokens": prompt + answered,
        "prompt_tokens_details": {"cached_tokens": native["timings"]["cache_n"]},
    }
