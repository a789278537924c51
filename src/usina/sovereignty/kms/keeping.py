"""What happens to keys by the passing of time: scheduled deletions are done, and keys that ask for it are rotated.

A deletion first empties the key's row of its material, then has the database's files scrubbed of what they held
before, and only then takes the row: killed in between, it is done again. What was encrypted by the key cannot be read
by anybody after that, whoever has the site's key and every file of the home. A rotation adds material; older
ciphertexts name the material that made them, so nothing is written anew.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from usina.core.errors import ApiError, ConflictError
from usina.core.kms import ALIAS, ENABLED, KEY, PENDING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from usina.core.clock import Clock
    from usina.core.ports import Json, Records, Row
    from usina.sovereignty.kms.vault import Vault

_LOOK_SECONDS: Final = 60.0
_DAY_SECONDS: Final = 86_400
_MOST_ROWS: Final = 1_000_000
_log = logging.getLogger("usina.kms")


class KeyKeeping:
    """Looks through all keys, again and again. Each step may be done twice."""

    def __init__(self, vault: Vault, records: Records, scrub: Callable[[], Awaitable[None]], clock: Clock) -> None:
        """`scrub`: takes what rows held before out of the database's files. Raises: UnavailableError."""
        self._vault = vault
        self._records = records
        self._scrub = scrub
        self._clock = clock

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self.look()
            except ApiError as error:
                _log.warning("keys could not be looked through", extra={"reason": error.message})
            await self._clock.sleep(_LOOK_SECONDS)

    async def look(self) -> None:
        """Delete and rotate what is due. Raises: UnavailableError."""
        now = self._clock.now()
        for key in self._vault.all_keys():
            body = key.body
            if body["state"] == PENDING and body["deletion_at"] <= now:
                await self._delete(key.account, key.id)
            elif (
                body["state"] == ENABLED
                and body["rotation_days"]
                and body["rotated_at"] + body["rotation_days"] * _DAY_SECONDS <= now
            ):
                await self._rotate(key.account, key.id, now)

    async def _delete(self, account: str, key_id: str) -> None:
        row = await self._records.get(KEY, account, key_id)
        if row is None or row.body["state"] != PENDING or row.body["deletion_at"] > self._clock.now():
            return  # it was cancelled meanwhile
        if row.body["materials"]:
            try:
                await self._records.put(replace(row, body={**row.body, "materials": []}))
            except ConflictError:
                return  # somebody changed it meanwhile: the next look sees how it is then
            await self._vault.reload(account)
        await self._scrub()
        for alias in await self._records.list(ALIAS, account, most=_MOST_ROWS):
            if alias.body["key"] == key_id:
                await self._records.delete(ALIAS, account, alias.name)
        await self._records.delete(KEY, account, key_id)
        await self._vault.reload(account)

    async def _rotate(self, account: str, key_id: str, now: float) -> None:
        row = await self._records.get(KEY, account, key_id)
        if row is None:
            return
        try:
            await self._records.put(rotated(row, self._vault, now))
        except ConflictError:
            return  # somebody changed it meanwhile: the next look sees how it is then
        await self._vault.reload(account)


def rotated(row: Row, vault: Vault, now: float) -> Row:
    """The row with material of its own more."""
    body: Json = dict(row.body)
    fresh = vault.new_material(row.account, row.name, len(body["materials"]), body["spec"])
    return replace(row, body={**body, "materials": [*body["materials"], fresh], "rotated_at": now})
