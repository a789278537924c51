"""The `Engines` port: a request goes through its engine's gate in the engine's words, and comes back in ours."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from usina.core.cloud import CLOUD
from usina.core.errors import EngineError, NotReadyError, ValidationError
from usina.engine import constrained, several
from usina.engine.checks import check
from usina.engine.refusals import explain, explain_event
from usina.engine.upstream import RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from usina.core.clock import Clock
    from usina.core.ports import Json, ModelCard, Task
    from usina.engine.admission import Gate
    from usina.engine.replicas import Replica
    from usina.engine.runtimes import Exchange, Work
    from usina.engine.shared import SharedEngine
    from usina.engine.upstream import Upstream

_ONE = (None, 1)
_NONSENSE = (KeyError, TypeError, IndexError, AttributeError, ValueError)  # what reading a foreign answer can raise


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of a model, before it is known which process will answer."""

    card: ModelCard
    work: Work
    body: Json

    def words(self, replica: Replica) -> Exchange:
        """In the words of that process's engine."""
        return replica.runtime.translate(self.card, self.work, self.body, replica.loaded)


class RunningEngines:
    """Engines of this machine, by the id of the model whose process it is."""

    def __init__(self, engines: Mapping[str, SharedEngine], clock: Clock) -> None:
        self._engines = engines
        self._clock = clock

    async def call(self, card: ModelCard, task: Task, body: Json) -> Json:
        """One whole answer."""
        replica = self._replica(card, task)
        check(task, body)
        if body.get("n") not in _ONE:
            return await several.call(self, card, task, body)
        constraint = constrained.constrain(body, replica.runtime.dialect) if task == "chat" else None
        answer = await self._ask(_Asked(card, task, constraint.body if constraint else body))
        return constraint.answer(answer) if constraint else answer

    async def stream(self, card: ModelCard, task: Task, body: Json) -> AsyncGenerator[Sequence[Json], None]:
        """Batches of chunks."""
        replica = self._replica(card, task)
        check(task, body)
        if body.get("n") not in _ONE:
            batches = several.stream(self, card, task, body)
        else:
            constraint = constrained.constrain(body, replica.runtime.dialect) if task == "chat" else None
            asked = {**(constraint.body if constraint else body), "stream": True}
            batches = self._flow(_Asked(card, task, asked))
            if constraint:
                batches = constraint.stream(batches)
        async with aclosing(batches):
            async for batch in batches:
                yield batch

    async def count(self, card: ModelCard, body: Json) -> int:
        """Tokens of the prompt."""
        task: Task = "chat" if "messages" in body else "completion"
        replica = self._replica(card, task)
        check(task, body)
        constraint = constrained.constrain(body, replica.runtime.dialect) if "messages" in body else None
        exchange = _Asked(card, "count", constraint.body if constraint else body).words(replica)
        replica.tally.begin()
        try:
            async with replica.side_door:
                answer = await self._exchange(replica.upstream, exchange)
        except RefusedError as refused:
            raise explain(refused) from refused
        finally:
            replica.tally.end()
        tokens: int = answer["tokens"]
        return tokens

    def gate(self, card: ModelCard, task: Task) -> Gate:
        """The queue in front of a model's engine. Raises: as `call`, where it has none."""
        return self._replica(card, task).gate

    def _replica(self, card: ModelCard, task: Work) -> Replica:
        if (card.task == "embedding") != (task == "embedding"):
            raise ValidationError(f"The model {card.id} is for {card.task}; it cannot be used for {task}.")
        if card.runtime == CLOUD:  # its way out is the gate, with the caller's name; here nobody is known
            raise ValidationError(f"The model {card.id} answers from outside this site: it cannot be used for this.")
        engine = self._engines.get(card.base or card.id)
        if engine is None:
            raise NotReadyError(f"the model {card.id} is not running yet, please try again.", retry_after_seconds=2.0)
        return engine.answering(card)

    async def _enter(self, asked: _Asked) -> tuple[Replica, Upstream, Exchange]:
        """Take a slot, at the process that answers once there is one; it is to be given back by `_leave`."""
        replica = self._replica(asked.card, asked.work)
        upstream = replica.upstream  # says at once when there is none, before anyone waits
        exchange = asked.words(replica)
        gate = replica.gate
        if not gate.try_enter():
            await gate.enter()
            try:
                now = self._replica(asked.card, asked.work)
                upstream = now.upstream
                if now is not replica:  # another process took its place meanwhile, with other adapters
                    replica, exchange = now, asked.words(now)
            except BaseException:
                gate.leave()
                raise
        replica.tally.begin()
        return replica, upstream, exchange

    @staticmethod
    def _leave(replica: Replica, seconds: float | None) -> None:
        replica.tally.end()
        replica.gate.leave(seconds)

    async def _ask(self, asked: _Asked) -> Json:
        replica, upstream, exchange = await self._enter(asked)
        began = self._clock.monotonic()
        seconds: float | None = None
        try:
            answer = await self._exchange(upstream, exchange)
            seconds = self._clock.monotonic() - began
        except RefusedError as refused:
            raise explain(refused) from refused
        finally:
            self._leave(replica, seconds)
        return answer

    async def _flow(self, asked: _Asked) -> AsyncGenerator[Sequence[Json], None]:
        replica, upstream, exchange = await self._enter(asked)
        began = self._clock.monotonic()
        seconds: float | None = None
        last: Json = {}
        try:
            if exchange.fold is None:
                raise ValidationError("This kind of request does not stream.")
            fold = exchange.fold()
            body = await self._finished_body(upstream, exchange)
            events = upstream.stream(exchange.path, body, marker=exchange.marker)
            async with aclosing(events):
                async for batch in events:
                    chunks = _folded(fold, batch)
                    if chunks:
                        last = chunks[-1]
                        yield chunks
            if not last.get("usage"):
                raise EngineError("the engine's stream ended before its answer was complete")
            seconds = self._clock.monotonic() - began
        except RefusedError as refused:
            raise explain(refused) from refused
        finally:
            self._leave(replica, seconds)

    async def _exchange(self, upstream: Upstream, exchange: Exchange) -> Json:
        body = await self._finished_body(upstream, exchange)
        answer = await upstream.call(exchange.path, body)
        try:
            return exchange.answer(answer)
        except _NONSENSE as error:
            raise EngineError("the model's engine gave an answer that makes no sense") from error

    async def _finished_body(self, upstream: Upstream, exchange: Exchange) -> Json:
        if exchange.render is None:
            return exchange.body
        rendered = await upstream.call(exchange.render_path, exchange.render)
        try:
            return {**exchange.body, exchange.render_into: rendered["prompt"]}
        except _NONSENSE as error:
            raise EngineError("the model's engine gave no prompt") from error


def _folded(fold: Any, batch: Sequence[Any]) -> list[Json]:
    try:
        chunks: list[Json] = fold(batch)
    except _NONSENSE as error:
        wrong = next((event for event in batch if not isinstance(event, dict) or "error" in event), None)
        raise explain_event(wrong) from error
    return chunks
