"""What a confined program writes, line by line, on its way into its folder."""

from __future__ import annotations

import contextlib
import os
import time

_LINE_BYTES = 65_536  # a longer line is cut in two
_READ_BYTES = 65_536
_TAIL_BYTES = 4_096  # of what comes after the log is full


class Output:
    """What a program wrote, on its way to `output.log`: a line a line, each after its time, until the log is full.

    Of what comes then its end is kept, and written last: a program says there why it failed.
    """

    def __init__(self, folder: str, most_bytes: int) -> None:
        self.log = open(os.path.join(folder, "output.log"), "ab", buffering=0)  # noqa: SIM115, PTH118, PTH123
        self.most_bytes = most_bytes
        self.written = 0
        self.rest = b""
        self.dropped = 0  # bytes that were not kept
        self.tail = b""  # the last of them

    def read(self, source: int) -> bool:
        """Take what is there; whether something was."""
        try:
            data = os.read(source, _READ_BYTES)
        except BlockingIOError:
            return False
        if not data:
            time.sleep(0.01)  # noqa: TID251 - closed its output and runs on; no loop of ours here
            return False
        if self.written > self.most_bytes:
            self.drop(data)
            return True
        *lines, self.rest = (self.rest + data).split(b"\n")
        if len(self.rest) > _LINE_BYTES:
            lines.append(self.rest)
            self.rest = b""
        self.write_lines(lines)
        return True

    def write_lines(self, lines: list[bytes]) -> None:
        """Lines into the log, each after its time, until the log is full."""
        text = stamped(lines)
        self.written += len(text)
        if self.written > self.most_bytes:
            self.drop(b"".join(line + b"\n" for line in lines) + self.rest)
            text = stamped([b"(the log is full: of what comes after this line the end alone is kept)"])
        self.write(text)

    def drop(self, data: bytes) -> None:
        """Keep the end of it."""
        self.dropped += len(data)
        self.tail = (self.tail + data)[-_TAIL_BYTES:]

    def write(self, text: bytes) -> None:
        """Add to the log. A full disk: the log is what gives way."""
        with contextlib.suppress(OSError):
            self.log.write(text)

    def drain_last(self, source: int) -> None:
        """What was written and not read yet."""
        for _ in range(4_096):  # what a pipe can still hold; a grandchild that lives on may not keep us
            if not self.read(source):
                break
        if self.dropped:
            lines = self.tail.rstrip(b"\n").split(b"\n")
            kept = lines[1:] if self.dropped > len(self.tail) else lines
            said = b"(%d bytes were not kept; the last lines were these)" % (self.dropped - sum(map(len, kept)))
            self.write(stamped([said, *kept]))
        elif self.rest:
            self.write_lines([self.rest])


def stamped(lines: list[bytes]) -> bytes:
    """Lines, each after the time of now; those that are too long are cut."""
    stamp = b"%013d " % (time.time() * 1000)  # noqa: TID251 - no Clock here: a program of its own
    return b"".join(
        stamp + line[start : start + _LINE_BYTES] + b"\n"
        for line in lines
        for start in range(0, max(1, len(line)), _LINE_BYTES)
    )
