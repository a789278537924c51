"""Where connections may lead, by purpose: `HOST[:PORT]`, `NUMBER[:PORT]` (443 where none is said), or
`NETWORK/BITS[:PORT]` (any where none is said).

A name in the list allows that name and no number that it happens to mean: a destination is judged as it was asked for.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from usina.core.egress import Purpose
from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_HIGHEST_PORT = 65_535
_HTTPS_PORT = 443
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class _Place:
    """One entry: a name, or a network of one or more numbers; port 0: any."""

    port: int
    name: str = ""
    network: _Network | None = None

    def holds(self, host: str, port: int) -> bool:
        """Whether it allows that destination."""
        if self.port not in {0, port}:
            return False
        if self.network is None:
            return host.lower() == self.name
        try:
            number = ipaddress.ip_address(host)
        except ValueError:
            return False
        number = getattr(number, "ipv4_mapped", None) or number
        return number.version == self.network.version and number in self.network


class Destinations:
    """What a site allows; nothing unless it is named."""

    def __init__(self, places: Mapping[Purpose, Iterable[_Place]]) -> None:
        self._places = {purpose: tuple(each) for purpose, each in places.items()}

    @classmethod
    def read(cls, table: Mapping[str, Any], more: Mapping[Purpose, Iterable[str]] | None = None) -> Destinations:
        """From `[egress]`, and from settings that name a destination themselves.

        Raises: OperatorError with what is wrong.
        """
        known = {purpose.value: purpose for purpose in Purpose}
        found: dict[Purpose, list[_Place]] = {}
        for name, entries in table.items():
            if name not in known:
                raise OperatorError(f"[egress] knows no {name!r}; known are {', '.join(sorted(known))}")
            if not isinstance(entries, list) or not all(isinstance(each, str) for each in entries):
                raise OperatorError(f'[egress] {name} must be a list of texts, as ["10.1.2.3:443"]')
            found[known[name]] = [_place(name, each) for each in entries]
        for purpose, texts in (more or {}).items():
            found.setdefault(purpose, []).extend(_place(purpose.value, each) for each in texts)
        return cls(found)

    def allow(self, purpose: Purpose, host: str, port: int) -> bool:
        """Whether something may be sent there for that."""
        return any(place.holds(host, port) for place in self._places.get(purpose, ()))


def _place(purpose: str, text: str) -> _Place:
    wrong = OperatorError(
        f"[egress] {purpose}: {text!r} is no destination: write HOST[:PORT], NUMBER[:PORT] or NETWORK/BITS[:PORT]"
    )
    host, colon, port = text.rpartition(":")
    bare = text.count(":") > 1 and not text.startswith("[")  # IPv6 without brackets has no port
    if not colon or bare or (port and not port.isdecimal()):
        host, port = text, ""
    host = host.removeprefix("[").removesuffix("]")
    number = int(port) if port else 0 if "/" in host else _HTTPS_PORT
    if number > _HIGHEST_PORT or port == "0":
        raise wrong
    try:
        return _Place(number, network=ipaddress.ip_network(host))
    except ValueError:
        pass
    if "/" in host or not _is_name(host):
        raise wrong
    return _Place(number, name=host.lower())


def _is_name(text: str) -> bool:
    labels = text.split(".")
    return len(text) <= 253 and all(  # noqa: PLR2004 - RFC 1035
        0 < len(label) < 64 and all(letter.isalnum() or letter in "-_" for letter in label) and label.isascii()  # noqa: PLR2004 - RFC 1035
        for label in labels
    )
