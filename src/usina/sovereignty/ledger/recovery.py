"""Opening a ledger folder: where it was left, whether it is whole, and what a loss of power tore off its end.

Only what was never acknowledged may be cut: a tail is torn where nothing behind it says that it was durable, neither
a signed head nor a later record. Damage anywhere else is not repaired but reported, and the factory does not start.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import OperatorError
from usina.sovereignty.ledger.frames import (
    FRAME_BYTES,
    HEADER_BYTES,
    FrameError,
    Header,
    decode_header,
    first_nonzero,
    frames,
    later_frames,
)
from usina.sovereignty.ledger.heads import HEADS_FILE, HeadError, TreeHead
from usina.sovereignty.ledger.log import NEXT_FILE, SegmentLog
from usina.sovereignty.ledger.nodes import NODES_FILE, NodeFile
from usina.sovereignty.ledger.reading import Segment, newest_head, read_segment, segments
from usina.sovereignty.ledger.records import Glance, Opened, RecordError, glance
from usina.sovereignty.ledger.tree import HASH_BYTES, Frontier, leaf_hash, range_hash

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from usina.sovereignty.ledger.disk import Disk

LOCK_FILE: Final = "lock"
_ADVICE: Final = (
    "Nothing was changed. `usina ledger verify` says where it is damaged; restore the folder from a backup, or keep it "
    "as evidence and move it aside to begin a new ledger."
)


@dataclass(slots=True)
class Recovered:
    """What opening a folder found."""

    log: SegmentLog
    head: TreeHead | None
    unfinished: list[Opened] = field(default_factory=list)  # intents without an outcome
    repairs: list[dict[str, Any]] = field(default_factory=list)  # bodies of `repair` records to be written


def lock_folder(folder: Path) -> int:
    """Take the folder for this process. Raises: OperatorError where another process has it."""
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        message = f"another process writes the ledger in {folder}; stop it first."
        raise OperatorError(message) from error
    return descriptor


def _damaged(what: str) -> OperatorError:
    message = f"the ledger is damaged: {what}. {_ADVICE}"
    return OperatorError(message)


def recover(folder: Path, disk: Disk, site: str, segment_bytes: int, key: Ed25519PublicKey) -> Recovered:
    """Open the folder's log for appending, or begin one.

    Raises:
        OperatorError: the folder is damaged, or something acknowledged is missing.
        UnavailableError: there is no room for the first segment.
        OSError: the disk failed.
    """
    (folder / NEXT_FILE).unlink(missing_ok=True)
    try:
        head = newest_head(folder, key)
    except HeadError as error:
        raise _damaged(f"{HEADS_FILE}: {error}") from error
    parts = segments(folder)
    nodes = NodeFile(disk, folder / NODES_FILE)
    if not parts:
        if head is not None:
            raise _damaged(f"a head over {head.size} records was signed, and there is no segment")
        nodes.keep(0)
        log = SegmentLog(disk, folder, Frontier(), nodes, site=site, segment_bytes=segment_bytes)
        log.rotate(oldest_open=1)
        return Recovered(log, None, [], _mend_heads(folder, disk))
    header = _header(parts[-1])
    frontier = _frontier(parts[-1], header)
    if not (nodes.keep(frontier.size) and _fits(nodes, frontier)):
        _rebuild(parts[:-1], nodes)
    opened = _open_before(parts, header)
    log = SegmentLog(disk, folder, frontier, nodes, site=site, segment_bytes=segment_bytes)
    data = read_segment(parts[-1])
    offset = _replay(data, log, opened)
    cut = _torn_tail(parts[-1], data, offset, log.size + 1, head)
    _check_tree(log, head, parts)
    repairs = _mend_heads(folder, disk)
    if cut:
        _erase(disk, parts[-1], offset, cut["bytes"])
        repairs.append(cut)
    log.durable = log.size
    log.resume(parts[-1].path, offset)
    disk.sync(log.descriptor)  # what was only handed to the kernel before is now durable too
    return Recovered(log, head, list(opened.values()), repairs)


def _mend_heads(folder: Path, disk: Disk) -> list[dict[str, Any]]:
    """Cut a head that was not written to its end."""
    path = folder / HEADS_FILE
    with contextlib.suppress(FileNotFoundError):
        data = path.read_bytes()
        torn = data[data.rfind(b"\n") + 1 :]
        if torn:
            descriptor = disk.open(path)
            try:
                disk.truncate(descriptor, len(data) - len(torn))
            finally:
                os.close(descriptor)
            return [_repair(HEADS_FILE, len(data) - len(torn), torn)]
    return []


def _repair(name: str, offset: int, cut: bytes) -> dict[str, Any]:
    return {"file": name, "offset": offset, "bytes": len(cut), "sha256": hashlib.sha256(cut).hexdigest()}


def _header(segment: Segment) -> Header:
    try:
        header = decode_header(read_segment(segment)[:HEADER_BYTES])
    except FrameError as error:
        raise _damaged(f"{segment.path.name}, offset 0: {error}") from error
    if header.first != segment.first:
        raise _damaged(f"{segment.path.name} holds the records from {header.first} on")
    return header


def _frontier(segment: Segment, header: Header) -> Frontier:
    """The tree's right edge before a segment, as its header has it."""
    size = header.first - 1
    try:
        peaks = [bytes.fromhex(peak) for peak in header.peaks]
    except ValueError:
        peaks = []
    if size < 0 or len(peaks) != size.bit_count() or any(len(peak) != HASH_BYTES for peak in peaks):
        raise _damaged(f"{segment.path.name}, offset 0: the header's peaks are none")
    return Frontier(size, peaks)


def _open_before(parts: list[Segment], header: Header) -> dict[int, Opened]:
    """Intents of earlier segments that had no outcome when the last segment began."""
    opened: dict[int, Opened] = {}
    for position, segment in enumerate(parts[:-1]):
        if parts[position + 1].first <= header.oldest_open:
            continue
        for _, record in frames(read_segment(segment)):
            _follow(record, opened)
    return opened


def _look(record: bytes) -> Glance:
    try:
        return glance(record)
    except RecordError as error:
        raise _damaged(str(error)) from error


def _follow(record: bytes, opened: dict[int, Opened]) -> int:
    """Keep account of what is open; gives the record's sequence number."""
    about = _look(record)
    if about.kind == "intent":
        opened[about.seq] = Opened(about.seq, about.request_id)
    elif about.kind == "outcome":
        opened.pop(about.intent, None)
    return about.seq


def _replay(data: bytes, log: SegmentLog, opened: dict[int, Opened]) -> int:
    """Take the last segment's records into the tree; gives the offset behind the last whole one."""
    end = HEADER_BYTES
    for offset, record in frames(data):
        if _follow(record, opened) != log.size + 1:
            raise _damaged(f"record {log.size + 1} is not where it should be (offset {offset} of the last segment)")
        log.nodes.add(log.frontier.add(leaf_hash(record)))
        end = offset + FRAME_BYTES + len(record)
    log.nodes.flush()
    return end


def _torn_tail(segment: Segment, data: bytes, offset: int, seq: int, head: TreeHead | None) -> dict[str, Any] | None:
    """What has to be cut behind the last whole record, whose successor is `seq`. Raises: OperatorError."""
    if first_nonzero(data, offset) == len(data):
        return None
    where = f"{segment.path.name}, offset {offset}: record {seq} cannot be read"
    if head is not None and head.size >= seq:
        raise _damaged(f"{where}, and a signed head covers it")
    for _, record, unsynced in later_frames(data, offset):
        if _look(record).seq - 1 - unsynced >= seq:
            raise _damaged(f"{where}, and a later record says that it was there")
    return _repair(segment.path.name, offset, data[offset:].rstrip(b"\x00"))


def _erase(disk: Disk, segment: Segment, offset: int, size_bytes: int) -> None:
    """Make the torn tail padding again."""
    descriptor = disk.open(segment.path)
    try:
        disk.write(descriptor, bytes(size_bytes), offset)
        disk.sync(descriptor)
    finally:
        os.close(descriptor)


def _check_tree(log: SegmentLog, head: TreeHead | None, parts: list[Segment]) -> None:
    """The newest head must be true of what is here, and the segment's header too.

    Where the cache of hashes says otherwise, it is made again from the records before it is believed.
    """
    if head is not None and head.size > log.size:
        raise _damaged(f"a head over {head.size} records was signed, and only {log.size} are here")
    for again in (False, True):
        if again:
            _rebuild(parts, log.nodes)
        carried_on = range_hash(log.nodes, 0, log.size) == log.frontier.root()
        signed = head is None or range_hash(log.nodes, 0, head.size) == head.root
        if carried_on and signed:
            return
        if again and head is not None and not signed:
            raise _damaged(f"the first {head.size} records are not those whose head was signed")
    raise _damaged(f"{parts[-1].path.name}, offset 0: the header does not carry on the records before it")


def _fits(nodes: NodeFile, frontier: Frontier) -> bool:
    """Whether the cache knows the tree's right edge."""
    start = 0
    for peak in frontier.peaks:
        level = (frontier.size - start).bit_length() - 1
        if nodes.node(level, start >> level) != peak:
            return False
        start += 1 << level
    return True


def _rebuild(parts: list[Segment], nodes: NodeFile) -> None:
    """Make the node cache again from these segments."""
    nodes.keep(0)
    frontier = Frontier()
    for segment in parts:
        for _, record in frames(read_segment(segment)):
            nodes.add(frontier.add(leaf_hash(record)))
    nodes.flush()
