"""What a packet that leaves a sandbox wants, and the packet that refuses it: pure functions over bytes.

TCP is answered as by a host with nothing on that port (RST), a look-up of a name as by a server that knows none
(NXDOMAIN: the one answer that every resolver takes for final), all else as a port that is closed (ICMP unreachable).
So nothing waits. Formats: RFC 791, 8200, 9293, 768, 792, 4443, 1035.
"""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple

_TCP, _UDP, _ICMP, _IGMP, _ICMP6 = 6, 17, 1, 2, 58
_PROTOCOLS = {_TCP: "tcp", _UDP: "udp", _ICMP: "icmp", _ICMP6: "icmp", 33: "dccp", 132: "sctp", 136: "udplite"}
_PORTED = frozenset({_TCP, _UDP, 33, 132, 136})
_EXTENSIONS = frozenset({0, 43, 60})  # IPv6: hop by hop, routing, destination
_FRAGMENT = 44
_MOST_EXTENSIONS = 8
_NAME_PORTS = frozenset({53, 5_353, 5_355})
_SYN, _RST, _ACK = 0x02, 0x04, 0x10
_NAME_CHARACTERS = 253
_HARMLESS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
_QUOTED_BYTES = 512  # of a packet, in the message that refuses it


class Packet(NamedTuple):
    """What is read of one."""

    version: int
    protocol: int
    source: bytes
    target: bytes
    payload: bytes
    whole: bytes


class Wish(NamedTuple):
    """Who was to be reached. `port` 0 where the protocol has none; `name` where a name was looked up."""

    protocol: str
    address: str
    port: int
    name: str = ""


def parse(data: bytes) -> Packet | None:
    """A packet; None where it is none, or a later fragment of one."""
    try:
        return _version_4(data) if data[0] >> 4 == 4 else _version_6(data) if data[0] >> 4 == 6 else None  # noqa: PLR2004 - versions
    except (IndexError, struct.error):
        return None


def _version_4(data: bytes) -> Packet | None:
    header = (data[0] & 15) * 4
    total, fragment, protocol, _ = struct.unpack_from("!2xH2xHxB10s", data)
    if header < 20 or total < header or fragment & 0x1FFF:  # noqa: PLR2004 - lengths of the format
        return None
    return Packet(4, protocol, data[12:16], data[16:20], data[header:total], data)


def _version_6(data: bytes) -> Packet | None:
    length, protocol, _ = struct.unpack_from("!4xHB33s", data)
    at, end = 40, 40 + length
    for _ in range(_MOST_EXTENSIONS):
        if protocol == _FRAGMENT:
            if struct.unpack_from("!2xH", data, at)[0] & 0xFFF8:
                return None
            protocol, at = data[at], at + 8
        elif protocol in _EXTENSIONS:
            protocol, at = data[at], at + 8 + 8 * data[at + 1]
    return Packet(6, protocol, data[8:24], data[24:40], data[at:end], data)


def wish(packet: Packet) -> Wish | None:
    """What the packet is an attempt at; None where it is none: the kernel's own, or of a connection there never was."""
    if packet.protocol == _IGMP or (packet.protocol == _ICMP6 and _is_many(packet)):
        return None  # the kernel tells its neighbours of itself
    address = socket.inet_ntop(socket.AF_INET if packet.version == 4 else socket.AF_INET6, packet.target)  # noqa: PLR2004 - version
    name = _PROTOCOLS.get(packet.protocol, f"ip-{packet.protocol}")
    if packet.protocol not in _PORTED or len(packet.payload) < 4:  # noqa: PLR2004 - two ports
        return Wish(name, address, 0)
    port = int.from_bytes(packet.payload[2:4], "big")
    if packet.protocol == _TCP and (len(packet.payload) < 20 or packet.payload[13] & (_SYN | _ACK | _RST) != _SYN):  # noqa: PLR2004 - its header
        return None
    if packet.protocol == _UDP and port in _NAME_PORTS and (asked := asked_name(packet.payload[8:])):
        return Wish("dns", address, port, asked)
    return Wish(name, address, port)


def _is_many(packet: Packet) -> bool:
    """Whether it is for many: multicast or broadcast. Nobody waits for an answer to that."""
    first = packet.target[0]
    return first == 0xFF if packet.version == 6 else 224 <= first < 240 or packet.target == b"\xff" * 4  # noqa: PLR2004 - blocks


def asked_name(message: bytes) -> str:
    """The first name that a DNS query asks for; empty where it is no query. Only harmless characters are kept."""
    if len(message) < 12 or message[2] & 0x80 or not int.from_bytes(message[4:6], "big"):  # noqa: PLR2004 - its header
        return ""
    labels: list[str] = []
    at = 12
    while at < len(message) and 0 < message[at] < 64 and len(labels) < 128:  # noqa: PLR2004 - limits of the format
        label = message[at + 1 : at + 1 + message[at]]
        labels.append("".join(chr(each) if each in _HARMLESS else "?" for each in label))
        at += 1 + message[at]
    return ".".join(labels).lower()[:_NAME_CHARACTERS]


def refusal(packet: Packet) -> bytes | None:
    """The answer that ends the attempt; None where none is due."""
    if _is_many(packet):
        return None
    if packet.protocol == _TCP:
        return _reset(packet) if len(packet.payload) >= 20 else None  # noqa: PLR2004 - its header
    if packet.protocol in {_ICMP, _ICMP6, _IGMP}:
        return None
    if packet.protocol == _UDP and len(packet.payload) >= 8:  # noqa: PLR2004 - its header
        port = int.from_bytes(packet.payload[2:4], "big")
        if port in _NAME_PORTS and asked_name(packet.payload[8:]):
            return _no_such_name(packet)
    return _unreachable(packet)


def _reset(packet: Packet) -> bytes | None:
    source, target, sequence, acknowledged, offset, flags = struct.unpack_from("!HHIIBB", packet.payload)
    if flags & _RST:
        return None
    if flags & _ACK:
        numbers = (acknowledged, 0, _RST)
    else:
        length = max(0, len(packet.payload) - (offset >> 4) * 4) + bool(flags & _SYN) + bool(flags & 1)
        numbers = (0, (sequence + length) & 0xFFFFFFFF, _RST | _ACK)
    head = struct.pack("!HHIIBBHHH", target, source, numbers[0], numbers[1], 5 << 4, numbers[2], 0, 0, 0)
    return _answer(packet, _TCP, head, 16)


def _no_such_name(packet: Packet) -> bytes:
    source, target = struct.unpack_from("!HH", packet.payload)
    query = packet.payload[8:]
    at = 12
    while at < len(query) and query[at]:
        at += 1 + query[at]
    flags = 0x8083 | (query[2] & 0x01) << 8  # an answer, recursion as asked and available, no such name
    message = query[:2] + struct.pack("!HHHHH", flags, 1, 0, 0, 0) + query[12 : at + 5]
    return _answer(packet, _UDP, struct.pack("!HHHH", target, source, 8 + len(message), 0) + message, 6)


def _unreachable(packet: Packet) -> bytes:
    kind = b"\x03\x03" if packet.version == 4 else b"\x01\x04"  # noqa: PLR2004 - version
    message = kind + b"\0" * 6 + packet.whole[:_QUOTED_BYTES]
    return _answer(packet, _ICMP if packet.version == 4 else _ICMP6, message, 2)  # noqa: PLR2004 - version


def _answer(packet: Packet, protocol: int, payload: bytes, place: int) -> bytes:
    """A packet back to where that one came from; `place` is where in the payload its checksum goes."""
    source, target = packet.target, packet.source
    covered = payload
    if protocol != _ICMP:
        covered = source + target + struct.pack("!II", len(payload), protocol) + payload
    payload = payload[:place] + (checksum(covered) or 0xFFFF).to_bytes(2, "big") + payload[place + 2 :]
    if packet.version == 6:  # noqa: PLR2004 - version
        return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + source + target + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0) + source + target
    return head[:10] + checksum(head).to_bytes(2, "big") + head[12:] + payload


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
