"""A job's output on its way to the site's logs, and the metrics that are read from it.

Metric patterns are a stranger's, and so are the lines they are tried on: RE2 takes time in proportion to the text, so
none of them can keep the factory busy.
"""

from __future__ import annotations

import logging
import math
from collections import deque
from typing import TYPE_CHECKING, Any

import re2

from usina.core.errors import ApiError, ValidationError
from usina.core.logs import LogEvent
from usina.core.metrics import Datum
from usina.engine.sandbox import OUTPUT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from usina.core.clock import Clock
    from usina.core.jobs import LogSink
    from usina.core.logs import Logs
    from usina.core.metrics import MetricSeries

_LOG = logging.getLogger(__name__)
_READ_BYTES = 524_288
_OFFERS = 100  # of lines that nobody takes, after the program ended
_OFFER_SECONDS = 0.1
_STAMP_CHARACTERS = 13
_TAIL_LINES = 40
_TOLD_SECONDS = 0.5
_REPORTED_VALUES = 20_000  # SageMaker's limit of Hyperband's resource
_SHIPPED = "shipped"  # how much of the output the sink has
_PATTERN_MEMORY_BYTES = 8_388_608


def metric_patterns(definitions: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Name -> compiled pattern.

    Raises: ValidationError where a pattern is none that RE2 takes (no look-around, no back references).
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY_BYTES
    compiled = {}
    for definition in definitions:
        try:
            compiled[definition["Name"]] = re2.compile(definition["Regex"], options=options)
        except re2.error:
            raise ValidationError(
                f"The regular expression of metric {definition['Name']} is not valid here: it must be one that RE2 "
                "takes, without look-around and back references."
            ) from None
    return compiled


class Follower:
    """Follows one run's output."""

    def __init__(
        self,
        folder: Path,
        sink: LogSink,
        place: tuple[str, str, str],
        patterns: Mapping[str, Any],
        dimension: tuple[str, str] = ("", ""),
    ) -> None:
        self._file = folder / OUTPUT
        self._mark = folder / _SHIPPED
        self._sink = sink
        self._place = place  # account, group, stream
        self._patterns = patterns
        self._dimension = dimension  # of the metrics, whose namespace is the group's name
        self._at = 0
        self._shipped = _number(self._mark)
        self.metrics: dict[str, list[float]] = {}
        self._found: dict[str, list[tuple[float, float]]] = {}
        self.watched = ""  # a metric all of whose values are wanted
        self._said: list[float] = []  # they, of the lines that are being taken
        self._reported: list[float] = []  # they, of those that were
        self._told, self._told_at = 0, 0.0  # how many of them somebody was told, and when
        self.behind = False  # the sink took no lines when it was last asked
        self.tail: deque[str] = deque(maxlen=_TAIL_LINES)

    async def pump(self) -> bool:
        """Take the whole lines that are new; whether there were any."""
        try:
            with self._file.open("rb") as file:
                file.seek(self._at)
                data = file.read(_READ_BYTES)
        except OSError:
            return False
        whole = data.rpartition(b"\n")[0]
        if not whole:
            return False
        start, at = self._at, self._at + len(whole) + 1
        new: list[tuple[float, str]] = []
        self._found, self._said = {}, []
        for line in whole.split(b"\n"):
            stamp, text = line[:_STAMP_CHARACTERS], line[_STAMP_CHARACTERS + 1 :].decode("utf-8", "replace")
            when = int(stamp) / 1_000 if stamp.isdigit() else 0.0
            self._measure(text, when, new=start >= self._shipped)
            self.tail.append(text)
            if start >= self._shipped:
                new.append((when, text))
            start += len(line) + 1
        if new and not await self._ship(new, at):
            return False
        self._at = at
        self._reported += self._said[: _REPORTED_VALUES - len(self._reported)]
        return True

    async def _ship(self, new: Sequence[tuple[float, str]], at: int) -> bool:
        """Hand lines on; whether they were taken. What is not taken now is offered again: a job fails for no log."""
        account, group, stream = self._place
        try:
            await self._sink.write(account, group, stream, new)
            if self._found:
                await self._sink.measure(account, group, self._dimension, self._found)
        except ApiError as error:
            self.behind = True
            _LOG.warning("a job's log was not taken", extra={"reason": error.message})
            return False
        self.behind = False
        self._mark.write_text(str(at), "ascii")
        return True

    async def finish(self, clock: Clock) -> None:
        """Take all that is left; where nobody takes it for a while, it is left."""
        for _ in range(_OFFERS):
            while await self.pump():
                pass
            if not self.behind:
                break
            await clock.sleep(_OFFER_SECONDS)

    def _measure(self, text: str, at: float, *, new: bool) -> None:
        for name, pattern in self._patterns.items():
            found = pattern.search(text)
            if found is None or not found.groups():
                continue
            try:
                value = float(found.group(1))
            except (TypeError, ValueError):
                continue
            if math.isfinite(value):
                self.metrics[name] = [value, at]
                if name == self.watched:
                    self._said.append(value)
                if new:
                    self._found.setdefault(name, []).append((at, value))

    def told(self, now: float) -> list[float]:
        """The values of the watched metric, where there are new ones to tell; not at every look."""
        if len(self._reported) == self._told or now - self._told_at < _TOLD_SECONDS:
            return []
        self._told, self._told_at = len(self._reported), now
        return list(self._reported)

    @property
    def found(self) -> dict[str, Any]:
        """What the log said, once it is whole."""
        return {"metrics": self.metrics} | ({"reported": self._reported} if self.watched else {})

    @property
    def last_error(self) -> str:
        """The line by which a Python program that failed says why; else its last line."""
        lines = [line for line in self.tail if line.strip()]
        for line in reversed(lines):
            head = line.split(":", 1)[0]
            if (
                not line.startswith((" ", "\t"))
                and head.isidentifier()
                and head.endswith(("Error", "Exception", "Exit"))
            ):
                return line
        return lines[-1] if lines else ""


class SiteLogs:
    """The `LogSink` port over the site's logs and metrics."""

    def __init__(self, logs: Logs, series: MetricSeries) -> None:
        self._logs = logs
        self._series = series

    async def write(self, account: str, group: str, stream: str, lines: Sequence[tuple[float, str]]) -> None:
        """Add lines."""
        events = [LogEvent(int(at * 1_000), text or " ") for at, text in lines]  # an event has at least a character
        await self._logs.write(account, group, stream, events, make=True)

    async def measure(
        self,
        account: str,
        namespace: str,
        dimension: tuple[str, str],
        found: Mapping[str, Sequence[tuple[float, float]]],
    ) -> None:
        """Add what was found of each metric: (epoch seconds, value)."""
        data = [
            Datum.of(name, at, value, dimensions=(dimension,)) for name, values in found.items() for at, value in values
        ]
        await self._series.put(account, namespace, data)


def _number(path: Path) -> int:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return 0
