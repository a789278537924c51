"""Heads in a file elsewhere, on removable media or a disk of somebody else: who holds it can show what was signed.

The file has the lines of `heads.log`. A head goes in only where the ledger continues the last one in it, so that a
history that was put back or told anew is found when it is carried there next, not years later.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usina.sovereignty.ledger.heads import PUBLIC_KEY_FILE, HeadError, TreeHead, parse_line, read_public_key
from usina.sovereignty.ledger.prove import ProofError, prove_consistency
from usina.sovereignty.ledger.reading import newest_head
from usina.sovereignty.ledger.tree import verify_consistency

if TYPE_CHECKING:
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
    kept, whole_bytes = _kept(file, key)
    if kept and not _continues(folder, kept[-1], newest):
        raise DoesNotContinueError(
            f"the ledger does not continue the head over {kept[-1].size} records that is the last in the file"
        )
    if kept and kept[-1].size == newest.size:
        return Witnessed(newest, kept[-1].size, len(kept))
    with file.open("r+b" if file.exists() else "xb") as opened:
        opened.truncate(whole_bytes)  # a line that was cut by a failure was never said to be there
        opened.seek(whole_bytes)
        opened.write(newest.line())
        opened.flush()
        os.fsync(opened.fileno())
    _sync_folder(file.absolute().parent)
    return Witnessed(newest, kept[-1].size if kept else 0, len(kept) + 1)


def _kept(file: Path, key: Ed25519PublicKey) -> tuple[list[TreeHead], int]:
    """The heads in the file, and the bytes of its whole lines. Raises: DoesNotContinueError, OSError."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise DoesNotContinueError("the file is too large to be one of heads")
        data = file.read_bytes()
    except FileNotFoundError:
        return [], 0
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
    return found, len(whole)


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
