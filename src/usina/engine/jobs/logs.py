"""A job's output on its way to the site's logs, and the metrics that are read from it.

Metric patterns are a stranger's, and so are the lines they are tried on: RE2 takes time in proportion to the text, so
none of them can keep the factory busy.
"""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Any

import re2

from usina.core.errors import ValidationError
from usina.engine.sandbox import OUTPUT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from usina.core.jobs import LogSink

_READ_BYTES = 1_048_576
_STAMP_CHARACTERS = 13
_TAIL_LINES = 40
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

    def __init__(self, folder: Path, sink: LogSink, place: tuple[str, str, str], patterns: Mapping[str, Any]) -> None:
        self._file = folder / OUTPUT
        self._mark = folder / _SHIPPED
        self._sink = sink
        self._place = place  # account, group, stream
        self._patterns = patterns
        self._at = 0
        self._shipped = _number(self._mark)
        self.metrics: dict[str, list[float]] = {}
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
        start, self._at = self._at, self._at + len(whole) + 1
        new: list[tuple[float, str]] = []
        for line in whole.split(b"\n"):
            stamp, text = line[:_STAMP_CHARACTERS], line[_STAMP_CHARACTERS + 1 :].decode("utf-8", "replace")
            at = int(stamp) / 1_000 if stamp.isdigit() else 0.0
            self._measure(text, at)
            self.tail.append(text)
            if start >= self._shipped:
                new.append((at, text))
            start += len(line) + 1
        if new:
            await self._sink.write(*self._place, new)
            self._mark.write_text(str(self._at), "ascii")
        return True

    async def finish(self) -> None:
        """Take all that is left."""
        while await self.pump():
            pass

    def _measure(self, text: str, at: float) -> None:
        for name, pattern in self._patterns.items():
            found = pattern.search(text)
            if found is None or not found.groups():
                continue
            try:
                self.metrics[name] = [float(found.group(1)), at]
            except (TypeError, ValueError):
                continue

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


class FolderLogs:
    """The `LogSink` port over files: a folder for each account and group, a file of JSON lines for each stream."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def write(self, account: str, group: str, stream: str, lines: Sequence[tuple[float, str]]) -> None:
        """Add lines."""
        path = self._folder / account / group.strip("/").replace("/", "-") / f"{stream.replace('/', '-')}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps({"time": at, "message": text}) + "\n" for at, text in lines)


def _number(path: Path) -> int:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return 0
