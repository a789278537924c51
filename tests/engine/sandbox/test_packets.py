"""Packets that leave a sandbox: what they want, and the answers that refuse them."""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usina.engine.sandbox.packets import Wish, asked_name, checksum, parse, refusal, wish

if TYPE_CHECKING:
    from usina.engine.sandbox.packets import Packet

SYN = struct.pack("!HHIIBBHHH", 40_000, 443, 7, 0, 5 << 4, 0x02, 1_024, 0, 0)
ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).filter(
    lambda one: not one.is_multicast and str(one) != "255.255.255.255"
)


def packet(target: str, protocol: int, payload: bytes) -> bytes:
    """One to that address."""
    address = ipaddress.ip_address(target)
    if address.version == 6:
        head = struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64)
        return head + socket.inet_pton(socket.AF_INET6, "2001:db8::1") + address.packed + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0)
    return head + socket.inet_aton("192.0.2.1") + address.packed + payload


def udp(port: int, text: bytes = b"secret") -> bytes:
    return struct.pack("!HHHH", 40_000, port, 8 + len(text), 0) + text


def query(name: str, flags: int = 0x0100) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!HHHHHH", 0xBEEF, flags, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"


def read(data: bytes) -> Packet:
    found = parse(data)
    assert found is not None
    return found


def answered(data: bytes) -> Packet:
    found = refusal(read(data))
    assert found is not None
    return read(found)


def is_whole(answer: Packet) -> bool:
    """Whether its checksums are right: they add up to nothing."""
    covered = answer.payload
    if answer.protocol != 1:
        covered = answer.source + answer.target + struct.pack("!II", len(covered), answer.protocol) + covered
    head = answer.whole[: -len(answer.payload)] if answer.version == 4 else b""
    return checksum(covered) == 0 and (not head or checksum(head) == 0)


@given(ADDRESSES)
def test_a_connection_is_wished_for_once_and_reset(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    asked = read(packet(str(address), 6, SYN))
    wanted = wish(asked)
    assert wanted is not None
    assert wanted[::2] == ("tcp", 443)
    assert ipaddress.ip_address(wanted.address) == address
    answer = answered(asked.whole)
    ports, sequence, acknowledged, flags = struct.unpack_from("!IIIxB", answer.payload)
    assert ports == 443 << 16 | 40_000
    assert (sequence, acknowledged, flags) == (0, 8, 0x14)
    assert (answer.source, answer.target) == (asked.target, asked.source)
    assert is_whole(answer)
    assert wish(answer) is None
    assert refusal(answer) is None


@given(ADDRESSES, st.binary(max_size=2_000))
def test_a_datagram_is_told_that_its_port_is_closed(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, text: bytes
) -> None:
    asked = read(packet(str(address), 17, udp(514, text)))
    wanted = wish(asked)
    assert wanted is not None
    assert wanted[::2] == ("udp", 514)
    answer = answered(asked.whole)
    assert answer.payload[:2] == (b"\x01\x04" if asked.version == 6 else b"\x03\x03")
    assert asked.whole.startswith(answer.payload[8:])
    assert is_whole(answer)


@pytest.mark.parametrize("server", ["192.0.2.53", "2001:db8::53"])
def test_a_look_up_shows_its_name_and_finds_none(server: str) -> None:
    asked = read(packet(server, 17, udp(53, query("evil.example.com"))))
    assert wish(asked) == Wish("dns", server, 53, "evil.example.com")
    answer = answered(asked.whole)
    identity, flags, questions, answers = struct.unpack_from("!HHHH", answer.payload, 8)
    assert (identity, flags & 0x8000, flags & 15, questions, answers) == (0xBEEF, 0x8000, 3, 1, 0)
    assert answer.payload[20:] == query("evil.example.com")[12:]
    assert is_whole(answer)


def test_a_name_keeps_harmless_characters_only() -> None:
    assert asked_name(query("A\x1b[31m b.example")) == "a??31m?b.example"
    assert len(asked_name(query(".".join(["x" * 60] * 9)))) == 253
    assert asked_name(query("answer.example", flags=0x8180)) == ""
    assert asked_name(b"short") == ""


def test_what_the_kernel_says_to_its_neighbours_is_no_wish() -> None:
    for data in (packet("ff02::2", 58, b"\x85" + b"\0" * 7), packet("224.0.0.22", 2, b"\x22" + b"\0" * 7)):
        assert wish(read(data)) is None
        assert refusal(read(data)) is None


def test_what_follows_a_connection_that_never_was_is_no_wish_and_is_reset() -> None:
    data = packet("10.0.0.1", 6, SYN[:13] + b"\x10" + SYN[14:])
    assert wish(read(data)) is None
    assert answered(data).payload[13] == 0x04


def test_a_multicast_is_counted_and_gets_no_answer() -> None:
    data = packet("239.1.1.1", 17, udp(1_900))
    assert wish(read(data)) == Wish("udp", "239.1.1.1", 1_900)
    assert refusal(read(data)) is None


def test_extension_headers_are_passed_over_and_later_fragments_are_left() -> None:
    options = bytes([17, 0]) + b"\0" * 6
    assert wish(read(packet("2001:db8:1::9", 0, options + udp(514)))) == Wish("udp", "2001:db8:1::9", 514)
    first, later = bytes([17, 0, 0, 1]) + b"\0" * 4, bytes([17, 0, 1, 0]) + b"\0" * 4
    assert wish(read(packet("2001:db8:1::9", 44, first + udp(514)))) == Wish("udp", "2001:db8:1::9", 514)
    assert parse(packet("2001:db8:1::9", 44, later + udp(514))) is None


@given(st.binary(max_size=200), st.sampled_from([b"\x45", b"\x60", b""]))
def test_no_bytes_are_more_than_a_packet_without_a_wish(data: bytes, first: bytes) -> None:
    found = parse(first + data)
    if found is not None:
        wish(found)
        answer = refusal(found)
        assert answer is None or parse(answer) is not None
