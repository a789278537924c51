"""Judges a file of evidence, with a public key and nothing else: no factory, no network, no trust in who made it.

Each byte of the file is as it was signed; each record hangs under a signed head of one and the same history; the
policies that the ledger says were in force are there, and are those.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final

import msgspec

from usina.sovereignty.evidence.container import Container, Manifest, Wrong
from usina.sovereignty.evidence.export import HEADS, KEY, LEDGER, POLICIES
from usina.sovereignty.ledger.frames import FRAME_BYTES, HEADER_BYTES, SUFFIX, FrameError, decode_header, frames
from usina.sovereignty.ledger.heads import HeadError, TreeHead, parse_line, read_public_key
from usina.sovereignty.ledger.tree import Frontier, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_ON_ITS_WAY_SECONDS: Final = 10.0  # a head is signed a moment before it is where an export reads it


class _Record(msgspec.Struct):
    """What is looked at of a record."""

    seq: int
    kind: str
    time: float = 0.0
    digest: str = ""  # of policies
    status: str = ""  # of outcomes


@dataclass(slots=True)
class Checked:
    """What the evidence says, and what is wrong with it; `wrong` is empty where it holds."""

    site: str = ""
    since: float = 0.0
    until: float = 0.0
    made_at: float = 0.0
    records: int = 0
    first: int = 0  # sequence numbers
    last: int = 0
    heads: int = 0
    kept: int = 0  # heads that the auditor brought, and that lie in this history
    policies: int = 0  # sets that were in force
    kinds: dict[str, int] = field(default_factory=dict)  # how many records of each kind; outcomes by how they ended
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether it holds."""
        return not self.wrong


def check_evidence(
    file: IO[bytes], pem: bytes, tell: Callable[[int, int], None] = lambda _done, _total: None, *, kept: bytes = b""
) -> Checked:
    """Judge a file. `pem` is the site's public ledger key as the auditor has it. `tell`: (done, total) segments.
    `kept` are lines of heads.log that he kept: a history that was told anew by who has the signing key does not fit.

    Raises: HeadError where the key is none.
    """
    key = read_public_key(pem)
    found = Checked()
    container = Container(file, key)
    place = container.wrong()
    if place is not None:
        found.wrong.append(place)
    manifest = container.manifest
    if place is not None or manifest is None:
        return found
    found.site, found.since, found.until, found.made_at = (
        manifest.site,
        manifest.since,
        manifest.until,
        manifest.made_at,
    )
    try:
        if container.part(KEY) != pem:
            found.wrong.append(_at(manifest, KEY, "the ledger was signed by another key"))
            return found
        _History(container, manifest, key, found).check(tell, kept)
        _check_policies(container, manifest, found)
    except LookupError as error:
        found.wrong.append(Wrong(0, f"{error.args[0]} is missing"))
    return found


def _at(manifest: Manifest, name: str, problem: str, inner: int = 0) -> Wrong:
    offset = next((part.offset for part in manifest.parts if part.name == name), 0)
    return Wrong(offset + inner, f"{name}: {problem}")


class _History:
    """The ledger in a file: one chain of records, under heads."""

    def __init__(self, container: Container, manifest: Manifest, key: Ed25519PublicKey, found: Checked) -> None:
        self._container = container
        self._manifest = manifest
        self._key = key
        self._found = found
        self._decode = msgspec.json.Decoder(_Record).decode
        self._kept: dict[int, TreeHead] = {}

    def check(self, tell: Callable[[int, int], None], kept: bytes) -> None:
        """Walk through all of it. Raises: LookupError where a part is missing."""
        heads = self._heads()
        self._keep(kept)
        names = [
            part.name for part in self._manifest.parts if part.name.startswith(LEDGER) and part.name.endswith(SUFFIX)
        ]
        frontier: Frontier | None = None
        for number, name in enumerate(names):
            frontier = self._segment(name, frontier, heads)
            tell(number + 1, len(names))
            if frontier is None:
                return
        if frontier is None or not heads:
            self._complain(HEADS, "there are no records under a signed head")
            return
        self._found.last = frontier.size
        if frontier.size not in heads:
            self._complain(names[-1], "records follow the last signed head")
        missed = [size for size in heads if not self._found.first - 1 <= size <= frontier.size]
        if missed:
            self._complain(HEADS, f"a head is over {missed[0]} records, which are not here")
        covered = min(self._manifest.until, self._manifest.made_at) - _ON_ITS_WAY_SECONDS
        for head in self._kept.values():
            if head.size > frontier.size and head.time <= covered:
                self._complain(HEADS, f"a kept head of that time is over {head.size} records, which are not here")

    def _keep(self, lines: bytes) -> None:
        """Heads that the auditor brought."""
        for line in lines.splitlines():
            try:
                head = parse_line(line + b"\n", self._key)
            except HeadError as error:
                self._complain(HEADS, f"a head that was kept: {error}")
                continue
            known = self._kept.setdefault(head.size, head)
            if known.root != head.root:
                self._complain(HEADS, f"two heads that were kept are over {head.size} records, and differ")

    def _heads(self) -> dict[int, TreeHead]:
        heads: dict[int, TreeHead] = {}
        for line in self._container.part(HEADS).splitlines(keepends=True):
            try:
                head = parse_line(line, self._key)
            except HeadError as error:
                self._complain(HEADS, str(error))
                continue
            heads[head.size] = head
        self._found.heads = len(heads)
        return heads

    def _segment(self, name: str, frontier: Frontier | None, heads: dict[int, TreeHead]) -> Frontier | None:
        """Follow one segment; None where it cannot be followed."""
        data = self._container.part(name)
        try:
            header = decode_header(data)
        except FrameError as error:
            self._complain(name, str(error))
            return None
        if frontier is None:
            frontier = Frontier(header.first - 1, [bytes.fromhex(peak) for peak in header.peaks])
            self._found.first = header.first
        if frontier.size != header.first - 1 or frontier.root().hex() != header.root:
            self._complain(name, "the segment does not continue what is before it")
            return None
        self._head(name, frontier, heads, HEADER_BYTES)
        end = HEADER_BYTES
        for offset, record in frames(data):
            end = offset + FRAME_BYTES + len(record)
            if not self._record(name, record, frontier, offset):
                return None
            frontier.add(leaf_hash(record))
            self._head(name, frontier, heads, offset)
        if end != len(data):
            self._complain(name, "no record begins here", end)
            return None
        return frontier

    def _record(self, name: str, record: bytes, frontier: Frontier, offset: int) -> bool:
        try:
            read = self._decode(record)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self._complain(name, "this is no record", offset)
            return False
        if read.seq != frontier.size + 1:
            self._complain(name, f"record {frontier.size + 1} is missing", offset)
            return False
        self._found.records += 1
        kind = f"outcome {read.status}" if read.kind == "outcome" else read.kind
        self._found.kinds[kind] = self._found.kinds.get(kind, 0) + 1
        if read.kind == "policy":
            self._found.policies += 1
            self._policy(name, read.digest, offset)
        return True

    def _policy(self, name: str, digest: str, offset: int) -> None:
        if not any(part.name == f"{POLICIES}{digest}.json" for part in self._manifest.parts):
            self._complain(name, f"the policies of digest {digest[:16]} were in force and are not here", offset)

    def _head(self, name: str, frontier: Frontier, heads: dict[int, TreeHead], offset: int) -> None:
        head = heads.get(frontier.size)
        if head is not None and head.root != frontier.root():
            self._complain(name, f"the records up to {frontier.size} are not those that were signed", offset)
        kept = self._kept.pop(frontier.size, None)
        if kept is not None:
            self._found.kept += 1
            if kept.root != frontier.root():
                self._complain(
                    name, f"the records up to {frontier.size} are not those of the head that was kept", offset
                )

    def _complain(self, name: str, problem: str, inner: int = 0) -> None:
        self._found.wrong.append(_at(self._manifest, name, problem, inner))


def _check_policies(container: Container, manifest: Manifest, found: Checked) -> None:
    """Each kept set has the digest that it is named by."""
    for part in manifest.parts:
        if part.name.startswith(POLICIES):
            name = part.name.removeprefix(POLICIES).removesuffix(".json")
            if policies_digest(container.part(part.name)) != name:
                found.wrong.append(_at(manifest, part.name, "its policies have another digest"))


def policies_digest(text: bytes) -> str:
    """Digest of a kept set of policies ({file: text}), as the ledger notes it; empty where it is no such set."""
    try:
        files: dict[str, str] = msgspec.json.decode(text, type=dict[str, str])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    digest = hashlib.sha256()
    for name in sorted(files):
        data = files[name].encode()
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()
