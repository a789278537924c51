"""The `People` port over rows.

- `people-group`, by SHA-256 of group, account and role: what a group may act as
- `person`, by id: who signed in, and the key of the person in each account
- `person-name`, by name: whose it is

A person has a key in each account he acted in, that opens nothing by itself: it is the parent of his sessions, so that
ending it ends them all at once, here and after a restart, by the way that every key is revoked.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import AccessDeniedError, ConflictError, NotFoundError, UnavailableError
from usina.core.operation import Principal
from usina.core.people import GroupRole, Person
from usina.core.ports import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.clock import Clock
    from usina.core.operation import WebIdentity
    from usina.core.ports import Json, Keyring, Records, SessionCredentials

GROUP: Final = "people-group"
PERSON: Final = "person"
NAME: Final = "person-name"
_PAGE: Final = 1_000
_TRIES: Final = 8
_NAME_CHARACTERS: Final = 48
_ID_BYTES: Final = 15
_not_a_name = re.compile(r"[^A-Za-z0-9_+=,.@-]+")


class SitePeople:
    """People of one site. `load` first."""

    def __init__(self, records: Records, keyring: Keyring, clock: Clock, session_seconds: float) -> None:
        self._records = records
        self._keyring = keyring
        self._clock = clock
        self._session_seconds = session_seconds
        self._roles: set[GroupRole] = set()

    async def load(self) -> None:
        """Read the groups, and end what a removal that was cut off by a crash left."""
        self._roles = {GroupRole(**row.body) for row in await self._rows(GROUP)}
        for row in await self._rows(PERSON):
            if row.body["removed"] and row.body["keys"]:
                await self._end(row)

    def choices(self, groups: Sequence[str] | None) -> Sequence[GroupRole]:
        """What somebody of these groups may act as; None: what all groups may."""
        return sorted(each for each in self._roles if groups is None or each.group in groups)

    async def set_role(self, choice: GroupRole, *, given: bool) -> bool:
        """Give a group a role, or take it away."""
        text = f"{choice.account}\0{choice.role}\0{choice.group}"
        name = hashlib.sha256(text.encode()).hexdigest()
        if not given:
            changed = await self._records.delete(GROUP, "", name)
            self._roles.discard(choice)
            return changed
        body = {"group": choice.group, "account": choice.account, "role": choice.role}
        try:
            await self._records.put(Row(GROUP, "", name, body))
        except ConflictError:
            return False
        self._roles.add(choice)
        return True

    async def sign_in(self, identity: WebIdentity, choice: GroupRole) -> tuple[Person, SessionCredentials]:
        """A session for a person. Raises: AccessDeniedError, UnavailableError."""
        name = person_id(identity.issuer, identity.subject)
        for _ in range(_TRIES):
            row = await self._records.get(PERSON, "", name)
            if row is not None and row.body["removed"]:
                raise AccessDeniedError("You may not sign in at this site any more. Its administrators know why.")
            body = await self._seen(name, row, identity)
            key_id = body["keys"].get(choice.account)
            if key_id is None:
                made = await self._keyring.create("person", choice.account, body["name"], (PERSON,), None)
                key_id = body["keys"][choice.account] = made.card.id
            try:
                stored = await self._records.put(Row(PERSON, "", name, body, 0 if row is None else row.version))
            except ConflictError:
                continue  # a removal, or another sign-in
            caller = Principal(choice.account, "", "", body["name"], (PERSON,), key_id)
            session = await self._keyring.session(caller, choice.role, body["name"], self._session_seconds)
            return _person(stored), session
        raise UnavailableError("Your sign-in met others of yours again and again; try again.")

    async def all(self) -> Sequence[Person]:
        """Everybody who ever signed in."""
        return sorted([_person(row) for row in await self._rows(PERSON)], key=lambda person: person.name)

    async def remove(self, person_id: str, *, removed: bool) -> Person:
        """End all sessions of a person at once and let him in no more; or let him in again."""
        for _ in range(_TRIES):
            row = await self._records.get(PERSON, "", person_id)
            if row is None:
                raise NotFoundError(f"There is no person {person_id[:64]}. ListPeople shows who signed in.")
            try:
                row = await self._records.put(replace(row, body={**row.body, "removed": removed}))
            except ConflictError:
                continue
            return _person(await self._end(row) if removed else row)
        raise UnavailableError("The person is being changed by others; try again.")

    async def _end(self, row: Row) -> Row:
        """End the keys of a person who is removed. From here on his sessions open nothing."""
        for key_id in row.body["keys"].values():
            await self._keyring.revoke(key_id)
        return await self._records.put(replace(row, body={**row.body, "keys": {}}))

    async def _seen(self, name: str, row: Row | None, identity: WebIdentity) -> Json:
        now = self._clock.now()
        if row is not None:
            return {**row.body, "keys": {**row.body["keys"]}, "groups": list(identity.groups), "last_seen_at": now}
        return {
            "issuer": identity.issuer,
            "subject": identity.subject,
            "name": await self._free_name(name, identity.address or identity.subject),
            "groups": list(identity.groups),
            "first_seen_at": now,
            "last_seen_at": now,
            "removed": False,
            "keys": {},
        }

    async def _free_name(self, person: str, wanted: str) -> str:
        """A name that only this person has: two people never look alike in the ledger."""
        plain = _not_a_name.sub("-", wanted).strip("-")[:_NAME_CHARACTERS] or "person"
        for name in (plain, f"{plain}-{person[:8].lower()}"):
            try:
                await self._records.put(Row(NAME, "", name, {"person": person}))
            except ConflictError:
                known = await self._records.get(NAME, "", name)
                if known is None or known.body["person"] != person:
                    continue
            return name
        raise UnavailableError("No free name was found for you; tell the site's administrators.")

    async def _rows(self, kind: str) -> list[Row]:
        rows: list[Row] = []
        while more := await self._records.list(kind, "", after=rows[-1].name if rows else "", most=_PAGE):
            rows += more
        return rows


def person_id(issuer: str, subject: str) -> str:
    """The id of a person: the same for the same subject of the same issuer."""
    digest = hashlib.sha256(f"{issuer}\0{subject}".encode()).digest()
    return base64.b32encode(digest[:_ID_BYTES]).decode()


def _person(row: Row) -> Person:
    body: dict[str, Any] = row.body
    return Person(
        row.name,
        body["issuer"],
        body["subject"],
        body["name"],
        tuple(body["groups"]),
        body["first_seen_at"],
        body["last_seen_at"],
        body["removed"],
    )
