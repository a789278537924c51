"""The keeper's hand on the process that holds a program's ways in and out (`beside.py`)."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
from typing import Any, NoReturn

_END_SECONDS = 2.0
_ANSWER_BYTES = 4_096
_DESCRIPTORS = 1 << 20


class Ways:
    """Starts it, as a copy of this process: that takes a tenth of the time of a new interpreter.

    It ends with whoever started it, since its standard input ends then.
    """

    def __init__(self, orders: dict[str, Any]) -> None:
        self._orders = orders
        source, self._control = os.pipe()
        self._answer, sink = os.pipe()
        self._process = os.fork()  # one thread here
        if not self._process:
            _be_beside(source, sink)
        os.close(source)
        os.close(sink)

    def open(self, process: int) -> None:
        """Have them opened in the network of a process; 0: in this one.

        Raises: OSError where one cannot be.
        """
        os.write(self._control, json.dumps({**self._orders, "process": process}).encode() + b"\n")
        answer = os.read(self._answer, _ANSWER_BYTES).decode().strip()
        if answer != "ready":
            raise OSError(f"its ways in and out could not be opened: {answer or 'they ended'}")

    @property
    def lost(self) -> bool:
        """Whether they ended by themselves."""
        if self._process:
            ended, _ = os.waitpid(self._process, os.WNOHANG)
            self._process = 0 if ended else self._process
        return not self._process

    def close(self) -> None:
        """End them, and take their sockets away."""
        os.close(self._control)  # it writes down what it counted, and ends
        if self._process:
            if not select.select([self._answer], [], [], _END_SECONDS)[0]:
                os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
        for path, _ in self._orders["servers"]:
            with contextlib.suppress(OSError):
                os.unlink(path)  # noqa: PTH108 - no pathlib here: 10 ms


def _be_beside(source: int, sink: int) -> NoReturn:
    """In the copy: nothing of the keeper's is kept, not even its lock."""
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(source, 0)
        os.dup2(sink, 1)
        os.closerange(3, _DESCRIPTORS)
        from usina.engine.sandbox.beside import main

        main()
        sys.stdout.flush()
    finally:
        os._exit(1)
