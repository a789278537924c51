"""Rows of jobs, read and changed by the control loop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from usina.core.errors import ConflictError, UnavailableError
from usina.core.jobs import OVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from usina.core.ports import Json, Records, Row
    from usina.engine.jobs.states import Observed

_ATTEMPTS = 20
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Job:
    """One job as its row says."""

    kind: str
    account: str
    name: str
    body: Json

    @property
    def key(self) -> tuple[str, str, str]:
        """By what it is known here."""
        return self.kind, self.account, self.name

    @property
    def request(self) -> Json:
        """The arguments of its Create operation."""
        return dict(self.body["request"])

    @property
    def observed(self) -> Observed:
        """What is known of it."""
        return dict(self.body["observed"])

    @property
    def created(self) -> float:
        """Epoch seconds."""
        return float(self.body["created"])

    @property
    def wanted(self) -> bool:
        """Whether it should run on."""
        return bool(self.body["desired"] == "run")

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""
        return self.body["observed"]["status"] in OVER


class JobRows:
    """The jobs of all accounts."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def unfinished(self, kinds: Iterable[str]) -> list[Job]:
        """All jobs of these kinds that are not over, the oldest first."""
        jobs = [job_of(row) for kind in kinds for row in await self._records.list(kind, most=_MOST)]
        return sorted((job for job in jobs if not job.is_over), key=lambda job: job.created)

    async def find(self, kind: str, account: str, name: str) -> Job | None:
        """The job, as it is now."""
        row = await self._records.get(kind, account, name)
        return None if row is None else job_of(row)

    async def observe(self, job: Job, edit: Callable[[Observed], Observed]) -> Job:
        """Write what is observed over the newest row; what handlers wrote meanwhile stays.

        Raises: UnavailableError where the row is gone or is changed again and again.
        """
        for _ in range(_ATTEMPTS):
            row = await self._records.get(job.kind, job.account, job.name)
            if row is None:
                break
            body: dict[str, Any] = {**row.body, "observed": edit(row.body["observed"])}
            try:
                return job_of(await self._records.put(replace(row, body=body)))
            except ConflictError:
                continue
        raise UnavailableError("the state of the job could not be written")


def job_of(row: Row) -> Job:
    """The job of a row."""
    return Job(row.kind, row.account, row.name, row.body)
