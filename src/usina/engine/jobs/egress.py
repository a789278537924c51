"""What a program tried to reach and may not, on its way into its log and into the ledger.

For whatever runs a program in the sandbox, jobs and model servers alike:

    egress = Egress(run_folder, Owner(account, arn, role_arn), say, notes)
    await egress.at(now)     # while the program runs, as often as one likes
    await egress.finish()    # after `Confined.wait`: the counts as they ended

`say` writes a line into the program's log; `notes` is the ledger. The first attempt at a destination is told when it is
seen, its count once more when the program has ended. Past `_TOLD` destinations the rest is told as one: what a program
can make the ledger keep is bounded. What was told is kept in the run's folder, for a factory that starts again.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from usina.core.errors import ApiError
from usina.engine.sandbox.attempts import OTHERS, read_attempts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from usina.engine.sandbox.attempts import Attempt

_LOG = logging.getLogger(__name__)
NOTE = "egress-refused"  # the kind of its records in the ledger
_TOLD_FILE = "told.json"
_TOLD = 32
_LOOK_SECONDS = 1.0
_LABELS = 3  # of a name that go into the ledger, from its end: what is before may be data on its way out
_LABEL_CHARACTERS = 32
_REACHED = "Programs reach the site's own services, and nothing else."


class Notes(Protocol):
    """The part of the ledger that is written here."""

    async def note(self, kind: str, body: dict[str, Any]) -> int:
        """Write something down durably. Raises: UnavailableError."""
        ...


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose program it is."""

    account: str
    arn: str  # of the job or the endpoint
    role: str  # ARN


class Egress:
    """One program's attempts."""

    def __init__(
        self, run_folder: Path, owner: Owner, say: Callable[[str], Awaitable[None]], notes: Notes | None
    ) -> None:
        self._folder = run_folder
        self._owner = owner
        self._say = say
        self._notes = notes
        self._told = _read(run_folder / _TOLD_FILE)
        self._seen = 0  # attempts when it was last looked
        self._looked = 0.0

    async def at(self, now: float) -> None:
        """Look, if it is time to."""
        if now - self._looked >= _LOOK_SECONDS:
            self._looked = now
            await self.look()

    async def look(self) -> None:
        """Tell of destinations that are new."""
        found = read_attempts(self._folder)
        count = sum(each.count for each in found)
        if count == self._seen:
            return
        self._seen = count
        for attempt in found:
            key = _key(attempt)
            if key in self._told or attempt.protocol == OTHERS.protocol or len(self._told) >= _TOLD:
                continue
            if await self._noted(attempt, attempt.count):
                times = "" if attempt.count == 1 else f", {attempt.count} times so far"
                await self._say(f"Stopped: the program tried to reach {attempt}{times}. {_REACHED}")
                self._keep(key, attempt.count)

    async def finish(self) -> None:
        """Tell of all, and how often it was in the end."""
        await self.look()
        found = read_attempts(self._folder)
        if not found:
            return
        rest = 0
        for attempt in found:
            key = _key(attempt)
            if key not in self._told:
                rest += attempt.count
            elif attempt.count != self._told[key] and await self._noted(attempt, attempt.count):
                self._keep(key, attempt.count)
        if rest and "" not in self._told and await self._noted(None, rest):
            self._keep("", rest)
        total = sum(each.count for each in found)
        await self._say(f"{total} attempts to reach {_destinations(found)} were stopped in all.")

    async def _noted(self, attempt: Attempt | None, count: int) -> bool:
        """Write it into the ledger; whether that could be done: else it is tried at the next look."""
        body: dict[str, Any] = {"account": self._owner.account, "resource": self._owner.arn, "role": self._owner.role}
        body |= {"protocol": "other", "destination": "", "port": 0}
        if attempt is not None:
            body |= {"protocol": attempt.protocol, "destination": _destination(attempt), "port": attempt.port}
        try:
            if self._notes is not None:
                await self._notes.note(NOTE, {**body, "count": count})
        except ApiError as error:
            _LOG.error("an attempt to reach another network could not be recorded", extra={"reason": error.message})
            self._seen = 0
            return False
        return True

    def _keep(self, key: str, count: int) -> None:
        self._told[key] = count
        partial = self._folder / f"{_TOLD_FILE}.part"
        try:
            partial.write_text(json.dumps(self._told), "utf-8")
            partial.rename(self._folder / _TOLD_FILE)
        except OSError as error:  # a factory that starts again tells of it twice
            _LOG.warning("what was told of a program's attempts was not kept", extra={"reason": error.strerror})


def _key(attempt: Attempt) -> str:
    return f"{attempt.protocol} {attempt.address} {attempt.port} {attempt.name}"


def _destination(attempt: Attempt) -> str:
    """The address; of a name its end."""
    if not attempt.name:
        return attempt.address
    labels = attempt.name.split(".")
    shown = ".".join(label[:_LABEL_CHARACTERS] for label in labels[-_LABELS:])
    return shown if len(labels) <= _LABELS else f"*.{shown}"


def _destinations(found: list[Attempt]) -> str:
    others = any(each.protocol == OTHERS.protocol for each in found)
    if others:
        return f"more than {len(found) - 1} destinations"
    return f"{len(found)} destination{'' if len(found) == 1 else 's'}"


def _read(path: Path) -> dict[str, int]:
    try:
        return {str(key): int(count) for key, count in json.loads(path.read_bytes()).items()}
    except (OSError, ValueError, AttributeError):
        return {}
