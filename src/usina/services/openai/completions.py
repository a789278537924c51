"""Text completions: OpenAI's older form, which raw-text tools and evaluation harnesses still speak.

Several prompts in one request run side by side and are joined into one answer; as a stream only one prompt is served.
Refused by name: prompts of token ids (whose tokenizer made them is not known), `echo`, `suffix`, `best_of` above `n`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Final

from msgspec import Meta

from usina.core.operation import Access, operation
from usina.services.openai.answering import ChunkStream, first_batch, whole_answer
from usina.services.openai.checking import IGNORED, Refusals, checked, invalid
from usina.services.openai.naming import answering_model, touch_model
from usina.services.openai.sampling import Sampling, Text, Tokens, pass_sampling, wants_usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call, Result
    from usina.core.ports import Json, ModelCard, Ports

REFUSED_IN_COMPLETIONS: Final = Refusals(
    {
        "echo": ((False,), "The engines give the continuation only."),
        "suffix": (("",), "The models of this site continue a text; they do not fill gaps."),
    }
)
_DEFAULT_TOKENS: Final = 16  # OpenAI's own default for this operation
_KIND: Final = "text_completion"
_PREFIX: Final = "cmpl-"


class CompletionRequest(Sampling, kw_only=True):
    """The body of `POST /v1/completions`."""

    prompt: Text | Annotated[list[Text], Meta(min_length=1, max_length=128)]
    max_tokens: Tokens | None = None
    logprobs: Annotated[int, Meta(ge=0, le=5)] | None = None
    best_of: Annotated[int, Meta(ge=1, le=20)] | None = None


@operation("openai", "CreateCompletion", access=Access.USE, touches=touch_model)
async def create_completion(call: Call[Mapping[str, Any]], ports: Ports) -> Result:
    """Continue a text, whole or chunk by chunk."""
    request, prompts, body = _read(call.arguments)
    card = answering_model(call, ports, "chat")
    if request.stream:
        source, first = await first_batch(call, ports, card, "completion", body)
        chunks = ChunkStream(
            call,
            card,
            source,
            first,
            prefix=_PREFIX,
            kind=_KIND,
            include_usage=wants_usage(request),
            reshape=OldLogprobs() if request.logprobs is not None else None,
        )
        return {"events": chunks}
    if len(prompts) == 1:
        answer = await whole_answer(call, ports, card, "completion", body, prefix=_PREFIX, kind=_KIND)
    else:
        answer = await _side_by_side(call, ports, card, body, prompts)
    if request.logprobs is not None:
        OldLogprobs()(answer["choices"])
    return answer


def _read(arguments: Mapping[str, Any]) -> tuple[CompletionRequest, Sequence[str], Json]:
    prompt = arguments.get("prompt")
    if isinstance(prompt, list) and any(isinstance(item, (int, list)) for item in prompt[:1]):
        raise invalid("prompt", "token ids are not supported: send the text itself.", "unsupported_value")
    request = checked(CompletionRequest, arguments, IGNORED, REFUSED_IN_COMPLETIONS)
    prompts = [request.prompt] if isinstance(request.prompt, str) else request.prompt
    if request.stream and len(prompts) > 1:
        raise invalid("prompt", "one prompt only where 'stream' is true.", "unsupported_value")
    if request.best_of is not None and request.best_of != (request.n or 1):
        raise invalid("best_of", "only the value of 'n' is supported.", "unsupported_value")
    body: Json = {"prompt": prompts[0], "max_tokens": request.max_tokens or _DEFAULT_TOKENS}
    pass_sampling(request, arguments, body)
    if request.logprobs is not None:
        body["logprobs"] = request.logprobs
    return request, prompts, body


async def _side_by_side(call: Call[Any], ports: Ports, card: ModelCard, body: Json, prompts: Sequence[str]) -> Json:
    tasks = [
        asyncio.ensure_future(
            whole_answer(call, ports, card, "completion", {**body, "prompt": prompt}, prefix=_PREFIX, kind=_KIND)
        )
        for prompt in prompts
    ]
    try:
        answers = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
    joined: Json = dict(answers[0])
    joined["choices"] = [
        {**choice, "index": index}
        for index, choice in enumerate(choice for answer in answers for choice in answer["choices"])
    ]
    meter = call.meter
    joined["usage"] = {
        "prompt_tokens": meter.input_tokens,
        "completion_tokens": meter.output_tokens,
        "total_tokens": meter.input_tokens + meter.output_tokens,
        "prompt_tokens_details": {"cached_tokens": meter.cached_tokens},
    }
    return joined


class OldLogprobs:
    """Logprobs in this operation's own form: lists side by side, where chats (and llama.cpp here too) have objects."""

    def __init__(self) -> None:
        self._offsets: dict[int, int] = {}  # characters of text so far, by choice

    def __call__(self, choices: Sequence[Json]) -> None:
        """Rewrite the logprobs of one answer, or of one chunk after those before it."""
        for choice in choices:
            index, text = choice.get("index") or 0, choice.get("text") or ""
            entries = (choice.get("logprobs") or {}).get("content")
            if entries is not None:
                choice["logprobs"] = _side_lists(entries, self._offsets.get(index, 0))
            self._offsets[index] = self._offsets.get(index, 0) + len(text)


def _side_lists(entries: Sequence[Json], offset: int) -> Json:
    offsets = []
    for entry in entries:
        offsets.append(offset)
        offset += len(entry["token"])
    return {
        "tokens": [entry["token"] for entry in entries],
        "token_logprobs": [entry["logprob"] for entry in entries],
        "top_logprobs": [
            {top["token"]: top["logprob"] for top in entry.get("top_logprobs") or ()} for entry in entries
        ],
        "text_offset": offsets,
    }
