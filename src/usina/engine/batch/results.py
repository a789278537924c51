"""What a batch job has answered so far, one file for each of its input's: a line a record, in the input's order.

The number of whole lines is how far the job is, so a killed factory goes on behind the last of them: no record is
asked again whose answer is here, and none is written twice. Before each line stands what it counts for
(`OK INPUT_TOKENS OUTPUT_TOKENS `), which the delivered file has no more. Calls block: they are made from threads.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MARKS = 3  # what stands before a line


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records came to what."""

    success: int = 0
    error: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def processed(self) -> int:
        """Records that have their line."""
        return self.success + self.error

    def __add__(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(
            self.success + other.success,
            self.error + other.error,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """One record's line, and what it counts for."""

    line: bytes  # JSON, without its end
    tally: Tally

    def marked(self) -> bytes:
        """As it is kept."""
        tally = self.tally
        return b"%d %d %d %b\n" % (tally.success, tally.input_tokens, tally.output_tokens, self.line)


class Results:
    """One file of results."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def recover(self) -> Tally:
        """What is there, without a last line that a kill cut off. Raises: OSError."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        tally, end = Tally(), 0
        with self._path.open("ab+") as file:
            file.seek(0)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                success, asked, given = (int(mark) for mark in line.split(b" ", _MARKS)[:_MARKS])
                tally += Tally(success, 1 - success, asked, given)
                end += len(line)
            file.truncate(end)
            os.fsync(file.fileno())
        return tally

    def append(self, results: Sequence[Result]) -> None:
        """Add lines; they are on disk when this returns. Raises: OSError."""
        with self._path.open("ab") as file:
            file.write(b"".join([result.marked() for result in results]))
            file.flush()
            os.fdatasync(file.fileno())

    def deliver(self, target: Path) -> Tally:
        """Write the file that the job's owner gets; gives what it comes to. Raises: OSError."""
        tally = self.recover()
        with self._path.open("rb") as kept, target.open("wb") as file:
            for line in kept:
                file.write(line.split(b" ", _MARKS)[_MARKS])
        return tally
