"""Runs a command in a network namespace of its own, where every packet that tries to leave is caught and counted.

`python -m tests.journeys.isolation COMMAND...` (root). The namespace has one interface, loopback, and it is the way to
everywhere: a packet for any other address appears on it, is seen, and goes nowhere. Name servers are outside addresses
too, so a mere look-up of a name shows. Prints one line of JSON: the command's exit status and what was caught.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

INTERFACE = "lo"
NAME_SERVER = "192.0.2.53"
_ETHERNET_BYTES = 14
_OUTGOING = 4  # PACKET_OUTGOING of linux/if_packet.h: each packet on loopback is seen a second time as it arrives
_IPV4, _IPV6 = 0x0800, 0x86DD
_SETUP = f"""
ip link set {INTERFACE} up
ip address add 198.51.100.1/32 dev {INTERFACE}
ip route add default dev {INTERFACE} src 198.51.100.1
ip -6 address add 2001:db8::1/128 dev {INTERFACE} 2>/dev/null || true
ip -6 route add default dev {INTERFACE} src 2001:db8::1 2>/dev/null || true
"""


def describe(frame: bytes) -> str | None:
    """Where a packet goes to; None where it stays on this machine.

    An IPv6 packet to the outside ends before it is built, and the kernel tells its sender in ICMPv6: that counts.
    """
    kind = int.from_bytes(frame[12:14])
    packet = frame[_ETHERNET_BYTES:]
    if kind == _IPV6:
        target = ipaddress.ip_address(packet[24:40])
        return None if target.is_loopback else f"IPv6 protocol {packet[6]} to {target}"
    if kind == _IPV4:
        target = ipaddress.ip_address(packet[16:20])
        header = (packet[0] & 15) * 4
        port = int.from_bytes(packet[header + 2 : header + 4])
        return None if target.is_loopback else f"IPv4 protocol {packet[9]} to {target} port {port}"
    return f"frame of type {kind:#06x}"


class Catcher:
    """Sees every frame of the namespace."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.bind((INTERFACE, 0))
        self.caught: list[str] = []
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                frame, (_, _, direction, *_) = self.socket.recvfrom(65_536)
                if direction == _OUTGOING and (what := describe(frame)) is not None:
                    self.caught.append(what)

    def sees_a_probe(self) -> bool:
        """Whether a packet that is sent outside is caught: the catcher itself is tried before it is believed."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.sendto(b"probe", ("192.0.2.1", 9))
        for _ in range(200):
            if any("192.0.2.1" in what for what in self.caught):
                self.caught.clear()
                return True
            threading.Event().wait(0.01)
        return False


def main() -> int:
    """Inside the namespace."""
    subprocess.run(["bash", "-ec", _SETUP], check=True)
    with tempfile.TemporaryDirectory() as folder:
        resolver = Path(folder) / "resolv.conf"
        resolver.write_text(f"nameserver {NAME_SERVER}\n")
        subprocess.run(["mount", "--bind", str(resolver), "/etc/resolv.conf"], check=True)
        catcher = Catcher()
        probed = catcher.sees_a_probe()
        done = subprocess.run(sys.argv[1:], capture_output=True, text=True, check=False, env=dict(os.environ))
        subprocess.run(["umount", "/etc/resolv.conf"], check=True)
    report = {
        "catches": probed,
        "status": done.returncode,
        "caught": catcher.caught[:20],
        "output": (done.stdout + done.stderr)[-6_000:],
    }
    sys.stdout.write(json.dumps(report) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
