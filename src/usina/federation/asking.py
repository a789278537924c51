"""The `Engines` port of one request: models of the cloud through the gate, all others as they were."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from usina.core.cloud import CLOUD
from usina.core.errors import ValidationError
from usina.engine import several
from usina.engine.checks import check

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from usina.core.cloud import OnBehalf
    from usina.core.ports import Engines, Json, ModelCard, Task
    from usina.federation.cloud import CloudGate

_ONE: Final = (None, 1)


class CloudEngines:
    """Engines on somebody's behalf."""

    def __init__(self, inside: Engines, gate: CloudGate, behalf: OnBehalf) -> None:
        self._inside = inside
        self._gate = gate
        self._behalf = behalf

    async def call(self, card: ModelCard, task: Task, body: Json) -> Json:
        """One whole answer. Several answers are several requests: each is judged, recorded and counted."""
        if card.runtime != CLOUD:
            return await self._inside.call(card, task, body)
        _check(card, task, body)
        if body.get("n") not in _ONE:
            return await several.call(self, card, task, body)
        departure = await self._gate.depart(self._behalf, card, task, _bounded(card, task, body), stream=False)
        return await departure.whole()

    async def stream(self, card: ModelCard, task: Task, body: Json) -> AsyncGenerator[Sequence[Json], None]:
        """Batches of chunks."""
        if card.runtime != CLOUD:
            batches = self._inside.stream(card, task, body)
        else:
            _check(card, task, body)
            if body.get("n") in _ONE:
                departure = await self._gate.depart(self._behalf, card, task, _bounded(card, task, body), stream=True)
                batches = departure.chunks()
            else:
                batches = several.stream(self, card, task, body)
        async with aclosing(batches):  # type: ignore[type-var]  # streams of engines are async generators
            async for batch in batches:
                yield batch

    async def count(self, card: ModelCard, body: Json) -> int:
        """Tokens of the prompt, of models inside."""
        if card.runtime == CLOUD:
            raise ValidationError("Tokens are not counted for a model outside this site: that would send the prompt.")
        return await self._inside.count(card, body)


def _check(card: ModelCard, task: Task, body: Json) -> None:
    """Raises: ValidationError, before anything leaves."""
    if (card.task == "embedding") != (task == "embedding"):
        raise ValidationError(f"The model {card.id} is for {card.task}; it cannot be used for {task}.")
    check(task, body)


def _bounded(card: ModelCard, task: Task, body: Json) -> Json:
    """With a bound on the answer, so that what a request can cost is known before it leaves."""
    if task == "embedding":
        return body
    asked = body.get("max_tokens") or card.max_output_tokens
    return {**body, "max_tokens": min(asked, card.max_output_tokens)}
