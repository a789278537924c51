"""Failed proofs of identity, counted: who fails too often waits, and is not looked at while he waits.

- By key and address: what is tried against one key from one address. A stranger who fails with somebody's key id locks
  that key for his own address only, never for its owner at another one.
- By address: what is tried from one address against all keys. Keys that proved themselves from there before go on, so
  that one program with a wrong secret does not stop the others behind the same address.

A lock is one second at first and doubles with every further failure, up to a bound; an entry is forgotten when nothing
failed for twice that bound. Entries are bounded: past the bound the oldest goes. An IPv6 address is counted by its /64,
which is what one customer of a provider has at least. A key that does not exist is counted like one that does.

Left out: a lock of a key for every address. It would let any stranger lock out the owner.
"""

from __future__ import annotations

import ipaddress
import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import Kind, SignatureError, ThrottledError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from usina.core.clock import Clock
    from usina.core.limits import Limits

_MOST: Final = 10_000  # entries of each table
_IPV6_BITS: Final = 64
# A clock that is wrong, or a body that was altered, says nothing about a secret: only these are guesses.
_GUESSES: Final = frozenset({Kind.SIGNATURE_MISMATCH, Kind.KEY_UNKNOWN, Kind.TOKEN_INVALID})
_log = logging.getLogger("usina.identity")


@dataclass(slots=True)
class Failures:
    """What failed lately in one place."""

    count: int = 0
    failed_at: float = 0.0
    locked_until: float = 0.0


class Attempts:
    """Failures and locks of one front door. Times are the clock's epoch seconds."""

    def __init__(self, limits: Limits, clock: Clock, most: int = _MOST) -> None:
        self._clock = clock
        self._key_limit = limits.failed_proofs_per_key
        self._address_limit = limits.failed_proofs_per_address
        self._longest_seconds = limits.lockout_seconds
        self._most = most
        self._by_key: dict[tuple[str, str], Failures] = {}
        self._by_address: dict[str, Failures] = {}
        self._proven: dict[tuple[str, str], None] = {}
        self.failed = 0
        self.turned_away = 0  # while locked
        self.locks = 0
        self.changes = 0  # grows with every lock: what is stored is then old

    def attempt(self, key_id: str, peer: str, now: float) -> Attempt:
        """One try of a proof: `with attempts.attempt(...)` around the look-up of the key and the comparison.

        Raises: ThrottledError on entry, while that key or address is locked.
        """
        return Attempt(self, (key_id, place_of(peer)), now)

    def admit(self, pair: tuple[str, str], now: float) -> None:
        """Raises: ThrottledError while the pair, or its address for keys that are not known there, is locked."""
        if not self._by_key and not self._by_address:
            return
        failures = self._by_key.get(pair)
        if failures is None or now >= failures.locked_until:
            failures = None if pair in self._proven else self._by_address.get(pair[1])
        if failures is not None and now < failures.locked_until:
            self.turned_away += 1
            raise ThrottledError(
                "Too many requests from this address could not be proved. Check key and secret, and try again later.",
                retry_after_seconds=failures.locked_until - now,
            )

    def proved(self, pair: tuple[str, str]) -> None:
        """The proof held."""
        if self._by_key:
            self._by_key.pop(pair, None)
        if pair not in self._proven:
            _keep(self._proven, pair, None, self._most)

    def fail(self, pair: tuple[str, str], now: float) -> None:
        """The proof did not hold."""
        self.failed += 1
        by_key = _entry(self._by_key, pair, self._most)
        by_address = _entry(self._by_address, pair[1], self._most)
        for failures, limit, what in (
            (by_key, self._key_limit, "a key"),
            (by_address, self._address_limit, "an address"),
        ):
            if now - failures.failed_at > 2 * self._longest_seconds:
                failures.count = 0
            failures.count, failures.failed_at = failures.count + 1, now
            over = failures.count - limit
            if over < 0:
                continue
            failures.locked_until = now + min(self._longest_seconds, 2.0 ** min(over, 30))
            self.locks += 1
            self.changes += 1
            if over == 0:
                _log.warning("%s is locked: key %s, address %s", what, _shown(pair[0]), pair[1])

    def locked(self) -> tuple[int, int]:
        """How many pairs and addresses are locked now."""
        now = self._clock.now()
        return (
            sum(now < each.locked_until for each in self._by_key.values()),
            sum(now < each.locked_until for each in self._by_address.values()),
        )

    # --- over restarts

    def kept(self) -> dict[str, list[Any]]:
        """What is locked now, as JSON: what a restart must not forget."""
        now = self._clock.now()
        return {
            "keys": [
                [*pair, each.count, each.failed_at, each.locked_until]
                for pair, each in self._by_key.items()
                if now < each.locked_until
            ],
            "addresses": [
                [place, each.count, each.failed_at, each.locked_until]
                for place, each in self._by_address.items()
                if now < each.locked_until
            ],
        }

    def take_up(self, kept: dict[str, list[Any]]) -> None:
        """Locks of the process before."""
        for key_id, place, count, failed_at, until in kept.get("keys", [])[-self._most :]:
            self._by_key[key_id, place] = Failures(count, failed_at, until)
        for place, count, failed_at, until in kept.get("addresses", [])[-self._most :]:
            self._by_address[place] = Failures(count, failed_at, until)


class Attempt:
    """One try; counted at its end."""

    __slots__ = ("_attempts", "_now", "_pair")

    def __init__(self, attempts: Attempts, pair: tuple[str, str], now: float) -> None:
        self._attempts = attempts
        self._pair = pair
        self._now = now

    def __enter__(self) -> None:
        self._attempts.admit(self._pair, self._now)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._attempts.proved(self._pair)
        elif isinstance(error, SignatureError) and error.error_kind in _GUESSES:
            self._attempts.fail(self._pair, self._now)


@lru_cache(4_096)
def place_of(peer: str) -> str:
    """What an address is counted under: itself, or the /64 of an IPv6 address."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer[:64]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    if address.is_loopback:
        return str(address)
    return str(ipaddress.ip_network((address, _IPV6_BITS), strict=False))


def _entry(table: dict[Any, Failures], name: Any, most: int) -> Failures:
    """The entry of a name, made where it is missing; it is the newest now."""
    found = table.pop(name, None) or Failures()
    _keep(table, name, found, most)
    return found


def _keep(table: dict[Any, Any], name: Any, value: Any, most: int) -> None:
    if len(table) >= most:
        del table[next(iter(table))]
    table[name] = value


def _shown(key_id: str) -> str:
    """A key id for the log: a stranger may send anything as one."""
    return "".join(_printable(key_id[:32])) or "(none)"


def _printable(text: str) -> Iterable[str]:
    return (each if each.isascii() and each.isalnum() else "?" for each in text)
