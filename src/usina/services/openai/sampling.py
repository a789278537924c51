"""How a model is to choose its words: the fields that chats and text completions share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from msgspec import Meta

from usina.services.openai.checking import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.ports import Json

_HIGHEST_LONG = 2**63 - 1
_MOST_CHOICES = 16  # OpenAI takes 128; each choice is a request of its own in the model's queue
_MOST_STOPS = 16  # OpenAI takes 4; vLLM and llama.cpp more

Text = Annotated[str, Meta(min_length=1)]
Tokens = Annotated[int, Meta(ge=1, le=_HIGHEST_LONG)]
Stop = Text | Annotated[list[Text], Meta(max_length=_MOST_STOPS)]
Bias = Annotated[float, Meta(ge=-100, le=100)]
Penalty = Annotated[float, Meta(ge=-2, le=2)]


class StreamOptions(msgspec.Struct):
    """`include_obfuscation` pads chunks against eavesdroppers at OpenAI; the site's TLS is the site's own."""

    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class Sampling(msgspec.Struct, kw_only=True):
    """Fields that go to the engine as they are, `stop` and the streaming switches."""

    model: str
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_k: Annotated[int, Meta(ge=-1, le=_HIGHEST_LONG)] | None = None  # not OpenAI's; vLLM and llama.cpp have it
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    logit_bias: dict[Annotated[str, Meta(pattern="^[0-9]{1,10}$")], Bias] | None = None
    seed: Annotated[int, Meta(ge=-_HIGHEST_LONG, le=_HIGHEST_LONG)] | None = None
    n: Annotated[int, Meta(ge=1, le=_MOST_CHOICES)] | None = None
    stop: Stop | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None


_PASSED: Final = (
    "temperature",
    "top_p",
    "top_k",
    "frequency_penalty",
    "presence_penalty",
    "logit_bias",
    "seed",
    "n",
)


def pass_sampling(request: Sampling, arguments: Mapping[str, Any], body: Json) -> None:
    """Copy what was said about sampling into an engine body.

    Raises:
        ValidationError: stream options without a stream.
    """
    for name in _PASSED:
        if (value := arguments.get(name)) is not None:
            body[name] = value
    stop = request.stop
    if stop:
        body["stop"] = [stop] if isinstance(stop, str) else stop
    if request.stream_options is not None and not request.stream:
        raise invalid("stream_options", "only allowed when 'stream' is true.")


def wants_usage(request: Sampling) -> bool:
    """Whether the stream is to end with a usage chunk."""
    return request.stream_options is not None and bool(request.stream_options.include_usage)
