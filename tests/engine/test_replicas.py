"""The control loop in virtual time: processes and answers are played."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.errors import EngineError, NotReadyError
from usina.core.limits import Limits
from usina.core.ports import ModelCard
from usina.engine.cluster import Ended, ProcessSpec
from usina.engine.intact import Intact
from usina.engine.replicas import Replica, World
from usina.engine.settings import EngineSettings
from usina.engine.upstream import Endpoint
from usina.testing.clock import CountingDice, VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CARD = ModelCard(id="a.b", name="b", provider="a", task="chat", runtime="played", context_tokens=10)
SETTINGS = EngineSettings(backoff_seconds=1.0, backoff_most_seconds=6.0, quick_crashes=5, stable_seconds=60.0)


class PlayedProcess:
    pid = 1

    def __init__(self) -> None:
        self.ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self.stopped = False

    async def wait(self) -> Ended:
        return await asyncio.shield(self.ended)

    async def stop(self, grace_seconds: float) -> Ended:
        self.stopped = True
        if not self.ended.done():
            self.ended.set_result(Ended(0))
        return await self.wait()

    async def log(self) -> AsyncIterator[bytes]:
        yield b""


class PlayedCluster:
    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.starts: list[float] = []
        self.processes: list[PlayedProcess] = []
        self.refuse = False

    async def start(self, spec: ProcessSpec) -> PlayedProcess:
        self.starts.append(self.clock.monotonic())
        if self.refuse:
            raise EngineError("no such program")
        self.processes.append(PlayedProcess())
        return self.processes[-1]


class PlayedRuntime:
    name = "played"
    dialect: Any = "grammar"

    def __init__(self, folder: Path) -> None:
        self.answers = True
        self.attached = False
        self.folder = folder

    def can_run(self, card: ModelCard) -> str:
        return ""

    def command(self, card: ModelCard, launch: Any) -> ProcessSpec | None:
        return None if self.attached else ProcessSpec("x", ("x",), self.folder / "log")

    def endpoint(self, card: ModelCard, launch: Any) -> Endpoint:
        return Endpoint(socket="nowhere")

    async def ready(self, card: ModelCard, upstream: Any) -> bool:
        await asyncio.sleep(0)
        return self.answers

    def translate(self, card: ModelCard, work: Any, body: Any, adapters: Any = ()) -> Any:
        raise NotImplementedError


class Play:
    def __init__(self, folder: Path, settings: EngineSettings = SETTINGS) -> None:
        self.clock = VirtualClock()
        self.cluster = PlayedCluster(self.clock)
        self.runtime = PlayedRuntime(folder)
        self.states: list[str] = []
        self.world = World(self.cluster, self.clock, CountingDice(), Limits(), settings, folder, folder, 1)
        self.replica = Replica(CARD, self.runtime, self.world, self.noted)

    def noted(self) -> None:
        if not self.states or self.states[-1] != self.replica.state:
            self.states.append(self.replica.state)

    async def reach(self, state: str, starts: int = 0) -> None:
        for _ in range(20_000):
            if self.replica.state == state and len(self.cluster.starts) >= starts:
                return
            await asyncio.sleep(0)
        raise AssertionError(f"{self.replica.state}, never {state}")

    def crash(self, code: int = -9) -> None:
        self.cluster.processes[-1].ended.set_result(Ended(code))


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Play]:
    played = Play(tmp_path)
    yield played
    await played.replica.stop(0)


async def test_it_is_ready_only_when_it_answers(play: Play) -> None:
    play.runtime.answers = False
    play.replica.start()
    await play.reach("STARTING", starts=1)
    with pytest.raises(NotReadyError):
        _ = play.replica.upstream
    play.runtime.answers = True
    await play.reach("READY")
    assert play.replica.upstream is not None


async def test_a_crash_leads_through_backoff_to_a_new_start(play: Play) -> None:
    play.replica.start()
    await play.reach("READY")
    play.crash()
    await play.reach("READY", starts=2)
    assert play.states == ["STARTING", "READY", "BACKOFF", "STARTING", "READY"]
    assert play.replica.restarts == 1


async def test_each_wait_is_twice_the_one_before_up_to_a_bound(tmp_path: Path) -> None:
    play = Play(tmp_path)
    play.replica.start()
    for number in range(1, 6):
        await play.reach("READY", starts=number)
        play.crash()
    await play.reach("FAILED")
    starts = play.cluster.starts
    assert [later - earlier for earlier, later in pairwise(starts)] == [1.0, 2.0, 4.0, 6.0]


async def test_after_so_many_quick_crashes_it_has_failed_with_the_reason(play: Play) -> None:
    play.replica.start()
    for number in range(1, 6):
        await play.reach("READY", starts=number)
        play.crash(-11)
    await play.reach("FAILED")
    assert play.replica.status.reason == "killed by signal 11"
    assert play.replica.restarts == 4
    with pytest.raises(EngineError, match="operator"):
        _ = play.replica.upstream


async def test_a_model_whose_file_was_changed_since_its_import_gets_no_process(tmp_path: Path) -> None:
    play = Play(tmp_path)
    (tmp_path / "model.gguf").write_bytes(b"poisoned")
    card = replace(CARD, sha256="00" * 32, options={"path": str(tmp_path / "model.gguf")})
    world = replace(play.world, intact=Intact(play.clock), settings=replace(SETTINGS, quick_crashes=1))
    play.replica = Replica(card, play.runtime, world, play.noted)
    failed = asyncio.Event()
    play.replica._changed = lambda: failed.set() if play.replica.state == "FAILED" else None
    play.replica.start()
    await failed.wait()
    assert "not the one that was imported" in play.replica.status.reason
    assert play.cluster.starts == []
    await play.replica.stop(0)


async def test_an_engine_that_lived_long_starts_its_count_anew(play: Play) -> None:
    play.replica.start()
    for number in range(1, 12):
        await play.reach("READY", starts=number)
        play.clock.advance(61.0)
        play.crash()
    await play.reach("READY", starts=12)
    assert play.replica.restarts == 11


async def test_an_engine_that_never_answers_is_started_again(play: Play) -> None:
    play.runtime.answers = False
    play.replica.start()
    await play.reach("STARTING", starts=2)
    assert play.cluster.processes[0].stopped
    assert play.cluster.starts[1] - play.cluster.starts[0] > 120


async def test_a_program_that_cannot_be_started_fails_with_the_reason(play: Play) -> None:
    play.cluster.refuse = True
    play.replica.start()
    await play.reach("FAILED")
    assert play.replica.status.reason == "no such program"


async def test_stop_drains_and_ends_the_process(play: Play) -> None:
    play.replica.start()
    await play.reach("READY")
    assert play.replica.gate.try_enter()
    stopping = asyncio.ensure_future(play.replica.stop(5))
    await play.reach("DRAINING")
    assert not play.cluster.processes[-1].stopped
    with pytest.raises(NotReadyError):
        _ = play.replica.upstream
    play.replica.gate.leave()
    await stopping
    assert play.states[-1] == "STOPPED"
    assert play.cluster.processes[-1].ended.done()


async def test_stop_does_not_wait_for_ever(play: Play) -> None:
    play.replica.start()
    await play.reach("READY")
    assert play.replica.gate.try_enter()
    await play.replica.stop(0.01)
    assert play.cluster.processes[-1].stopped


async def test_an_attached_engine_is_asked_again_until_it_answers(play: Play) -> None:
    play.runtime.attached = True
    play.runtime.answers = False
    play.replica.start()
    await play.reach("STARTING")
    play.runtime.answers = True
    await play.reach("READY")
    play.runtime.answers = False
    await play.reach("STARTING")
    play.runtime.answers = True
    await play.reach("READY")
    assert play.replica.pid is None
    assert not play.cluster.starts
