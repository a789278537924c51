"""When a key was last used, and for what: noted in memory at each proof, written in batches beside the requests.

One row a key (`key-use`, under its account), apart from the key's own, so that a use never changes what is sealed. A
crash forgets the uses of the last interval at most. The locks of `attempts` go the same way, as one row.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from usina.core.errors import ApiError, ConflictError
from usina.core.keys import KeyUse
from usina.core.ports import Row
from usina.sovereignty.keyring_names import account_of

if TYPE_CHECKING:
    from usina.core.clock import Clock
    from usina.core.ports import Records
    from usina.sovereignty.attempts import Attempts

KIND: Final = "key-use"
LOCKS: Final = "failed-proofs"
EVERY_SECONDS: Final = 30.0
_PAGE: Final = 1_000
_log = logging.getLogger("usina.identity")


class KeyUses:
    """Last uses of this site's keys."""

    def __init__(self, records: Records, region: str = "") -> None:
        self._records = records
        self._region = region
        self._waiting: dict[str, tuple[float, str]] = {}  # key id -> when, service

    def note(self, key_id: str, service: str, now: float) -> None:
        """A key proved a request. Only keys that exist get here, so what waits is bounded by them."""
        self._waiting[key_id] = (now, service)

    async def of_account(self, account: str) -> dict[str, KeyUse]:
        """Last use by key id."""
        found: dict[str, KeyUse] = {}
        after = ""
        while rows := await self._records.list(KIND, account, after=after, most=_PAGE):
            found |= {row.name: KeyUse(row.body["at"], row.body["service"], row.body["region"]) for row in rows}
            after = rows[-1].name
        for key_id, (at, service) in self._waiting.items():
            if account_of(key_id) == account:
                found[key_id] = KeyUse(at, service, self._region)
        return found

    async def write(self) -> None:
        """Store what waits. What cannot be stored now waits on: a use is never worth a failed request."""
        waiting, self._waiting = self._waiting, {}
        for key_id, (at, service) in waiting.items():
            try:
                await self._write(key_id, at, service)
            except ConflictError:
                self._waiting.setdefault(key_id, (at, service))
            except ApiError:
                _log.warning("last uses of keys could not be stored")
                self._waiting = {**waiting, **self._waiting}
                return

    async def _write(self, key_id: str, at: float, service: str) -> None:
        account = account_of(key_id) or ""
        body = {"at": at, "service": service, "region": self._region}
        row = await self._records.get(KIND, account, key_id)
        if row is None:
            await self._records.put(Row(KIND, account, key_id, body))
        elif row.body["at"] < at:
            await self._records.put(replace(row, body=body))


class Keeping:
    """The loop that stores uses and locks."""

    def __init__(self, uses: KeyUses, attempts: Attempts, records: Records, clock: Clock) -> None:
        self._uses = uses
        self._attempts = attempts
        self._records = records
        self._clock = clock
        self._stored = 0

    async def take_up(self) -> None:
        """The locks that were in force when the last process stopped."""
        row = await self._records.get(LOCKS, "", LOCKS)
        if row is not None:
            self._attempts.take_up(row.body)

    async def run(self) -> None:
        """Store, now and then."""
        while True:
            await self._clock.sleep(EVERY_SECONDS)
            await self.write()

    async def write(self) -> None:
        """Store what changed since the last time."""
        await self._uses.write()
        if self._attempts.changes == self._stored:
            return
        changes = self._attempts.changes
        row = await self._records.get(LOCKS, "", LOCKS)
        body = self._attempts.kept()
        try:
            await self._records.put(Row(LOCKS, "", LOCKS, body, 0 if row is None else row.version))
        except ApiError:
            _log.warning("locks of failed proofs could not be stored")
            return
        self._stored = changes
