"""Checking a whole ledger folder, offline: every byte is as it was written, and every head signed over it is true.

What is found is located: file, offset, record. The checks: names and headers of segments, frames and their CRCs,
sequence numbers, padding, the Merkle root at every signed head, the signatures, and the cache of hashes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from usina.sovereignty.ledger.heads import (
    HEADS_FILE,
    PUBLIC_KEY_FILE,
    HeadError,
    OtherKeyError,
    TreeHead,
    parse_line,
    read_public_key,
)
from usina.sovereignty.ledger.nodes import NODES_FILE, NodeReader
from usina.sovereignty.ledger.reading import head_lines, read_segment, segments
from usina.sovereignty.ledger.recovery import LOCK_FILE
from usina.sovereignty.ledger.walk import Finding, Walk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEPT: Final = "kept heads"  # where a finding is about a line that the verifier brought


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying a folder gave. `ok` only where there is no finding."""

    ok: bool
    records: int
    segments: int
    heads: int
    signed: int  # records under the newest signed head
    root: str  # hex, over all records
    open_intents: int  # without an outcome: running now, or cut off by the last stop
    trusted_key: bool  # the public key came from the caller, not from the folder itself
    live: bool  # a factory was writing meanwhile; its unsigned end was not judged
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Heads:
    """The heads of a folder, and what is wrong with them."""

    by_size: dict[int, TreeHead]
    newest: int
    findings: list[Finding]


def verify_folder(
    folder: Path,
    public_key: bytes | None = None,
    progress: Callable[[int, int], None] | None = None,
    *,
    kept: bytes = b"",
) -> Verification:
    """Verify a ledger folder; the factory may be running.

    `public_key` is the site's ledger key (PEM) as the verifier had it from elsewhere; without it the folder's own is
    taken, which shows that the ledger is whole, not whose it is. `progress` is told (bytes walked, bytes in all).
    `kept` are lines of heads.log that were kept elsewhere: a history that does not continue them is found, also where
    it is whole in itself, because the folder was rolled back or told anew by who has the signing key.

    Raises:
        OSError: the folder cannot be read.
    """
    live = _is_live(folder)
    heads = _Heads({}, 0, [])
    key = _public_key(folder, public_key, heads)
    _read_heads(folder, key, heads, live=live)
    own, signed = len(heads.by_size), heads.newest
    _read_kept(kept, key, heads)
    parts = segments(folder)
    total, done = sum(part.path.stat().st_size for part in parts), 0
    with contextlib.closing(NodeReader(folder / NODES_FILE)) as cache:
        walk = Walk(heads.by_size, cache)
        for part in parts:
            data = read_segment(part)
            walk.segment(part.path.name, part.first, data, growing=live and part is parts[-1])
            done += len(data)
            if progress is not None:
                progress(done, total)
    walk.finish(heads.newest)
    findings = (*heads.findings, *walk.findings)
    return Verification(
        ok=not findings,
        records=walk.records,
        segments=len(parts),
        heads=own,
        signed=signed,
        root=walk.frontier.root().hex(),
        open_intents=len(walk.open),
        trusted_key=public_key is not None,
        live=live,
        findings=findings,
    )


def _is_live(folder: Path) -> bool:
    """Whether a process holds the folder."""
    try:
        descriptor = os.open(folder / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _public_key(folder: Path, given: bytes | None, heads: _Heads) -> Ed25519PublicKey | None:
    """The key to check heads with; the folder's own copy must be whole, and the one the verifier brought."""

    def complain(problem: str) -> None:
        heads.findings.append(Finding(PUBLIC_KEY_FILE, 0, 0, problem))

    try:
        own = (folder / PUBLIC_KEY_FILE).read_bytes()
        key: Ed25519PublicKey | None = read_public_key(own)
    except (OSError, HeadError) as error:
        own, key = b"", None
        complain(f"the folder's public key cannot be used: {error}")
    if given is not None:
        try:
            key = read_public_key(given.strip() + b"\n")
        except HeadError as error:
            key = None
            complain(f"the key to verify with cannot be used: {error}")
        else:
            if own and given.strip() != own.strip():
                complain("the folder's public key is not the one it is verified with")
    return key


def _read_heads(folder: Path, key: Ed25519PublicKey | None, heads: _Heads, *, live: bool) -> None:
    """Check every head's signature and order."""
    offset, others = 0, 0
    lines = head_lines(folder)
    for number, line in enumerate(lines, 1):
        problem = ""
        try:
            if not line.endswith(b"\n"):
                problem = "" if live and number == len(lines) else "the line is not whole"
            elif key is not None:
                head = parse_line(line, key)
                if head.size < heads.newest:
                    problem = "the head is over fewer records than one before it"
                heads.newest = max(heads.newest, head.size)
                heads.by_size[head.size] = head
        except HeadError as error:
            problem = str(error)
            others += isinstance(error, OtherKeyError)
        if problem:
            heads.findings.append(Finding(HEADS_FILE, offset, 0, f"line {number}: {problem}"))
        offset += len(line)
    if others and others == len(lines):
        heads.findings.append(Finding(PUBLIC_KEY_FILE, 0, 0, "no head is signed with this key"))


def _read_kept(lines: bytes, key: Ed25519PublicKey | None, heads: _Heads) -> None:
    """Heads from elsewhere join those that the walk must meet."""

    def complain(number: int, problem: str) -> None:
        heads.findings.append(Finding(KEPT, 0, 0, f"line {number}: {problem}"))

    for number, line in enumerate(lines.splitlines(), 1):
        if key is None:
            return  # that there is none is a finding already
        try:
            head = parse_line(line + b"\n", key)
        except HeadError as error:
            complain(number, str(error))
            continue
        if heads.by_size.setdefault(head.size, head).root != head.root:
            complain(number, f"the head over {head.size} records was over others than the one that is here now")
        heads.newest = max(heads.newest, head.size)
