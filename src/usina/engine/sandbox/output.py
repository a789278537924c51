"""What a confined program writes, line by line, on its way into its folder."""

from __future__ import annotations

import contextlib
import os
import time

_LINE_BYTES = 65_536  # a longer line is cut in two
_READ_BYTES = 65_536


class Output:
    """What a program wrote, on its way to `output.log`: a line a line, each after its time, until the log is full."""

    def __init__(self, folder: str, most_bytes: int) -> None:
        self.log = open(os.path.join(folder, "output.log"), "ab", buffering=0)  # noqa: SIM115, PTH118, PTH123
        self.most_bytes = most_bytes
        self.written = 0
        self.rest = b""

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
            return True
        *lines, self.rest = (self.rest + data).split(b"\n")
        if len(self.rest) > _LINE_BYTES:
            lines.append(self.rest)
            self.rest = b""
        self.write_lines(lines)
        return True

    def write_lines(self, lines: list[bytes]) -> None:
        """Lines into the log, each after its time, until the log is full."""
        stamp = b"%013d " % (time.time() * 1000)  # noqa: TID251 - no Clock here: a program of its own
        text = b"".join(
            stamp + line[start : start + _LINE_BYTES] + b"\n"
            for line in lines
            for start in range(0, max(1, len(line)), _LINE_BYTES)
        )
        self.written += len(text)
        if self.written > self.most_bytes:
            text = stamp + b"(the log is full: what comes after this line is not kept)\n"
        # A full disk: the program's log is what gives way.
        with contextlib.suppress(OSError):
            self.log.write(text)

    def drain_last(self, source: int) -> None:
        """What was written and not read yet."""
        for _ in range(4_096):  # what a pipe can still hold; a grandchild that lives on may not keep us
            if not self.read(source):
                break
        if self.rest:
            self.write_lines([self.rest])
