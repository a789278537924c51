"""Images that programs run in, as handlers see them.

A row of kind `image` (the site's) holds what the operator wanted: `state` (INSTALLING, READY, FAILED or REMOVING),
`reason`, `source` and `created` (epoch seconds). What is really there is on the disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

IMAGE: Final = "image"
Kind = Literal["built-in", "imported"]


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """A package in an image."""

    name: str
    version: str
    licence: str = ""
    sha256: str = ""  # of the file it came in


@dataclass(frozen=True, slots=True)
class PackageSource:
    """Where packages come from. `site`: what the settings name, else as `machine`; `machine`: what pip is configured to
    on the factory's own machine; `wheels`: a folder of that machine; `index`: an address inside the site.
    """

    kind: Literal["site", "machine", "wheels", "index"] = "site"
    location: str = ""


@dataclass(frozen=True, slots=True)
class ArchiveSource:
    """Where an image of the site's own comes from. `archive`: a file on the factory's machine; `object`: s3://BUCKET/KEY
    of this site; `registry`: HOST[:PORT]/NAME:TAG inside the site.
    """

    kind: Literal["archive", "object", "registry"]
    location: str


@dataclass(frozen=True, slots=True)
class ImageCard:
    """What is known of one image."""

    name: str
    kind: Kind
    title: str
    state: str  # ABSENT, INSTALLING, READY, FAILED, REMOVING
    state_reason: str = ""
    stage: str = ""  # what the making of it is doing; empty where none runs
    share: float = 0.0
    size_bytes: int = 0
    installed_at: float = 0.0  # epoch seconds
    source: str = ""
    digest: str = ""
    packages: Sequence[PackageFacts] = ()


class ImageStore(Protocol):
    """Images on this site's disks: what the operator changes. Each call writes desired state; a control loop acts."""

    async def cards(self) -> Sequence[ImageCard]:
        """All images, in order of name, without their packages."""
        ...

    async def card(self, name: str) -> ImageCard:
        """One image. Raises: NotFoundError."""
        ...

    async def install(self, name: str, source: PackageSource) -> None:
        """Start to install a built-in image. Raises: NotFoundError, ConflictError, ValidationError."""
        ...

    async def bring(self, name: str, source: ArchiveSource, digest: str = "") -> None:
        """Start to import an image; where a digest is given it has to be that one.

        Raises: ConflictError, ValidationError.
        """
        ...

    async def remove(self, name: str) -> None:
        """Delete an image's files. Raises: NotFoundError, ConflictError."""
        ...
