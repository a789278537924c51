"""Gathers the evidence of a time: the ledger's segments with the heads signed over them, the policies that were in
force, what keys and models there are, and what software runs.

The ledger is taken from the segment in which the time begins (each begins with the right edge of the tree before it)
up to the first head signed after its end, so that everything in it hangs under a signature. A factory that runs
meanwhile is not disturbed: what is under a signed head changes no more.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from usina.core.errors import OperatorError
from usina.sovereignty.evidence.container import ContainerWriter
from usina.sovereignty.ledger.frames import FRAME_BYTES, HEADER_BYTES, frames
from usina.sovereignty.ledger.heads import PUBLIC_KEY_FILE, HeadError, load_signing_key, read_public_key
from usina.sovereignty.ledger.reading import Segment, heads, read_segment, segments
from usina.sovereignty.ledger.records import RecordError, glance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from usina.core.clock import Clock
    from usina.sovereignty.ledger.heads import TreeHead

LEDGER: Final = "ledger/"
POLICIES: Final = "policies/"
HEADS: Final = f"{LEDGER}heads.log"
KEY: Final = f"{LEDGER}public.pem"
_time = msgspec.json.Decoder(type=dict[str, Any]).decode


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    size_bytes: int
    records: int
    segments: int
    heads: int
    policies: int


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the evidence comes from."""

    ledger: Path
    signing_key: Path
    policies: Path  # the sets of policies that were in force, kept by their digests
    site: str
    documents: Mapping[str, Any]  # name -> JSON: keys, models, software


def export_evidence(
    sources: Sources,
    target: Path,
    since: float,
    until: float,
    clock: Clock,
    *,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> Exported:
    """Write the evidence of that time (epoch seconds) into a new file. `tell`: (done, total) segments.

    Raises:
        OperatorError: there is nothing signed of that time, the ledger is damaged, or the file cannot be written.
    """
    if not since < until:
        raise OperatorError("The evidence's time must end after it begins: give --from and --to.")
    try:
        pem = (sources.ledger / PUBLIC_KEY_FILE).read_bytes()
        signed = heads(sources.ledger, read_public_key(pem))
    except (HeadError, OSError) as error:
        raise OperatorError(
            f"The ledger's heads cannot be used: {error}. Check it with `usina ledger verify`."
        ) from error
    if not signed:
        raise OperatorError("The ledger has no signed head yet. Start the factory, and try again in some seconds.")
    last = next((head for head in signed if head.time >= until), signed[-1])
    chosen = _chosen(segments(sources.ledger), since, last.size)
    partial = target.with_name(f".{target.name}.part")
    try:
        with partial.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            writer = ContainerWriter(file, clock.now())
            kept = [head for head in signed if head.size <= last.size and head.size >= chosen[0].first - 1]
            _write_ledger(writer, chosen, kept, pem, tell)
            policies = _write_policies(writer, sources.policies)
            for name, document in sources.documents.items():
                text = msgspec.json.format(msgspec.json.encode(document), indent=1)
                writer.add(f"{name}.json", [text], len(text))
            writer.finish(load_signing_key(sources.signing_key), site=sources.site, since=since, until=until)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        partial.rename(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OperatorError(f"{target}: {error.strerror or error}. Choose another file with --out.") from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return Exported(size, last.size - chosen[0].first + 1, len(chosen), len(kept), policies)


def _chosen(found: list[Segment], since: float, size: int) -> list[Segment]:
    """The segments that hold that time, up to that many records."""
    covered = [segment for segment in found if segment.first <= size]
    if not covered:
        raise OperatorError("The ledger's segments are missing. Check it with `usina ledger verify`.")
    start = 0
    for number, segment in enumerate(covered):
        if _first_time(segment) <= since:
            start = number
    return covered[start:]


def _first_time(segment: Segment) -> float:
    with segment.path.open("rb") as file:
        data = file.read(HEADER_BYTES + 2 * 65_536)
    for _, record in frames(data):
        return float(_time(record).get("time", 0.0))
    return float("inf")


def _write_ledger(
    writer: ContainerWriter, chosen: list[Segment], kept: list[TreeHead], pem: bytes, tell: Callable[[int, int], None]
) -> None:
    last = kept[-1].size
    for number, segment in enumerate(chosen):
        data = _signed_part(segment, last)
        writer.add(f"{LEDGER}{segment.path.name}", [data], len(data))
        tell(number + 1, len(chosen))
    lines = b"".join(head.line() for head in kept)
    writer.add(HEADS, [lines], len(lines))
    writer.add(KEY, [pem], len(pem))


def _signed_part(segment: Segment, last: int) -> bytes:
    """A segment up to that record, without the zeros behind."""
    data = read_segment(segment)
    end, seq = HEADER_BYTES, segment.first - 1
    for offset, record in frames(data):
        try:
            seq = glance(record).seq
        except RecordError as error:
            raise OperatorError(f"{segment.path}: {error}. Check it with `usina ledger verify`.") from error
        if seq > last:
            break
        end = offset + FRAME_BYTES + len(record)
    return data[:end]


def _write_policies(writer: ContainerWriter, folder: Path) -> int:
    """The sets of policies by digest, all that were ever in force: they are small, and the ledger says when."""
    found = sorted(folder.glob("*.json")) if folder.is_dir() else []
    for path in found:
        data = path.read_bytes()
        writer.add(f"{POLICIES}{path.name}", [data], len(data))
    return len(found)
