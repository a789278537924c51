"""The file: a tar archive that anybody can open, sealed so that each of its bytes is accounted for.

    content     the tar entries of the evidence
    blocks      an entry: the first 8 bytes of the SHA-256 of every 512 bytes of the content
    manifest    twice: what the content is, the SHA-256 of every MiB of it and of `blocks`
    signature   twice: the lengths of these parts, and an Ed25519 signature by the ledger's key over the line
                "usina evidence 1" and the manifest
    end         1,024 zeros, as tar wants

Everything behind the content follows from manifest, blocks and signature, so it is compared byte by byte with what it
must be. Of what is there twice one copy tells what is wrong with the other; the blocks tell where the content differs,
down to the byte where only one does. Nothing outside the file is needed but the key.
"""

from __future__ import annotations

import base64
import hashlib
import tarfile
from dataclasses import dataclass
from itertools import chain
from typing import IO, TYPE_CHECKING, Final

import msgspec
from cryptography.exceptions import InvalidSignature

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

BLOCK_BYTES: Final = 512
CHUNK_BYTES: Final = 1_048_576
_SHORT_BYTES: Final = 8  # of a block's hash: it says where, the chunk's says whether
_CONTEXT: Final = b"usina evidence 1\n"  # before what is signed: the key signs tree heads as well
_END: Final = bytes(2 * BLOCK_BYTES)
_SEAL_BYTES: Final = 2 * BLOCK_BYTES  # header and one block
BLOCKS, MANIFEST, SIGNATURE = "blocks", "manifest.json", "signature.json"
_AGAIN: Final = ("", "again.")
_MOST_MANIFEST_BYTES: Final = 268_435_456


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of the evidence."""

    name: str
    offset: int  # of its bytes in the archive
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was signed."""

    format: int
    site: str
    since: float  # epoch seconds, as asked for
    until: float
    made_at: float
    content_bytes: int
    chunks: tuple[str, ...]  # SHA-256 of each MiB of the content, hexadecimal
    blocks_sha256: str
    parts: tuple[Part, ...]


class _Seal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    content: int
    blocks: int
    manifest: int
    signature: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """A place that is not as it was signed. `exact`: this very byte; else it is the start of where it differs."""

    offset: int
    problem: str
    exact: bool = False


class ContainerWriter:
    """Writes the parts one after the other, then the seal."""

    def __init__(self, file: IO[bytes], made_at: float) -> None:
        self._file = file
        self._made_at = made_at
        self._parts: list[Part] = []
        self._at = 0
        self._chunk = hashlib.sha256()
        self._chunks: list[str] = []
        self._blocks = bytearray()
        self._rest = bytearray()

    def add(self, name: str, pieces: Iterator[bytes] | list[bytes], size: int) -> None:
        """One file; `size` is that of all pieces. Raises: OSError, ValueError where they are not of that size."""
        self._write(_header(name, size, self._made_at))
        offset, digest = self._at, hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
            self._write(piece)
        if self._at - offset != size:
            raise ValueError(f"{name} is not {size} bytes long")
        self._write(bytes(-size % BLOCK_BYTES))
        self._parts.append(Part(name, offset, size, digest.hexdigest()))

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        for at in range(0, len(data), CHUNK_BYTES):
            self._hash(data[at : at + CHUNK_BYTES])

    def _hash(self, data: bytes) -> None:
        room = CHUNK_BYTES - self._at % CHUNK_BYTES
        self._chunk.update(data[:room])
        if len(data) >= room:
            self._chunks.append(self._chunk.hexdigest())
            self._chunk = hashlib.sha256(data[room:])
        self._at += len(data)
        self._rest += data
        whole = len(self._rest) // BLOCK_BYTES * BLOCK_BYTES
        self._blocks += _short_hashes(self._rest[:whole])
        del self._rest[:whole]

    def finish(self, key: Ed25519PrivateKey, *, site: str, since: float, until: float) -> Manifest:
        """Seal it. Raises: OSError."""
        if self._at % CHUNK_BYTES:
            self._chunks.append(self._chunk.hexdigest())
        manifest = Manifest(
            format=1,
            site=site,
            since=since,
            until=until,
            made_at=self._made_at,
            content_bytes=self._at,
            chunks=tuple(self._chunks),
            blocks_sha256=hashlib.sha256(self._blocks).hexdigest(),
            parts=tuple(self._parts),
        )
        text = msgspec.json.encode(manifest)
        signature = base64.b64encode(key.sign(_CONTEXT + text)).decode()
        self._file.write(_trailer(manifest, bytes(self._blocks), text, signature))
        return manifest


def _header(name: str, size: int, made_at: float) -> bytes:
    about = tarfile.TarInfo(name)
    about.size, about.mode, about.mtime = size, 0o444, int(made_at)
    return about.tobuf(tarfile.USTAR_FORMAT)


def _entry(name: str, data: bytes, made_at: float) -> bytes:
    return _header(name, len(data), made_at) + data + bytes(-len(data) % BLOCK_BYTES)


def _trailer(manifest: Manifest, blocks: bytes, text: bytes, signature: str) -> bytes:
    """All that follows the content."""
    seal = msgspec.json.encode(_Seal(manifest.content_bytes, len(blocks), len(text), signature))
    made_at = manifest.made_at
    parts = [_entry(BLOCKS, blocks, made_at)]
    parts += [_entry(f"{again}{MANIFEST}", text, made_at) for again in _AGAIN]
    parts += [_entry(f"{again}{SIGNATURE}", seal, made_at) for again in _AGAIN]
    return b"".join([*parts, _END])


def _short_hashes(data: bytes | bytearray) -> bytes:
    view = memoryview(data)
    return b"".join(
        hashlib.sha256(view[at : at + BLOCK_BYTES]).digest()[:_SHORT_BYTES] for at in range(0, len(data), BLOCK_BYTES)
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A manifest with the signature that fits it."""

    manifest: Manifest
    text: bytes
    seal: _Seal


class Container:
    """A file that is read and judged. `manifest` is None where nothing in it is signed by the key."""

    def __init__(self, file: IO[bytes], key: Ed25519PublicKey) -> None:
        self._file = file
        self.size = file.seek(0, 2)
        self._found = self._find(key)
        self.manifest = None if self._found is None else self._found.manifest

    def wrong(self) -> Wrong | None:
        """The first place that is not as it was signed; None where every byte is."""
        if self._found is None:
            return Wrong(max(0, self.size - len(_END) - 2 * _SEAL_BYTES), "no manifest in it is signed by this key")
        manifest = self._found.manifest
        blocks = self._read(manifest.content_bytes + BLOCK_BYTES, self._found.seal.blocks)
        blocks_are_whole = hashlib.sha256(blocks).hexdigest() == manifest.blocks_sha256
        content = self._wrong_content(blocks if blocks_are_whole else None)
        if content is not None:
            return content
        if not blocks_are_whole:
            blocks = b"".join(_short_hashes(chunk) for chunk in self._content())
        expected = _trailer(manifest, blocks, self._found.text, self._found.seal.signature)
        actual = self._read(manifest.content_bytes, self.size - manifest.content_bytes)
        at = _first_difference(actual, expected)
        if at is None:
            return None
        return Wrong(manifest.content_bytes + at, "what seals the content is not as it was signed", exact=True)

    def part(self, name: str) -> bytes:
        """A file of the evidence. Raises: LookupError."""
        for part in self.manifest.parts if self.manifest is not None else ():
            if part.name == name:
                return self._read(part.offset, part.size)
        raise LookupError(name)

    def _read(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(size)

    def _content(self) -> Iterator[bytes]:
        left = 0 if self.manifest is None else self.manifest.content_bytes
        at = 0
        while left > 0:
            yield self._read(at, min(CHUNK_BYTES, left))
            at, left = at + CHUNK_BYTES, left - CHUNK_BYTES

    def _wrong_content(self, blocks: bytes | None) -> Wrong | None:
        chunks = () if self.manifest is None else self.manifest.chunks
        for number, (chunk, expected) in enumerate(zip(self._content(), chunks, strict=True)):
            if hashlib.sha256(chunk).hexdigest() != expected:
                start = number * CHUNK_BYTES
                if blocks is None:
                    return Wrong(start, "the content differs within the MiB that begins here")
                return _located(chunk, start, blocks[start // BLOCK_BYTES * _SHORT_BYTES :])
        return None

    def _find(self, key: Ed25519PublicKey) -> _Found | None:
        """The manifest, by whichever of the copies are whole."""
        for seal in self._seals():
            first = seal.content + BLOCK_BYTES + _padded(seal.blocks) + BLOCK_BYTES
            for offset in (first, first + _padded(seal.manifest) + BLOCK_BYTES):
                text = self._read(offset, min(seal.manifest, _MOST_MANIFEST_BYTES))
                manifest = _signed(text, seal.signature, key)
                if manifest is not None and manifest.content_bytes == seal.content:
                    return _Found(manifest, text, seal)
        return None

    def _seals(self) -> Iterator[_Seal]:
        """Every seal that can be read: at the file's end, or, where something was added behind it, where it stands."""
        end = self.size - len(_END)
        places = [end - 2 * _SEAL_BYTES, end - _SEAL_BYTES]
        for at in chain(places, self._entries()):
            seal = _seal_in(self._read(max(0, at) + BLOCK_BYTES, BLOCK_BYTES))
            if seal is not None and seal.content + seal.blocks + 2 * seal.manifest <= self.size:
                yield seal

    def _entries(self) -> Iterator[int]:
        """Where the seals stand as the archive's own headers lead to them."""
        at = 0
        while at + BLOCK_BYTES <= self.size:
            try:
                about = tarfile.TarInfo.frombuf(self._read(at, BLOCK_BYTES), "ascii", "surrogateescape")
            except tarfile.HeaderError:
                return
            if about.name.endswith(SIGNATURE):
                yield at
            at += BLOCK_BYTES + _padded(max(0, about.size))


def _padded(size: int) -> int:
    return size + -size % BLOCK_BYTES


def _seal_in(block: bytes) -> _Seal | None:
    try:
        return msgspec.json.decode(block.rstrip(b"\0"), type=_Seal)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _signed(text: bytes, signature: str, key: Ed25519PublicKey) -> Manifest | None:
    try:
        key.verify(base64.b64decode(signature, validate=True), _CONTEXT + text)
        return msgspec.json.decode(text, type=Manifest)
    except (InvalidSignature, ValueError):
        return None


def _first_difference(actual: bytes, expected: bytes) -> int | None:
    if actual == expected:
        return None
    for at in range(0, max(len(actual), len(expected)), BLOCK_BYTES):
        left, right = actual[at : at + BLOCK_BYTES], expected[at : at + BLOCK_BYTES]
        if left != right:
            same = next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), None)
            return at + (min(len(left), len(right)) if same is None else same)
    return None


def _located(chunk: bytes, start: int, shorts: bytes) -> Wrong:
    """Where in a chunk the difference is."""
    found = _short_hashes(chunk)
    for at in range(0, len(found), _SHORT_BYTES):
        if found[at : at + _SHORT_BYTES] != shorts[at : at + _SHORT_BYTES]:
            offset = at // _SHORT_BYTES * BLOCK_BYTES
            byte = _one_byte(chunk[offset : offset + BLOCK_BYTES], shorts[at : at + _SHORT_BYTES])
            if byte is None:
                return Wrong(start + offset, "the content differs within the 512 bytes that begin here")
            return Wrong(start + offset + byte, "this byte of the content was changed", exact=True)
    return Wrong(start, "the content is shorter than it was")


def _one_byte(block: bytes, short: bytes) -> int | None:
    """Which byte has to be another for the block to have its hash; None where it is more than one."""
    for at in range(len(block)):
        before = hashlib.sha256(block[:at])
        rest = block[at + 1 :]
        for value in range(256):
            digest = before.copy()
            digest.update(bytes((value,)) + rest)
            if digest.digest()[:_SHORT_BYTES] == short:
                return at
    return None
