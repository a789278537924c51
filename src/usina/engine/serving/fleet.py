"""What serves an endpoint: its variants, whose turn it is, and one invocation from there to its answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from usina.core.endpoints import ANSWER_BYTES, LANGUAGE_IMAGE, LOG_GROUPS, Streamed
from usina.core.errors import UsinaError, ValidationError
from usina.core.ids import Arn
from usina.core.jobs import InstanceType
from usina.engine.serving import refusals
from usina.engine.serving.language import LanguageModel
from usina.engine.serving.served import Served
from usina.engine.serving.server import ModelServer
from usina.engine.serving.variant import Variant
from usina.engine.serving.wire import ServerGoneError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from usina.core.clock import Clock
    from usina.core.endpoints import Answer, Ask
    from usina.core.ports import Catalogue, Engines
    from usina.engine.jobs.capacity import Floor
    from usina.engine.serving.backend import Backend
    from usina.engine.serving.served import World

T = TypeVar("T")
INVOKE_SECONDS = 60.0
STREAM_SECONDS = 480.0
_READY_SECONDS = 5.0  # for a server that is being taken up or started again
_WAKE_SECONDS = 60.0  # for one that slept
_MEBIBYTE, _GIBIBYTE = 1_048_576, 1_073_741_824
_VOLUME_GB = 30
_POLL_SECONDS = 0.05


class FleetError(UsinaError):
    """A variant cannot serve; the message is a FailureReason."""


@dataclass(frozen=True, slots=True)
class Means:
    """What fleets are made with."""

    world: World
    floor: Floor
    instances: Mapping[str, InstanceType]
    engines: Engines
    catalogue: Catalogue
    idle_seconds: float = 300.0  # after which a serverless variant sleeps


class Timing:
    """When one invocation began, and when it had a server."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.monotonic()
        self._reached: float | None = None

    def reached(self) -> None:
        """It has a server from now on."""
        self._reached = self._clock.monotonic()

    def spent(self) -> tuple[float, float]:
        """Seconds with the model, and seconds before."""
        now = self._clock.monotonic()
        reached = now if self._reached is None else self._reached
        return now - reached, reached - self._began


class Fleet:
    """The servers of one generation of an endpoint."""

    def __init__(
        self,
        account: str,
        endpoint: str,
        spec: Mapping[str, Any],
        means: Means,
        tell: Callable[[], None] = lambda: None,
    ) -> None:
        self.spec = spec
        self.generation = int(spec["generation"])
        self._account = account
        self._endpoint = endpoint
        self._means = means
        self._tell = tell  # of servers that became ready or ended
        self.variants = {each["name"]: self._variant(each) for each in spec["variants"]}

    def begin(self, *, in_service: bool = False) -> None:
        """Have all of it run. `in_service`: it served before, and what sleeps when idle may go on sleeping."""
        for variant in self.variants.values():
            variant.begin(in_service=in_service)

    def stay_awake(self) -> None:
        """Let nothing sleep, until it is begun again."""
        for variant in self.variants.values():
            variant.stay_awake()

    async def settled(self) -> None:
        """Wait until every server was ready. Raises: FleetError where one cannot serve."""
        while True:
            slots = [(variant.name, slot) for variant in self.variants.values() for slot in variant.slots]
            for name, slot in slots:
                if slot.state == "FAILED":
                    raise FleetError(f"Production variant {name}: {slot.reason}")
            if all(slot.proved for _, slot in slots):
                return
            await self._means.world.clock.sleep(_POLL_SECONDS)

    async def scale(self, spec: Mapping[str, Any]) -> None:
        """Take other weights and counts over, of the same variants."""
        self.spec = spec
        for each in spec["variants"]:
            await self.variants[each["name"]].scale(each)

    def counts(self) -> dict[str, int]:
        """How many servers answer, by variant; none of those that come and go by themselves."""
        return {name: 0 if variant.serverless else variant.answering for name, variant in self.variants.items()}

    async def drained(self, seconds: float) -> None:
        """Wait until nothing is asked of it any more, so long at most."""
        clock = self._means.world.clock
        until = clock.monotonic() + seconds
        while any(variant.load or variant.asking for variant in self.variants.values()) and clock.monotonic() < until:
            await clock.sleep(_POLL_SECONDS)

    async def stop(self, successor: Fleet | None = None) -> None:
        """End all of it; a successor keeps the room of the places that it has as well."""
        await asyncio.gather(*(variant.stop() for variant in self.variants.values()))
        for name, variant in self.variants.items():
            following = None if successor is None else successor.variants.get(name)
            for number in range(len(variant.slots)):
                if following is None or following.instance is None or number >= len(following.slots):
                    variant.room(number).leave()
                else:
                    variant.room(number).shrink(following.instance)

    async def let_go(self) -> None:
        """Leave it to the next factory."""
        for variant in self.variants.values():
            await variant.let_go()

    # --- one invocation ---

    def choose(self, wanted: str) -> Variant:
        """The variant that is named, else the one whose turn it is by weight.

        Smooth weighted turns: shares are exact over any stretch, without dice.
        Raises: ValidationError where there is none of that name, or none that takes requests.
        """
        if wanted:
            if wanted not in self.variants:
                raise ValidationError(f"Variant {wanted} not found for endpoint {self._endpoint}.")
            return self.variants[wanted]
        if len(self.variants) == 1:
            return next(iter(self.variants.values()))
        total = sum(variant.weight for variant in self.variants.values())
        if total <= 0:
            raise ValidationError(f"All variants of endpoint {self._endpoint} have the weight 0: name a TargetVariant.")
        chosen = None
        for variant in self.variants.values():
            variant.turn += variant.weight
            if chosen is None or variant.turn > chosen.turn:
                chosen = variant
        assert chosen is not None  # noqa: S101 - there is at least one
        chosen.turn -= total
        return chosen

    async def invoke(
        self,
        ask: Ask,
        variant: Variant,
        seconds: float = INVOKE_SECONDS,
        most_bytes: int = ANSWER_BYTES,
        *,
        timing: Timing | None = None,
    ) -> Answer:
        """One whole answer. Raises: ApiError, in the service's words."""
        variant.asking += 1
        try:
            answer = await self._reaching(variant, lambda backend: backend.invoke(ask, seconds, most_bytes), timing)
        except UsinaError as error:
            raise refusals.broken(error, self._group) from error
        finally:
            variant.asking -= 1
        if answer.status // 100 != refusals.SUCCESS:
            raise refusals.refused(answer, self._group)
        return replace(answer, variant=variant.name)

    async def stream(
        self, ask: Ask, variant: Variant, seconds: float = STREAM_SECONDS, *, timing: Timing | None = None
    ) -> Streamed:
        """One answer as it comes. Raises: ApiError, also while it is read."""
        variant.asking += 1
        try:
            streamed = await self._reaching(variant, lambda backend: backend.stream(ask, seconds), timing)
        except UsinaError as error:
            raise refusals.broken(error, self._group) from error
        finally:
            variant.asking -= 1
        if not isinstance(streamed, Streamed):
            raise refusals.refused(streamed, self._group)
        return replace(streamed, variant=variant.name, pieces=refusals.translated(streamed.pieces, self._group))

    async def _reaching(self, variant: Variant, ask: Callable[[Backend], Awaitable[T]], timing: Timing | None) -> T:
        """Ask a server; one that took no connection was never asked, so another may be, for a while."""
        clock = self._means.world.clock
        until = clock.monotonic() + _READY_SECONDS
        while True:
            backend = await variant.backend(_WAKE_SECONDS if variant.serverless else _READY_SECONDS)
            if timing is not None:
                timing.reached()
            try:
                return await ask(backend)
            except ServerGoneError as error:
                if not error.never_sent or clock.monotonic() >= until:
                    raise
            await clock.sleep(_POLL_SECONDS)

    @property
    def _group(self) -> str:
        return f"{LOG_GROUPS}{self._endpoint}"

    # --- what it is made of ---

    def _variant(self, spec: dict[str, Any]) -> Variant:
        instance = instance_of(spec, self._means.instances)
        language = spec["containers"][0].get("Image") == LANGUAGE_IMAGE
        return Variant(
            spec,
            (self._account, self._endpoint),
            self._language(spec) if language else self._server(spec, instance),
            None if language else instance,
            self._means.floor,
            self._means.world.clock,
            idle_seconds=self._means.idle_seconds,
            tell=self._tell,
        )

    def _language(self, spec: dict[str, Any]) -> Callable[[int], Backend]:
        container = spec["containers"][0]
        return lambda _number: LanguageModel(container, self._account, self._means.engines, self._means.catalogue)

    def _server(self, spec: dict[str, Any], instance: InstanceType) -> Callable[[int], Backend]:
        def make(number: int) -> Backend:
            place = f"{spec['name']}/{self.generation}-{number}"
            served = Served(
                self._account,
                f"endpoint/{self._endpoint}/{place}",
                spec["role"],
                spec["containers"][0],
                instance,
                (self._group, f"{spec['name']}/i-{self.generation:08x}{number:04x}"),
                arn=str(Arn("sagemaker", self._means.world.region, self._account, f"endpoint/{self._endpoint}")),
                isolated=spec["isolated"],
                volume_bytes=int(spec.get("volume_gb") or _VOLUME_GB) * _GIBIBYTE,
            )
            return ModelServer(served, self._means.world)

        return make


def instance_of(spec: Mapping[str, Any], instances: Mapping[str, InstanceType]) -> InstanceType:
    """What one server of a variant may use; nothing, where the site's table has lost its type."""
    serverless = spec.get("serverless")
    if serverless:
        memory = int(serverless["MemorySizeInMB"]) * _MEBIBYTE
        return InstanceType(f"serverless {serverless['MemorySizeInMB']} MB", 1, memory)
    return instances.get(spec["instance"]) or InstanceType(spec["instance"], 0, 0)
