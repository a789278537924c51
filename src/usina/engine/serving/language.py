"""A container that is no process: a language model of the catalogue, asked on its engine.

It speaks what the serving images for language models speak: OpenAI's chat form (`messages`), and that of Hugging Face's
text-generation server (`inputs`, `parameters`), whole and as server-sent events.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import msgspec

from usina.core.endpoints import LANGUAGE_MODEL, Answer, Streamed
from usina.core.errors import CallerError
from usina.engine.serving.backend import BackendError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from usina.core.endpoints import Ask
    from usina.core.ports import Catalogue, Engines, Json, ModelCard, Task

_JSON = "application/json"
_EVENTS = "text/event-stream"
_TOKENS = 100  # what the text-generation server gives where nobody says
_REFUSED = 422  # its status for a request that it cannot take
# Its parameters -> the engines' own; those that only say how it works inside are left out.
_PARAMETERS: Final = {
    "max_new_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "seed": "seed",
    "stop": "stop",
    "frequency_penalty": "frequency_penalty",
}
_CHAT: Final = frozenset({
    "messages", "max_tokens", "temperature", "top_p", "top_k", "stop", "seed", "tools", "tool_choice",
    "response_format", "n", "logprobs", "top_logprobs", "frequency_penalty", "presence_penalty", "logit_bias",
})  # fmt: skip
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def model_named(container: Mapping[str, Any]) -> str:
    """The model that a container's environment names; empty where it names none."""
    environment = container.get("Environment", {})
    return next((str(environment[name]) for name in LANGUAGE_MODEL if environment.get(name)), "")


class LanguageModel:
    """The `Backend` over a model of the catalogue."""

    def __init__(self, container: Mapping[str, Any], account: str, engines: Engines, catalogue: Catalogue) -> None:
        self._name = model_named(container)
        self._account = account
        self._engines = engines
        self._catalogue = catalogue
        self._running = 0

    def is_there(self) -> bool:
        """An engine is there or not whatever this does."""
        return True

    async def start(self) -> None:
        """Nothing is to be started. Raises: BackendError where there is no such model."""
        self._card()

    async def ready(self, seconds: float) -> None:
        """The engines start their models by themselves, and say to each request whether they have."""

    async def wait_ended(self) -> None:
        """It never does."""
        await asyncio.get_running_loop().create_future()

    @property
    def load(self) -> float:
        """Requests that run."""
        return float(self._running)

    async def stop(self, *, keep: bool = False) -> None:
        """The engine serves others as well."""

    def let_go(self) -> None:
        """Nothing is held."""

    async def invoke(self, ask: Ask, seconds: float, most_bytes: int) -> Answer:  # noqa: ARG002 - the engines have limits of their own
        """One whole answer. Raises: ApiError of the engines."""
        self._running += 1
        try:
            task, body = _read(ask.body)
            answer = await self._engines.call(self._card(), task, body)
        except (CallerError, ValueError) as error:
            return _refusal(error)
        finally:
            self._running -= 1
        made = answer if task == "chat" else [{"generated_text": answer["choices"][0]["text"]}]
        return Answer(200, _encode(made), _JSON)

    async def stream(self, ask: Ask, seconds: float) -> Streamed | Answer:  # noqa: ARG002 - as above
        """An answer as server-sent events. Raises: as `invoke`, also while it is read."""
        try:
            task, body = _read(ask.body)
            batches = self._engines.stream(self._card(), task, body)
            first: Sequence[Json] = await anext(aiter(batches), [])
        except (CallerError, ValueError) as error:
            return _refusal(error)
        events = _chat_events if task == "chat" else _text_events
        return Streamed(_EVENTS, "", _Running(self, events(first, batches)))

    def _card(self) -> ModelCard:
        found = self._catalogue.resolve(self._name, self._account)
        if found is None:
            raise BackendError(f"ClientError: There is no model {self._name!r} on this site.")
        return found.card

    def count(self, change: int) -> None:
        """Requests came or went."""
        self._running += change


class _Running:
    """Events of one answer, counted while they are read."""

    def __init__(self, model: LanguageModel, events: AsyncIterator[bytes]) -> None:
        self._model = model
        self._events = events
        self._open = True
        model.count(1)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._events)
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Read no further."""
        if self._open:
            self._open = False
            self._model.count(-1)
            await self._events.aclose()  # type: ignore[attr-defined] # a generator of ours


def _read(body: bytes) -> tuple[Task, Json]:
    """What is asked of the engine: task and body. Raises: ValueError in words for the caller."""
    try:
        asked = _decode(body)
    except msgspec.MsgspecError:
        raise ValueError("the body must be a JSON object") from None
    if "messages" in asked:
        made = {name: value for name, value in asked.items() if name in _CHAT}
        if "max_completion_tokens" in asked:
            made.setdefault("max_tokens", asked["max_completion_tokens"])
        made["messages"] = [_message(each) for each in _list(asked["messages"])]
        return "chat", made
    if isinstance(asked.get("inputs"), str):
        given = asked.get("parameters") or {}
        if not isinstance(given, dict):
            raise ValueError("parameters must be an object")  # noqa: TRY004 - one error for all that is asked wrongly
        made = {ours: given[theirs] for theirs, ours in _PARAMETERS.items() if given.get(theirs) is not None}
        made.setdefault("max_tokens", _TOKENS)
        if given.get("do_sample") is False:
            made["temperature"] = 0.0
        return "completion", {"prompt": asked["inputs"], **made}
    raise ValueError("give either messages (a list) or inputs (a text)")


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise ValueError("messages must be a list that is not empty")
    return value


def _message(message: Any) -> Json:
    """A message whose content is text, as the engines take it."""
    if not isinstance(message, dict):
        raise ValueError("each of messages must be an object")  # noqa: TRY004 - as above
    content = message.get("content")
    if isinstance(content, list):
        if not all(isinstance(part, dict) and part.get("type") == "text" for part in content):
            raise ValueError("content may hold text only")
        content = "".join(str(part.get("text", "")) for part in content)
    return {**message, "content": content}


def _refusal(error: Exception) -> Answer:
    said = error.message if isinstance(error, CallerError) else str(error)
    return Answer(_REFUSED, _encode({"error": said, "error_type": "validation"}), _JSON)


async def _chat_events(first: Sequence[Json], batches: AsyncIterator[Sequence[Json]]) -> AsyncIterator[bytes]:
    try:
        yield b"".join(b"data: %b\n\n" % _encode(chunk) for chunk in first)
        async for batch in batches:
            yield b"".join(b"data: %b\n\n" % _encode(chunk) for chunk in batch)
        yield b"data: [DONE]\n\n"
    finally:
        await batches.aclose()  # type: ignore[attr-defined] # the engines give generators


async def _text_events(first: Sequence[Json], batches: AsyncIterator[Sequence[Json]]) -> AsyncIterator[bytes]:
    """Pieces of text as that server's tokens; the last event holds the whole."""
    whole: list[str] = []
    number = 0
    try:
        batch: Sequence[Json] | None = first
        while batch is not None:
            texts = [choice["text"] for chunk in batch for choice in chunk["choices"] if choice.get("text")]
            whole += texts
            events = []
            for text in texts:
                number += 1
                events.append(_event(number, text, None))
            if events:
                yield b"".join(events)
            batch = await anext(batches, None)
        yield _event(number + 1, "", "".join(whole))
    finally:
        await batches.aclose()  # type: ignore[attr-defined] # the engines give generators


def _event(number: int, text: str, whole: str | None) -> bytes:
    token = {"id": 0, "text": text, "logprob": 0.0, "special": whole is not None}
    return b"data:%b\n\n" % _encode({"index": number, "token": token, "generated_text": whole, "details": None})
