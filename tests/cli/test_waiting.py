from __future__ import annotations

from usina.cli.waiting import PAUSE_SECONDS, wait_until


class Watch:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def pause(self, seconds: float) -> None:
        self.time += seconds


class Looker:
    def __init__(self, *, says: bool) -> None:
        self.looks = 0
        self._says = says

    def look(self) -> bool:
        self.looks += 1
        return self._says


def test_it_looks_at_least_once() -> None:
    for says in (True, False):
        looker = Looker(says=says)
        assert wait_until(looker.look, 0.0, now=Watch().now) is says
        assert looker.looks == 1


def test_it_gives_up_at_the_deadline_and_not_before() -> None:
    watch = Watch()
    assert wait_until(lambda: False, 10.0, now=watch.now, pause=watch.pause) is False
    assert watch.time == 10.0


def test_it_stops_as_soon_as_it_is_so() -> None:
    watch = Watch()
    assert wait_until(lambda: watch.time >= 1.0, 10.0, now=watch.now, pause=watch.pause) is True
    assert watch.time <= 1.0 + PAUSE_SECONDS
