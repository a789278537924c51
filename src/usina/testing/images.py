"""The `ImageStore` port in memory: an installation is done at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from usina.core.errors import ConflictError, NotFoundError, ValidationError
from usina.core.images import ImageCard, PackageFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.images import ArchiveSource, PackageSource

_PACKAGES = (PackageFacts("scikit-learn", "1.9.1", "BSD-3-Clause", "0" * 64),)


class FakeImageStore:
    """Two images: one that is always there, one that can be installed."""

    def __init__(self) -> None:
        self.by_name = {
            "usina/python": ImageCard("usina/python", "built-in", "Python", "READY"),
            "usina/sklearn": ImageCard("usina/sklearn", "built-in", "scikit-learn", "ABSENT"),
        }
        self.asked: list[tuple[str, PackageSource]] = []

    async def cards(self) -> Sequence[ImageCard]:
        """All images."""
        return [replace(self.by_name[name], packages=()) for name in sorted(self.by_name)]

    async def card(self, name: str) -> ImageCard:
        """One image."""
        if name not in self.by_name:
            raise NotFoundError(f"This site has no image {name}. ListImages shows those it has.")
        return self.by_name[name]

    async def install(self, name: str, source: PackageSource) -> None:
        """It is there."""
        card = await self.card(name)
        if card.state == "READY":
            raise ConflictError(f"The image {name} is installed already.")
        self.asked.append((name, source))
        self.by_name[name] = replace(card, state="READY", source=source.kind, packages=_PACKAGES)

    async def bring(self, name: str, source: ArchiveSource, digest: str = "") -> None:
        """It is there."""
        if name.startswith("usina/"):
            raise ValidationError("Names that begin with usina/ are the factory's own: choose another.")
        if name in self.by_name:
            raise ConflictError(f"There is an image {name} already: remove it first, or choose another name or tag.")
        self.by_name[name] = ImageCard(name, "imported", "an image", "READY", source=source.location, digest=digest)

    async def remove(self, name: str) -> None:
        """It is gone."""
        card = await self.card(name)
        if card.state == "ABSENT":
            raise NotFoundError(f"The image {name} is not installed.")
        self.by_name[name] = replace(card, state="ABSENT", packages=())
        if card.kind == "imported":
            del self.by_name[name]
