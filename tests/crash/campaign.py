"""Kills a factory at seeded moments of what its clients do, and looks each time whether it kept what it promised."""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.crash.actors import PARK_SECONDS
from tests.crash.batch import Batches
from tests.crash.endpoints import Endpoints
from tests.crash.entries import Lines, Roles
from tests.crash.jobs import Jobs
from tests.crash.keys import Keys
from tests.crash.models import Customizations, Imports
from tests.crash.objects import Objects, Versions
from tests.crash.tuning import Tunings
from usina.client.api import Factory as Reached
from usina.client.found import kit_folder, read_kit

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.crash.actors import Actor
    from tests.journeys.running import Factory

ACTORS: Final = {
    "objects": Objects,
    "versions": Versions,
    "roles": Roles,
    "lines": Lines,
    "jobs": Jobs,
    "batches": Batches,
    "endpoint": Endpoints,
    "tuning": Tunings,
    "keys": Keys,
}
# Minutes each on a small machine: for campaigns alone, not for the tests of each change.
LONG_ACTORS: Final = {"customization": Customizations, "imports": Imports}
# An endpoint and a job at the same time, also on a machine with two cores.
INSTANCES: Final = "".join(
    f"[ml.{name}]\ncores = 1\nmemory_gb = {memory}\n"
    for name, memory in (("t3.medium", 1), ("t2.medium", 1), ("usina.customization", 4))
)
LIVES_SECONDS = (0.1, 2.0)  # how long a factory works before it is killed
STARTS_SECONDS = (0.05, 2.5)  # and one that is killed while it starts
KILLED_EARLY = 0.2  # the share of those
PAGE = 1_000


@dataclass
class Report:
    """What was done and seen."""

    seed: int
    kills: int = 0
    early: int = 0  # of them, while the factory started
    restarts: list[float] = field(default_factory=list)  # seconds until it was ready again
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    records: int = 0

    def lines(self) -> list[str]:
        """For people."""
        median, longest = statistics.median(self.restarts), max(self.restarts)
        told = [f"seed {self.seed}: killed {self.kills} times, {self.early} of them while it started"]
        told += [f"ready again after {median:.1f} s (median), {longest:.1f} s (longest)"]
        told += [
            f"{name}: {', '.join(f'{n} {what}' for what, n in seen.items())}" for name, seen in self.counts.items()
        ]
        return [*told, f"ledger: {self.records} records, verified; every answered request is in it, with one outcome"]


class Campaign:
    """One factory, its clients, and the one who kills."""

    def __init__(self, factory: Factory, seed: int, *, long: bool = False) -> None:
        self.factory = factory
        self.dice = random.Random(seed)
        self.report = Report(seed)
        kinds: dict[str, type[Actor]] = {**ACTORS, **(LONG_ACTORS if long else {})}
        self.actors: list[Actor] = [kind(name, factory, seed) for name, kind in kinds.items()]

    def run(self, kills: int, tell: Callable[[str], None] = lambda _: None) -> Report:
        """Kill that often. Raises AssertionError with what was not kept."""
        self.factory.stop()
        (self.factory.home / "instances.toml").write_text(INSTANCES)
        self.factory.start()
        for actor in self.actors:
            actor.prepare()
            actor.start()
        try:
            while self.report.kills < kills:
                self._live_and_die()
                tell(f"{self.report.kills} kills")
            for actor in self.actors:
                actor.finish()
        finally:
            for actor in self.actors:
                actor.gate.end()
                actor.join(PARK_SECONDS)
        self._check_ledger()
        self.report.counts = {actor.name: actor.counts() for actor in self.actors}
        return self.report

    def _live_and_die(self) -> None:
        """Let the clients act, kill the factory under them, start it again, and look."""
        for actor in self.actors:
            actor.gate.open()
        threading.Event().wait(self.dice.uniform(*LIVES_SECONDS))
        for actor in self.actors:
            actor.gate.close()  # what is under way goes on into the kill
        self._kill()
        for actor in self.actors:
            actor.gate.emptied()
            if actor.trouble is not None:
                raise AssertionError(f"{actor.name}: {actor.trouble!r}") from actor.trouble
        while self.dice.random() < KILLED_EARLY:
            self.factory.launch()
            threading.Event().wait(self.dice.uniform(*STARTS_SECONDS))
            self._kill()
            self.report.early += 1
        begun = time.monotonic()
        self.factory.start()
        self.report.restarts.append(time.monotonic() - begun)
        for actor in self.actors:
            actor.check()

    def _kill(self) -> None:
        self.factory.kill()
        self.report.kills += 1

    def _check_ledger(self) -> None:
        """The ledger verifies, and knows every request that was answered; few of them as broken off."""
        verified = self.factory.command("ledger", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        reached = Reached(read_kit(kit_folder(self.factory.home)))
        intents, outcomes, last = set(), Counter[str](), 0
        statuses = {}
        while page := reached.ledger_records(last, PAGE):
            last = int(page[-1]["seq"])
            self.report.records = last
            intents |= {str(each["request_id"]) for each in page if each["kind"] == "intent"}
            for each in page:
                if each["kind"] == "outcome":
                    outcomes[str(each["request_id"])] += 1
                    statuses[str(each["request_id"])] = each["status"]
            if len(page) < PAGE:
                break
        answered = {request for actor in self.actors for request in actor.answered}
        assert answered <= intents, f"requests are not in the ledger: {sorted(answered - intents)[:5]}"
        assert not (odd := [request for request in answered if outcomes[request] != 1]), f"no one outcome: {odd[:5]}"
        broken = [request for request in answered if statuses[request] != "done"]
        assert len(broken) <= self.report.kills * len(self.actors), "more requests broke off than were under way"
