"""What kinds of jobs differ in. Queue, sandbox, log, bounds, stop, retry and resumption are the same for all.

A kind reads its own request, says what the program sees and starts, and what is stored afterwards. Each of its methods
may be called again for the same job: a factory that was killed begins the step anew. Kinds are listed in `site.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from usina.core.jobs import InstanceType
    from usina.engine.images import Images
    from usina.engine.jobs.container import Place, Program
    from usina.engine.jobs.folders import Folders, Share
    from usina.engine.jobs.order import Order
    from usina.engine.jobs.rows import Job
    from usina.engine.jobs.transfers import Address, Transfers
    from usina.engine.sandbox import End


@dataclass(frozen=True, slots=True)
class Words:
    """By what names a kind goes."""

    kind: str  # of its rows, and of its folder on disk
    use: str  # in messages: "training job"
    service: str  # in its ARNs
    prefix: str  # in its ARNs, before the name
    log_group: str
    dimension: str = ""  # by which a metric names its job


@dataclass(frozen=True, slots=True)
class Send:
    """A folder that is stored, file by file, under an address, while the program runs and once more when it ended."""

    share: str
    address: Address
    inner: str = ""  # path within the share, where it is not all of it


@dataclass(frozen=True, slots=True)
class Bringing:
    """What a kind has at hand before the program starts. The folders are there, and empty."""

    job: Job
    place: Place
    folders: Folders
    transfers: Transfers
    most_bytes: int  # of what may be brought
    wanted: Callable[[], bool]  # no more once the job was stopped: then what is brought is not looked at
    say: Callable[[str], Awaitable[None]]  # a line in the job's log
    images: Images


@dataclass(frozen=True, slots=True)
class Left:
    """What a program left that ended. It is gone with all its processes: nothing changes its folders any more."""

    job: Job
    end: End
    folders: Folders
    transfers: Transfers
    command: str  # as one would type it
    last_error: str  # the line of its log that says why it failed, where one does
    most_bytes: int  # of what may be stored


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a job."""

    failure: str = ""  # why it failed; empty where it did not
    facts: Mapping[str, Any] = field(default_factory=dict)  # put into what is observed of it


class Driven(Protocol):
    """A kind that stands in the queue for the machine's room like all, and does its work in its own way."""

    @property
    def words(self) -> Words:
        """By what names it goes."""
        ...

    def order(self, request: Mapping[str, Any]) -> Order:
        """What a request asks of the machine. Never raises."""
        ...

    async def go(self, job: Job, instance: InstanceType, stop: asyncio.Event) -> None:
        """Take a job that has its room to its end; cancelled, leave it to the next factory.

        Raises: JobError, whose message is why it failed, where it could not even begin.
        """
        ...


class Kind(Protocol):
    """One kind of job. Methods raise: JobError, whose message is why the job fails; UnavailableError."""

    @property
    def words(self) -> Words:
        """By what names it goes."""
        ...

    def order(self, request: Mapping[str, Any]) -> Order:
        """What a request asks of the machine. Never raises: rows are older than what is refused today."""
        ...

    def shares(self, request: Mapping[str, Any]) -> Sequence[Share]:
        """The folders that the program sees, in the order in which they are mounted."""
        ...

    async def bring(self, bringing: Bringing) -> Program:
        """Fill the folders; gives what starts."""
        ...

    def sends(self, request: Mapping[str, Any]) -> Sequence[Send]:
        """The folders that are stored file by file, as they are written."""
        ...

    async def store(self, left: Left) -> Stored:
        """Store the rest, after what `sends` says; gives what became of the job."""
        ...
