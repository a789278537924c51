"""How many bytes a TCP connection carried, as the kernel counted them (Linux, `struct tcp_info` of linux/tcp.h).

The kernel's count holds for TLS as well, costs nothing while bytes flow, and nobody in this process can forget one.
It is of what TCP carried for the connection: neither headers of packets nor what was sent a second time.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from dataclasses import dataclass
from typing import Final

_SIZE: Final = 216
_RECEIVED: Final = 128  # offset of tcpi_bytes_received, u64
_WAITING: Final = 144  # tcpi_notsent_bytes, u32
_SENT: Final = 200  # tcpi_bytes_sent and, after it, tcpi_bytes_retrans, u64 each
# States in which the other end's FIN was taken: the kernel counts it as a byte that was received.
_STATE_TIME_WAIT, _STATE_CLOSE_WAIT, _STATE_LAST_ACK, _STATE_CLOSING = 6, 8, 9, 11
_ENDED: Final = frozenset({_STATE_CLOSE_WAIT, _STATE_LAST_ACK, _STATE_CLOSING, _STATE_TIME_WAIT})


@dataclass(frozen=True, slots=True)
class Count:
    """Bytes of one connection."""

    sent: int
    received: int


class Watch:
    """Holds a connection's socket open beside its user, so that it can be asked when that one is done with it."""

    def __init__(self, used: socket.socket) -> None:
        self._socket: socket.socket | None = socket.socket(fileno=os.dup(used.fileno()))
        self._last = Count(0, 0)
        self._one = threading.Lock()  # who tells of open connections and who ends one are different threads

    def now(self) -> Count:
        """What it carried so far."""
        with self._one:
            return self._asked()

    def _asked(self) -> Count:
        if self._socket is None:
            return self._last
        told = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SIZE)
        if len(told) < _SIZE:  # an older kernel: what it does not tell is not made up
            return self._last
        (received,) = struct.unpack_from("=Q", told, _RECEIVED)
        (waiting,) = struct.unpack_from("=I", told, _WAITING)
        sent, again = struct.unpack_from("=QQ", told, _SENT)
        self._last = Count(sent - again + waiting, max(0, received - (told[0] in _ENDED)))
        return self._last

    def end(self) -> Count:
        """What it carried in all; the socket is let go."""
        with self._one:
            found = self._asked()
            if self._socket is not None:
                self._socket.close()
                self._socket = None
            return found
