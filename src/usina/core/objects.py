"""Buckets, objects and uploads as handlers see them: three narrow ports over one store.

An object's content is a row of blobs, its entry says all else. What decides whether a change may happen (a condition of
the request, a lock) comes as a plain function that the store calls at the one moment when nobody else can change the
thing: a `guard` gets what is there now and raises to refuse.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

NULL_VERSION = "null"  # AWS's name for the version of an object that was written without versioning
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket; its name is taken for the whole site. `settings` is one JSON document: versioning, tags, policy, ..."""

    name: str
    account: str
    created_at: float  # epoch seconds
    settings: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class Blob:
    """A run of bytes that is on disk under a random name, or (`data`) small enough to stand beside its entry."""

    id: str
    size_bytes: int
    inline: bool = False
    data: bytes | None = None  # of an inline blob, before it is stored
    sealed: str = ""  # its own key, wrapped (`ContentKeys`); empty: the bytes lie as they are


@dataclass(frozen=True, slots=True)
class Kept:
    """Content that is durable but belongs to nothing yet; the next start forgets it if nothing takes it."""

    blob: Blob
    md5: str  # hexadecimal
    checksums: Mapping[str, str]  # algorithm (crc32, sha256, ...) -> as it stands in a header

    @property
    def size_bytes(self) -> int:
        """Size of the content."""
        return self.blob.size_bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of an object, or the mark that it was deleted."""

    bucket: str
    key: str
    modified_at: float  # epoch seconds
    etag: str = ""  # without quotes
    size_bytes: int = 0
    blobs: tuple[Blob, ...] = ()
    # One JSON document: headers, metadata, checksums, tags, lock.
    facts: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    version: str = NULL_VERSION
    marker: bool = False  # deleted in a bucket with versions
    latest: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """What a listing is asked for. Order is that of the keys' UTF-8 bytes, newest version first."""

    prefix: str = ""
    delimiter: str = ""
    after: str = ""  # keys above this only; also a common prefix that was listed
    after_version: str = ""  # with `versions`: in the key `after`, versions older than this one too
    most: int = 1_000
    versions: bool = False  # all versions and marks, not only what is there now


@dataclass(frozen=True, slots=True)
class Page:
    """A listing's page. Where it is `truncated`, `after` and `after_version` say where the next one begins."""

    entries: tuple[Entry, ...] = ()
    prefixes: tuple[str, ...] = ()
    truncated: bool = False
    after: str = ""
    after_version: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart upload that was begun."""

    id: str
    bucket: str
    key: str
    begun_at: float  # epoch seconds
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an upload."""

    number: int
    etag: str  # without quotes
    modified_at: float  # epoch seconds
    blob: Blob
    checksums: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    @property
    def size_bytes(self) -> int:
        """Size of the part."""
        return self.blob.size_bytes


@dataclass(frozen=True, slots=True)
class Under:
    """The key that an object's content is encrypted under, as its facts keep it."""

    key: str = ""  # ARN of a KMS key; empty: the site's own
    shared: bool = False  # a key that S3 keeps for the account: who may have the object may have that

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Under:
        """From an object's facts."""
        return cls(facts.get("encryption", ""), shared=bool(facts.get("encryption_shared")))

    @classmethod
    def default(cls, bucket: Bucket | None) -> Under:
        """That of a bucket, for what asks for none."""
        chosen = {} if bucket is None else bucket.settings.get("encryption", {})
        return cls(chosen.get("key", ""), shared=bool(chosen.get("shared")))

    @property
    def is_judged(self) -> bool:
        """Whether the key's own policies have a say."""
        return bool(self.key) and not self.shared

    @property
    def facts(self) -> dict[str, Any]:
        """For an object's facts."""
        return ({"encryption": self.key} if self.key else {}) | ({"encryption_shared": True} if self.shared else {})


class Buckets(Protocol):
    """The buckets of this site. Reads are from a snapshot in memory: quick, no I/O."""

    def find(self, name: str) -> Bucket | None:
        """The bucket of that name, whoever's it is."""
        ...

    def list(self, account: str) -> Sequence[Bucket]:
        """The buckets of an account, in order of name."""
        ...

    async def create(self, bucket: Bucket) -> None:
        """Make it. Raises: ConflictError where the name is taken."""
        ...

    async def change(self, name: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
        """Put other settings in the place of those that are there. Raises: NotFoundError, and what `change` raises."""
        ...

    async def remove(self, name: str) -> None:
        """Take it away. Raises: NotFoundError; ConflictError where it holds an object, version or upload."""
        ...


class Objects(Protocol):
    """Objects and their versions. A call that returned is durable.

    Raises, all of them: UnavailableError (disk full, database not there).
    """

    async def keep(
        self,
        pieces: AsyncIterator[bytes],
        algorithms: Sequence[str] = (),
        *,
        offered: Mapping[str, str] | None = None,
        under: str = "",
    ) -> Kept:
        """Write content as it comes; memory used does not grow with it. What `pieces` raises ends it without a trace.

        `offered`: what the content must come to, by algorithm (md5 as well), as it stands in a header; each of them is
        computed. `under`: ARN of the KMS key that it is encrypted under; empty: the site's own.
        Raises: CallerError (BadDigest, or that KMS key is not there or not enabled).
        """
        ...

    async def read(self, entry: Entry, start: int, size: int) -> AsyncIterator[bytes]:
        """A run of an object's bytes; its content stays until the iterator ends or is closed.

        Raises: UnavailableError where the content was removed meanwhile.
        """
        ...

    async def put(self, entry: Entry, new: Blob | None, guard: Callable[[Entry | None], None] | None = None) -> None:
        """Make this the latest version of its key. It takes the place of the version of the same name, if there is one.

        `new` is the blob in `entry.blobs` that no entry had before. `guard` gets the version that is the latest now.
        Raises: NotFoundError where the bucket is gone, and what `guard` raises; then `new` is let go.
        """
        ...

    async def find(self, bucket: str, key: str, version: str | None = None) -> Entry | None:
        """That version, or the latest one (it may be the mark of a deletion)."""
        ...

    async def list(self, bucket: str, asked: Asked) -> Page:
        """A page of a bucket's objects or versions; entries come without their blobs."""
        ...

    async def remove(
        self, bucket: str, key: str, version: str, guard: Callable[[Entry], None] | None = None
    ) -> Entry | None:
        """Take one version away for good; gives what it was, None where it was not there."""
        ...

    async def amend(
        self, bucket: str, key: str, version: str | None, change: Callable[[Entry], Mapping[str, Any]]
    ) -> Entry | None:
        """Give a version other facts; gives it as it is now, None where it is not there."""
        ...


class Uploads(Protocol):
    """Multipart uploads. A call that returned is durable."""

    async def begin(self, upload: Upload) -> None:
        """Open it. Raises: NotFoundError where the bucket is gone."""
        ...

    async def find(self, upload_id: str) -> Upload | None:
        """The upload, while it is open."""
        ...

    async def add(self, upload_id: str, part: Part) -> None:
        """Add a part, in the place of an earlier one of its number. Raises: NotFoundError; the blob is let go then."""
        ...

    async def parts(self, upload_id: str, *, after: int = 0, most: int = 10_000) -> Sequence[Part]:
        """Parts above that number, in order."""
        ...

    async def complete(self, upload_id: str, entry: Entry, guard: Callable[[Entry | None], None] | None = None) -> None:
        """Make the entry, whose blobs are parts of the upload, and end the upload; other parts are let go.

        Raises: NotFoundError; ConflictError where a part was replaced meanwhile; what `guard` raises.
        """
        ...

    async def abort(self, upload_id: str) -> bool:
        """End an upload and let its parts go; False where it was not open."""
        ...

    async def list(self, bucket: str, *, after: tuple[str, str] = ("", ""), most: int = 1_000) -> Sequence[Upload]:
        """Open uploads above that (key, id), in order of both."""
        ...
