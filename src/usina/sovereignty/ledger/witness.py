"""Heads in a file elsewhere, on removable media or a disk of somebody else: who holds it can show what was signed.

The file has the lines of `heads.log`. A head goes in only where the ledger continues the last one in it, so that a
history that was put back or told anew is found when it is carried there next, not years later.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from usina.sovereignty.ledger.heads import PUBLIC_KEY_FILE, HeadError, TreeHead, parse_line, read_public_key
from usina.sovereignty.ledger.prove import ProofError, prove_consistency
from usina.sovereignty.ledger.reading import newest_head
from usina.sovereignty.ledger.tree import verify_consistency

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_MOST_BYTES = 1_073_741_824


class DoesNotContinueError(Exception):
    """The ledger does not continue what the file holds, or the file is not one of it."""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What the file holds now."""

    head: TreeHead  # the newest
    before: int  # records under the head before; 0: there was none
    heads: int


def witness_in_file(folder: Path, file: Path) -> Witnessed:
    """Add the ledger's newest head to a file, durably; nothing where it is in it already.

    Raises:
        DoesNotContinueError: nothing was added.
        LookupError: no head was signed yet.
        HeadError, OSError: the ledger's key or heads, or the file, cannot be read or written.
    """
    key = read_public_key((folder / PUBLIC_KEY_FILE).read_bytes())
    newest = newest_head(folder, key)
    if newest is None:
        raise LookupError("no head was signed yet")
    with _held(file) as opened:
        newest = newest_head(folder, key) or newest  # another may have added a newer one while this one waited
        kept, whole_bytes = _kept(opened, key, newest)
        if kept and not _continues(folder, kept[-1], newest):
            raise DoesNotContinueError(
                f"the ledger does not continue the head over {kept[-1].size} records that is the last in the file"
            )
        if kept and kept[-1].size == newest.size:
            return Witnessed(newest, kept[-1].size, len(kept))
        opened.truncate(whole_bytes)  # a line that was cut by a failure was never said to be there
        opened.seek(whole_bytes)
        opened.write(newest.line())
        opened.flush()
        os.fsync(opened.fileno())
    _sync_folder(file.absolute().parent)
    return Witnessed(newest, kept[-1].size if kept else 0, len(kept) + 1)


@contextlib.contextmanager
def _held(file: Path) -> Iterator[IO[bytes]]:
    """The file, made where there is none, for this process alone: a timer and a person may come at once."""
    with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), "r+b") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield opened


def _kept(opened: IO[bytes], key: Ed25519PublicKey, newest: TreeHead) -> tuple[list[TreeHead], int]:
    """The heads in the file, and the bytes of its whole lines. Raises: DoesNotContinueError, OSError."""
    if os.fstat(opened.fileno()).st_size > _MOST_BYTES:
        raise DoesNotContinueError("the file is too large to be one of heads")
    data = opened.read()
    whole = data[: data.rfind(b"\n") + 1]
    found: list[TreeHead] = []
    for number, line in enumerate(whole.splitlines(keepends=True), 1):
        try:
            head = parse_line(line, key)
        except HeadError as error:
            raise DoesNotContinueError(f"line {number} of the file is no head of this ledger: {error}") from error
        if found and head.size < found[-1].size:
            raise DoesNotContinueError(f"line {number} of the file is over fewer records than the one before")
        found.append(head)
    _check_cut(data[len(whole) :], key, newest)
    return found, len(whole)


def _check_cut(cut: bytes, key: Ed25519PublicKey, newest: TreeHead) -> None:
    """What stands behind the last whole line may be thrown away only where it is the beginning of a line of ours.

    Anything else is a file of something else. A head that lacks nothing but the end of its line counts: who takes that
    one byte away must not make the file forget it. Raises: DoesNotContinueError.
    """
    line = newest.line()
    begin = line[: line.index(b"\\n") + 2]  # up to the name of the ledger
    if not (cut.startswith(begin) or begin.startswith(cut)):
        raise DoesNotContinueError("the end of the file is no head of this ledger, nor the beginning of one")
    with contextlib.suppress(HeadError):
        parse_line(cut + b"\n", key)
        raise DoesNotContinueError("the last head in the file lacks the end of its line: add a line break to keep it")


def _continues(folder: Path, kept: TreeHead, newest: TreeHead) -> bool:
    if kept.origin != newest.origin or kept.size > newest.size:
        return False
    try:
        proof = prove_consistency(folder, kept.size, newest.size)
    except (LookupError, ProofError):
        return False
    return verify_consistency(kept.size, newest.size, proof.path, kept.root, newest.root)


def _sync_folder(folder: Path) -> None:
    """So that a new file's name is as durable as its content."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
