"""The `ImageStore` port: what the operator wants of images as rows, and the loop that makes it so.

An installation that was under way at a kill is taken up at the next start. One that a job asked for has no row: the
next job asks again.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from usina.core.errors import ApiError, ConflictError, NotFoundError, ValidationError
from usina.core.images import IMAGE, ImageCard, PackageFacts, PackageSource
from usina.core.ports import Row
from usina.engine.images.catalogue import BUILT_IN, NAMES, PYTHON
from usina.engine.images.places import Places, hidden, machines_own
from usina.engine.rows import SITE_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.clock import Clock
    from usina.core.ports import Json, Records
    from usina.engine.images.catalogue import BuiltIn
    from usina.engine.images.folder import ImageFolder
    from usina.engine.images.site import Images

_LOG = logging.getLogger(__name__)


class SiteImages:
    """Images on this site's disks."""

    def __init__(self, images: Images, folder: ImageFolder, places: Places, records: Records, clock: Clock) -> None:
        self._images = images
        self._folder = folder
        self._places = places
        self._records = records
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}

    # --- the port ---

    async def cards(self) -> Sequence[ImageCard]:
        """All images."""
        return [replace(await self.card(name), packages=()) for name in sorted(NAMES)]

    async def card(self, name: str) -> ImageCard:
        """One image."""
        if name == PYTHON:
            return ImageCard(PYTHON, "built-in", "Python, and its standard library", "READY")
        built_in = _built_in(name)
        row = await self._records.get(IMAGE, SITE_ACCOUNT, name)
        card = ImageCard(name, "built-in", built_in.title, "ABSENT", digest=built_in.key)
        if row is not None:
            card = replace(card, state=row.body["state"], state_reason=row.body["reason"], source=row.body["source"])
        if card.state == "REMOVING":
            return card
        manifest = await asyncio.to_thread(self._folder.manifest, built_in.key)
        if manifest is not None:
            return _ready(card, manifest)
        if card.state == "INSTALLING" or self._images.is_installing(name):
            stage, share, _ = await asyncio.to_thread(self._folder.told, built_in.key)
            return replace(card, state="INSTALLING", state_reason="", stage=stage or "waiting", share=share)
        return replace(card, state="ABSENT") if card.state == "READY" else card

    async def install(self, name: str, source: PackageSource) -> None:
        """Start to install a built-in image."""
        if name == PYTHON:
            raise ConflictError(f"{PYTHON} is the factory's own interpreter: it is always there.")
        built_in = _built_in(name)
        shown, _ = self._variables(source)
        if await asyncio.to_thread(self._folder.manifest, built_in.key) is not None:
            raise ConflictError(f"The image {name} is installed already.")
        row = await self._records.get(IMAGE, SITE_ACCOUNT, name)
        if row is not None and row.body["state"] in {"INSTALLING", "REMOVING"}:
            raise ConflictError(
                f"The image {name} is {row.body['state'].lower()} already; DescribeImage shows how far."
            )
        body: Json = {
            "state": "INSTALLING",
            "reason": "",
            "source": shown,
            "asked": asdict(source),
            "created": self._clock.now(),
        }
        await self._records.put(Row(IMAGE, SITE_ACCOUNT, name, body, row.version if row else 0))
        self._begin(name, self._install(built_in, source))

    async def remove(self, name: str) -> None:
        """Delete an image's files."""
        if name == PYTHON:
            raise ConflictError(f"{PYTHON} is the factory's own interpreter: it cannot be removed.")
        card = await self.card(name)
        if card.state == "ABSENT":
            raise NotFoundError(f"The image {name} is not installed.")
        if task := self._tasks.get(name):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self._images.cancel(name)
        row = await self._records.get(IMAGE, SITE_ACCOUNT, name)
        body = {"source": "", "created": self._clock.now()} if row is None else row.body
        wanted = {**body, "state": "REMOVING", "reason": ""}
        await self._records.put(Row(IMAGE, SITE_ACCOUNT, name, wanted, row.version if row else 0))
        await self._remove(name)

    # --- the loop ---

    async def start(self) -> None:
        """Take up what was under way when the last process ended."""
        for row in await self._records.list(IMAGE, SITE_ACCOUNT):
            if row.name not in BUILT_IN:
                continue
            if row.body["state"] == "INSTALLING":
                self._begin(row.name, self._install(BUILT_IN[row.name], PackageSource(**row.body["asked"])))
            elif row.body["state"] == "REMOVING":
                await self._remove(row.name)

    async def stop(self) -> None:
        """Let go; rows stay as they are, for the next start."""
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._images.stop()

    def _begin(self, name: str, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work, name=f"image {name}")
        self._tasks[name] = task
        task.add_done_callback(lambda _done: self._tasks.pop(name, None))

    async def _install(self, built_in: BuiltIn, source: PackageSource) -> None:
        try:
            await self._images.install(built_in, self._variables(source)[1])
            await self._note(built_in.name, "READY")
        except ApiError as error:
            await self._note(built_in.name, "FAILED", error.message)

    async def _note(self, name: str, state: str, reason: str = "") -> None:
        row = await self._records.get(IMAGE, SITE_ACCOUNT, name)
        if row is not None and row.body["state"] == "INSTALLING":
            body = {**row.body, "state": state, "reason": reason}
            await self._records.put(Row(IMAGE, SITE_ACCOUNT, name, body, row.version))

    async def _remove(self, name: str) -> None:
        key = BUILT_IN[name].key
        await asyncio.to_thread(self._delete, key)
        await self._records.delete(IMAGE, SITE_ACCOUNT, name)

    def _delete(self, key: str) -> None:
        with self._folder.held(key):
            self._folder.remove(key)

    def _variables(self, source: PackageSource) -> tuple[str, Mapping[str, str]]:
        """Where packages come from, in words, and for pip. Raises: ValidationError."""
        if source.kind in {"wheels", "index"}:
            places = Places(**{source.kind: source.location}).checked()
            if hidden(source.location) != source.location:
                raise ValidationError(
                    "source.location may hold no password: name such an index in site.toml ([images])"
                )
            return f"{source.kind} {source.location}", places.variables()
        if source.location:
            raise ValidationError(f"source.location is for wheels and index only, not for {source.kind}")
        if source.kind == "site" and self._places:
            return "places of the site", self._places.variables()
        return "pip of the machine", machines_own()


def _built_in(name: str) -> BuiltIn:
    found = BUILT_IN.get(name)
    if found is None:
        raise NotFoundError(f"This site has no image {name}. ListImages shows those it has.")
    return found


def _ready(card: ImageCard, manifest: Mapping[str, Any]) -> ImageCard:
    packages = [PackageFacts(**each) for each in manifest.get("packages", ())]
    return replace(
        card,
        state="READY",
        state_reason="",
        size_bytes=int(manifest.get("size_bytes", 0)),
        installed_at=float(manifest.get("installed_at", 0.0)),
        packages=packages,
    )
