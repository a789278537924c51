"""The ledger as the pipeline uses it: an intent is durable before its act begins, its outcome is written after."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import NotFoundError, OperatorError, UnavailableError
from usina.sovereignty.ledger.commit import Committer, LedgerLimits
from usina.sovereignty.ledger.disk import Disk
from usina.sovereignty.ledger.heads import (
    HEADS_FILE,
    PUBLIC_KEY_FILE,
    load_signing_key,
    origin_of,
    public_pem,
    sign_head,
)
from usina.sovereignty.ledger.prove import ProofError, prove_record
from usina.sovereignty.ledger.reading import records_after
from usina.sovereignty.ledger.records import (
    OUTCOME_BYTES,
    Intent,
    Opened,
    Outcome,
    intent_record,
    other_record,
    outcome_record,
    refusal_record,
)
from usina.sovereignty.ledger.recovery import lock_folder, recover

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from usina.core.clock import Clock
    from usina.core.ports import Json
    from usina.sovereignty.ledger.recovery import Recovered

_log = logging.getLogger("usina.ledger")
_TAIL_RECORDS: Final = 10_000  # given at once at most


@dataclass(frozen=True, slots=True)
class LedgerStatus:
    """What an operator should know. `problem` is empty where all is well."""

    records: int
    durable: int
    signed: int
    open: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a ledger lies and who signs it."""

    folder: Path
    lock: int
    key: Ed25519PrivateKey
    origin: str


class Ledger:
    """One ledger folder, open in one process and used from one event loop. Made by `open_folder`."""

    def __init__(self, place: _Place, found: Recovered, disk: Disk, clock: Clock, limits: LedgerLimits) -> None:
        self._place = place
        self._disk = disk
        self._clock = clock
        self._limits = limits
        self._commit = Committer(found.log, disk, clock, limits)
        self._log = found.log
        self._head = found.head
        self._open: dict[int, None] = {}
        self._unsigned = asyncio.Event()
        self._signing: asyncio.Task[None] | None = None

    @classmethod
    def open_folder(
        cls,
        folder: Path,
        key: Path,
        clock: Clock,
        *,
        site: str = "usina",
        limits: LedgerLimits | None = None,
        disk: Disk | None = None,
    ) -> Ledger:
        """Open or begin the ledger of a folder; `key` is the private signing key's file, made where there is none.

        A tail torn by power loss is cut and said so in a `repair` record; acts that were running when the factory
        ended get a `broken` outcome.

        Raises:
            OperatorError: another process has it, it is damaged, or the key is not the one it was signed with.
        """
        limits, disk = limits or LedgerLimits(), disk or Disk()
        lock = -1
        try:
            folder.mkdir(parents=True, exist_ok=True)
            place = _Place(folder, lock := lock_folder(folder), load_signing_key(key), origin_of(site))
            _publish(place)
            found = recover(folder, disk, site, limits.segment_bytes, place.key.public_key())
            ledger = cls(place, found, disk, clock, limits)
            ledger._begin(found)
        except (OSError, UnavailableError, OperatorError) as error:
            if lock >= 0:
                os.close(lock)
            if isinstance(error, OperatorError):
                raise
            message = f"the ledger in {folder} cannot be opened: {error}. See to the disk and start again."
            raise OperatorError(message) from error
        return ledger

    def _begin(self, found: Recovered) -> None:
        """Write down what recovery found and did. Raises: UnavailableError, OSError."""
        now = self._clock.now()
        for body in found.repairs:
            _log.warning("a torn tail of the ledger was cut: %s", body)
            self._append(other_record(self._log.size + 1, "repair", now, body))
        for opened in found.unfinished:
            outcome = Outcome(status="broken", error="FactoryStopped")
            self._append(outcome_record(self._log.size + 1, opened, now, outcome))
        self._commit.sync_now()
        self._sign()

    @property
    def status(self) -> LedgerStatus:
        """Counts, and what is wrong if anything is."""
        signed = self._head.size if self._head else 0
        return LedgerStatus(self._log.size, self._log.durable, signed, len(self._open), self._commit.problem)

    # --- writing

    async def open(self, intent: Intent) -> Opened:
        """Write down what is about to happen; returns when that is durable.

        Raises:
            UnavailableError: it cannot be recorded, so it must not happen.
        """
        seq = self._log.size + 1
        self._append(intent_record(seq, intent))
        opened = Opened(seq, intent.request_id)
        self._open[seq] = None
        try:
            await self._commit.durable(seq)
        except BaseException:
            self._close(opened, Outcome(status="broken", error="NotBegun"))
            raise
        return opened

    async def close(self, opened: Opened, outcome: Outcome) -> None:
        """Write down how it ended: handed to the kernel when this returns, durable soon after. Never waits or raises.

        Where the ledger has stopped, the act is found open at the next start and marked broken.
        """
        self._close(opened, outcome)

    def _close(self, opened: Opened, outcome: Outcome) -> None:
        if opened.seq not in self._open:
            return
        with contextlib.suppress(UnavailableError):
            self._append(outcome_record(self._log.size + 1, opened, self._clock.now(), outcome), closing=True)
            self._commit.write_soon_durable()
        del self._open[opened.seq]

    async def refuse(self, intent: Intent, error: str) -> None:
        """Write down that a known caller was refused, before anything happened; durable soon after.

        Raises:
            UnavailableError: it cannot be recorded.
        """
        self._append(refusal_record(self._log.size + 1, intent, error))
        self._commit.write_soon_durable()

    async def note(self, kind: str, body: dict[str, Any]) -> int:
        """Write down something about the site itself (its start, a change of policy), durably; gives its number.

        Raises:
            UnavailableError: it cannot be recorded.
        """
        seq = self._log.size + 1
        self._append(other_record(seq, kind, self._clock.now(), body))
        await self._commit.durable(seq)
        return seq

    def _append(self, record: bytes, *, closing: bool = False) -> None:
        """Take one record, if the outcomes of all that is open fit behind it. Raises: UnavailableError."""
        reserve_bytes = 0 if closing else (len(self._open) + 1) * OUTCOME_BYTES
        self._commit.append(record, reserve_bytes, next(iter(self._open), self._log.size + 1))
        self._unsigned.set()
        if self._signing is None:
            with contextlib.suppress(RuntimeError):  # opened before the loop runs: signed when it is opened
                self._signing = asyncio.get_running_loop().create_task(self._sign_regularly())

    # --- heads

    async def _sign_regularly(self) -> None:
        """Sign a head over what came since the last one."""
        while True:
            await self._unsigned.wait()
            self._unsigned.clear()
            await self._clock.sleep(self._limits.head_seconds)
            self._sign()

    def _sign(self) -> None:
        """Sign a head over all that was taken, unless that is done. A full disk puts it off; other failures stop us."""
        size = self._log.size
        if self._commit.problem or (self._head is not None and self._head.size == size):
            return
        try:
            self._commit.sync_now()
            self._log.nodes.flush()
            head = sign_head(self._place.key, self._place.origin, size, self._log.frontier.root(), self._clock.now())
            _append_line(self._disk, self._place.folder / HEADS_FILE, head.line())
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                self._commit.stop(error)
            _log.warning("no head could be signed, the next record brings the next try: %s", error)
            return
        self._head = head

    # --- reading (the LedgerView port)

    async def tail(self, *, after: int, most: int) -> list[Json]:
        """Records with a sequence number above `after`, oldest first; a negative `after` counts from the end."""
        self._commit.write()
        return await asyncio.to_thread(records_after, self._place.folder, after, max(0, min(most, _TAIL_RECORDS)))

    async def prove(self, record_id: str) -> Json:
        """Inclusion proof of a record (by number, or by request id) under the newest signed head.

        Raises:
            NotFoundError: there is no such record.
            UnavailableError: the ledger is damaged where the proof would come from.
        """
        self._sign()
        try:
            return (await asyncio.to_thread(prove_record, self._place.folder, record_id)).json()
        except LookupError:
            raise NotFoundError(f"the ledger has no record {record_id}") from None
        except ProofError as error:
            raise UnavailableError("the ledger cannot prove this record; the operator must verify it") from error

    async def head(self) -> Json:
        """The newest signed tree head, over all records that are here now (empty for an empty ledger)."""
        self._sign()
        return self._head.json() if self._head is not None else {}

    async def shutdown(self) -> None:
        """Write, sync and sign what is left, and let go of the folder. What is still open stays open until restart."""
        if self._signing is not None:
            self._signing.cancel()
            await asyncio.gather(self._signing, return_exceptions=True)
        await self._commit.shutdown()
        self._sign()
        self._commit.problem = self._commit.problem or "the ledger is shut"
        self._commit.stop(OSError(self._commit.problem))
        self._log.close()
        os.close(self._place.lock)


def _publish(place: _Place) -> None:
    """Keep the public key beside the records. Raises: OperatorError where they were signed by another."""
    path, pem = place.folder / PUBLIC_KEY_FILE, public_pem(place.key.public_key())
    if not path.exists():
        path.write_bytes(pem)
    elif path.read_bytes() != pem:
        message = f"the ledger in {place.folder} is signed by another key than the site's; put the site's key back."
        raise OperatorError(message)


def _append_line(disk: Disk, path: Path, line: bytes) -> None:
    """Add a line to a file, durably; what a full disk let in of it is taken out again. Raises: OSError."""
    descriptor = disk.open(path, create=True)
    size_bytes = os.fstat(descriptor).st_size
    try:
        disk.write(descriptor, line, size_bytes)
        disk.sync(descriptor)
    except OSError:
        disk.truncate(descriptor, size_bytes)
        raise
    finally:
        os.close(descriptor)
