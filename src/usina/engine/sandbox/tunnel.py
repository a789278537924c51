"""A network device that leads to this process: every packet that a program sends to another machine arrives here.

Made in the program's network from outside, where the program has no rights: it can neither remove the device nor the
routes. Needs `/dev/net/tun` and rights over that network; no program of the machine.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from contextlib import suppress

_DEVICE = "/dev/net/tun"
_NAME = b"egress0"
_SET_INTERFACE = 0x400454CA  # TUNSETIFF
_TUN, _PLAIN = 0x0001, 0x1000  # IFF_TUN, IFF_NO_PI: packets and nothing before them
_NEW_LINK, _NEW_ADDRESS, _NEW_ROUTE = 16, 20, 24
_REQUEST, _ACKNOWLEDGE, _CREATE = 0x001, 0x004, 0x400
_UP = 1
_MAIN_TABLE, _BY_BOOT, _UNICAST = 254, 3, 1
_WHOLE, _ON_LINK = 0, 253  # scopes
_ERROR = 2
# Of the blocks for documentation: no program means to reach them.
_ADDRESSES = {socket.AF_INET: ("192.0.2.1", 32, _ON_LINK), socket.AF_INET6: ("2001:db8::1", 128, _WHOLE)}
_NO_DETECTION = 0x02  # IFA_F_NODAD: nobody else is there


def open_tunnel() -> int:
    """Make the device in the network of this process, with all routes to it; gives where its packets are read.

    Raises: OSError.
    """
    descriptor = os.open(_DEVICE, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, _SET_INTERFACE, struct.pack("16sH22x", _NAME, _TUN | _PLAIN))
    index = socket.if_nametoindex(_NAME.decode())
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
        kernel.bind((0, 0))
        silent = _attribute(
            26, _attribute(socket.AF_INET6, _attribute(8, b"\x01"))
        )  # no address by itself: no greetings
        with suppress(OSError):  # a kernel without IPv6
            _ask(kernel, _NEW_LINK, struct.pack("=BxHiII", 0, 0, index, 0, 0) + silent)
        _ask(kernel, _NEW_LINK, struct.pack("=BxHiII", 0, 0, index, _UP, _UP))
        for family in _ADDRESSES:
            try:
                _route_all(kernel, index, family)
            except OSError:
                if family == socket.AF_INET:
                    raise  # IPv6 may be switched off: then nothing is reached by it, nor tried
    return descriptor


def _route_all(kernel: socket.socket, index: int, family: int) -> None:
    text, bits, scope = _ADDRESSES[socket.AddressFamily(family)]
    address = socket.inet_pton(family, text)
    flags = _NO_DETECTION if family == socket.AF_INET6 else 0
    own = struct.pack("=BBBBi", family, bits, flags, 0, index) + _attribute(2, address) + _attribute(1, address)
    _ask(kernel, _NEW_ADDRESS, own)
    route = struct.pack("=BBBBBBBBI", family, 0, 0, 0, _MAIN_TABLE, _BY_BOOT, scope, _UNICAST, 0)
    _ask(kernel, _NEW_ROUTE, route + _attribute(4, struct.pack("=i", index)))


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def _ask(kernel: socket.socket, kind: int, body: bytes) -> None:
    """One request to the kernel.

    Raises: OSError where it refuses.
    """
    flags = _REQUEST | _ACKNOWLEDGE | (_CREATE if kind != _NEW_LINK else 0)
    kernel.send(struct.pack("=IHHII", 16 + len(body), kind, flags, 1, 0) + body)
    answer = kernel.recv(65_536)
    if struct.unpack_from("=4xH", answer)[0] == _ERROR:
        number = -struct.unpack_from("=i", answer, 16)[0]
        if number:
            raise OSError(number, f"the network of the sandbox could not be set: {os.strerror(number)}")
