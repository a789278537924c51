"""The keeper's hand on the process that holds a program's ways in and out (`beside.py`)."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from typing import Any

_END_SECONDS = 2.0


class Ways:
    """Starts it; it ends with whoever started it, since its standard input ends then."""

    def __init__(self, orders: dict[str, Any]) -> None:
        self._orders = orders
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            orders["argv"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
        )

    def open(self, process: int) -> None:
        """Have them opened in the network of a process; 0: in this one.

        Raises: OSError where one cannot be.
        """
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        self._process.stdin.write(json.dumps({**self._orders, "process": process}).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().decode().strip()
        if answer != "ready":
            raise OSError(f"its ways in and out could not be opened: {answer or 'they ended'}")

    @property
    def lost(self) -> bool:
        """Whether they ended by themselves."""
        return self._process.poll() is not None

    def close(self) -> None:
        """End them, and take their sockets away."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()  # it writes down what it counted, and ends
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for path, _ in self._orders["servers"]:
            with contextlib.suppress(OSError):
                os.unlink(path)  # noqa: PTH108 - no pathlib here: 10 ms
