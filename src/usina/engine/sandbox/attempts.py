"""What a program tried to reach besides its ways: counted, bounded, and in a file of its run's folder.

`Watch` writes, in the process beside the program; `read_attempts` reads, in the factory. However much a program tries,
the file holds at most `_DESTINATIONS` lines and one for all others; what a packet carried is never kept.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from usina.engine.sandbox.packets import Wish, parse, refusal, wish

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "egress"  # of the writer's own, who may have no rights over the folder of the run
FILE = "attempts.jsonl"
OTHERS = Wish("other", "", 0)  # all destinations past the bound together
_DESTINATIONS = 256
_FILE_BYTES = 1_048_576  # more than the bound allows: read no further
_PACKET_BYTES = 65_536
_WINDOW_SECONDS = 0.1  # at least: a flood is looked at again with the next tick
_PACKETS = 500  # answered in a window; a flood beyond it waits in the kernel's short queue, or is dropped there


@dataclass(frozen=True, slots=True)
class Attempt:
    """Attempts at one destination, all refused."""

    protocol: str  # tcp, udp, dns, icmp, ...; other: destinations past the bound
    address: str
    port: int  # 0 where the protocol has none
    name: str  # what was looked up, where protocol is dns
    count: int
    first: float  # epoch seconds
    last: float

    def __str__(self) -> str:
        """For people."""
        if self.protocol == OTHERS.protocol:
            return "other destinations"
        if self.protocol == "dns":
            return f"the name {self.name}"
        place = f"[{self.address}]" if ":" in self.address else self.address
        return f"{place}:{self.port} by {self.protocol.upper()}" if self.port else f"{place} by {self.protocol.upper()}"


class Watch:
    """Reads a tunnel, refuses all that comes by it, and keeps count."""

    def __init__(self, tunnel: int, folder: str) -> None:
        self.tunnel = tunnel
        self._folder = folder
        self._seen: dict[Wish, list[float]] = {}  # count, first, last
        self._changed = False
        self._window = 0.0
        self._left = 0

    def read(self) -> bool:
        """Answer what has come; False where a flood has to wait."""
        now = time.monotonic()
        if now - self._window >= _WINDOW_SECONDS:
            self._window, self._left = now, _PACKETS
        while self._left:
            try:
                data = os.read(self.tunnel, _PACKET_BYTES)
            except OSError:  # nothing more to read
                return True
            self._left -= 1
            self._take(data)
        return False

    def _take(self, data: bytes) -> None:
        packet = parse(data)
        if packet is None:
            return
        if (wanted := wish(packet)) is not None:
            self.count(wanted, time.time())  # noqa: TID251 - no Clock here: a program of its own
        answer = refusal(packet)
        if answer is not None:
            try:
                os.write(self.tunnel, answer)
            except OSError:  # no room: it is asked for again
                return

    def count(self, wanted: Wish, now: float) -> None:
        """One more."""
        if wanted not in self._seen and len(self._seen) >= _DESTINATIONS:
            wanted = OTHERS
        row = self._seen.setdefault(wanted, [0, now, now])
        row[0] += 1
        row[2] = now
        self._changed = True

    @property
    def changed(self) -> bool:
        """Whether there is something to write."""
        return self._changed

    def write(self) -> None:
        """All of it, whole or not at all. A full disk: the next write may succeed."""
        rows = [Attempt(*wanted, int(count), first, last) for wanted, (count, first, last) in self._seen.items()]
        partial = f"{self._folder}/{FILE}.part"
        self._changed = False
        try:
            with open(partial, "wb") as file:  # noqa: PTH123
                file.writelines(json.dumps(asdict(row)).encode() + b"\n" for row in rows)
            os.rename(partial, f"{self._folder}/{FILE}")  # noqa: PTH104
        except OSError:
            self._changed = True


def read_attempts(folder: Path) -> list[Attempt]:
    """What the program of that run tried to reach so far; nothing where nothing was tried, or none is recorded here."""
    try:
        with (folder / FOLDER / FILE).open("rb") as file:
            text = file.read(_FILE_BYTES)
        return [Attempt(**json.loads(line)) for line in text.splitlines()]
    except (OSError, ValueError, TypeError):
        return []
