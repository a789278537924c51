"""Several answers to one prompt: `n` requests of one answer each, joined.

Engines count the usage of such requests differently; this way every one counts the same.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from usina.core.ports import Engines, Json, ModelCard, Task

_MOST = 16
_QUEUED_BATCHES = 64  # read ahead of a slow reader
_Item = tuple[int, "Sequence[Json] | Exception | None"]


async def call(engines: Engines, card: ModelCard, task: Task, body: Json) -> Json:
    """All whole answers as choices of one."""
    asked = [asyncio.ensure_future(engines.call(card, task, one)) for one in _bodies(body)]
    try:
        answers = await asyncio.gather(*asked)
    finally:
        await _cancel(asked)
    joined: Json = dict(answers[0])
    joined["choices"] = [{**answer["choices"][0], "index": index} for index, answer in enumerate(answers)]
    joined["usage"] = _sum([answer["usage"] for answer in answers])
    return joined


async def stream(engines: Engines, card: ModelCard, task: Task, body: Json) -> AsyncGenerator[Sequence[Json], None]:
    """All streams, interleaved as they come; one usage at the end."""
    queue: asyncio.Queue[_Item] = asyncio.Queue(maxsize=_QUEUED_BATCHES)
    pumps = [
        asyncio.ensure_future(_pump(engines, card, task, one, index, queue)) for index, one in enumerate(_bodies(body))
    ]
    join = _Join()
    try:
        left = len(pumps)
        while left:
            index, batch = await queue.get()
            if isinstance(batch, Exception):
                raise batch
            if batch is None:
                left -= 1
            elif chunks := join.take(index, batch):
                yield chunks
        yield [join.end()]
    finally:
        await _cancel(pumps)


async def _pump(  # noqa: PLR0917 - what one stream needs
    engines: Engines, card: ModelCard, task: Task, body: Json, index: int, queue: asyncio.Queue[_Item]
) -> None:
    try:
        flow = engines.stream(card, task, body)
        async with aclosing(flow):  # type: ignore[type-var]  # streams of engines are async generators
            async for batch in flow:
                await queue.put((index, batch))
    except Exception as error:  # noqa: BLE001 - carried to the reader, and raised there
        await queue.put((index, error))
    else:
        await queue.put((index, None))


class _Join:
    """Chunks of several streams as chunks of one."""

    def __init__(self) -> None:
        self._id = ""
        self._last: Json = {}
        self._used: list[Json] = []

    def take(self, index: int, batch: Sequence[Json]) -> list[Json]:
        """The chunks of one stream, with its index; its usage is kept back."""
        chunks = []
        for chunk in batch:
            self._id = self._id or chunk["id"]
            if chunk.get("usage"):
                self._used.append(chunk["usage"])
                self._last = chunk
            for choice in chunk["choices"]:
                choice["index"] = index
            if chunk["choices"]:
                chunks.append({**chunk, "id": self._id})
        return chunks

    def end(self) -> Json:
        """The usage of all."""
        return {**self._last, "id": self._id, "choices": [], "usage": _sum(self._used)}


async def _cancel(tasks: Sequence[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _bodies(body: Json) -> list[Json]:
    count = body["n"]
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= _MOST:
        raise ValidationError(f"n must be a whole number from 1 to {_MOST}.")
    seed = body.get("seed")
    bodies: list[Json] = []
    for index in range(count):
        one = {key: value for key, value in body.items() if key != "n"}
        if seed is not None:
            one["seed"] = seed + index
        bodies.append(one)
    return bodies


def _sum(used: Sequence[Json]) -> Json:
    """Usage of all: the prompt counts once, as OpenAI does."""
    answered = sum(one["completion_tokens"] for one in used)
    prompt = used[0]["prompt_tokens"]
    return {**used[0], "completion_tokens": answered, "total_tokens": prompt + answered}
