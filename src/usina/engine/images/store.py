"""The `ImageStore` port: what the operator wants of images as rows, and the loop that makes it so.

What was under way at a kill is taken up at the next start. An installation that a job asked for has no row: the next
job asks again.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from usina.core.errors import ApiError, ConflictError, NotFoundError, ValidationError
from usina.core.images import IMAGE, ArchiveSource, ImageCard, PackageFacts, PackageSource
from usina.core.ports import Row
from usina.engine.images.catalogue import BUILT_IN, NAMES, PREFIX, PYTHON
from usina.engine.images.importing import checked
from usina.engine.images.places import Places, hidden, machines_own
from usina.engine.rows import SITE_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.clock import Clock
    from usina.core.ports import Json, Records
    from usina.engine.images.catalogue import BuiltIn
    from usina.engine.images.folder import ImageFolder
    from usina.engine.images.importing import Importing
    from usina.engine.images.site import Images

_BUSY = frozenset({"INSTALLING", "REMOVING"})
_TITLE = "an image of the site's own"


class SiteImages:
    """Images on this site's disks."""

    def __init__(  # noqa: PLR0917 - the world, in the order of every port
        self,
        images: Images,
        folder: ImageFolder,
        places: Places,
        importing: Importing,
        records: Records,
        clock: Clock,
    ) -> None:
        self._images = images
        self._folder = folder
        self._places = places
        self._importing = importing
        self._records = records
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}

    # --- the port ---

    async def cards(self) -> Sequence[ImageCard]:
        """All images."""
        rows = await self._records.list(IMAGE, SITE_ACCOUNT)
        names = sorted({*NAMES, *(row.name for row in rows)})
        return [replace(await self.card(name), packages=()) for name in names]

    async def card(self, name: str) -> ImageCard:
        """One image."""
        if name == PYTHON:
            return ImageCard(PYTHON, "built-in", "Python, and its standard library", "READY")
        row = await self._records.get(IMAGE, SITE_ACCOUNT, name)
        built_in = BUILT_IN.get(name)
        if built_in is None and row is None:
            raise NotFoundError(f"This site has no image {name}. ListImages shows those it has.")
        body = {"state": "ABSENT", "reason": "", "source": ""} if row is None else row.body
        key = str(body.get("key", "")) if built_in is None else built_in.key
        card = ImageCard(name, "imported", _TITLE, body["state"], body["reason"], source=body["source"])
        if built_in is not None:
            card = replace(card, kind="built-in", title=built_in.title, digest=key)
        if card.state == "REMOVING":
            return card
        manifest = await asyncio.to_thread(self._folder.manifest, key) if key else None
        if manifest is not None:
            return _ready(card, manifest)
        return await self._not_there(card, built_in)

    async def install(self, name: str, source: PackageSource) -> None:
        """Start to install a built-in image."""
        if name == PYTHON:
            raise ConflictError(f"{PYTHON} is the factory's own interpreter: it is always there.")
        built_in = BUILT_IN.get(name)
        if built_in is None:
            raise NotFoundError(f"{name} is none of the built-in images. ListImages shows those there are.")
        shown, _ = self._variables(source)
        if await asyncio.to_thread(self._folder.manifest, built_in.key) is not None:
            raise ConflictError(f"The image {name} is installed already.")
        await self._want(name, {"source": shown, "asked": asdict(source)})

    async def bring(self, name: str, source: ArchiveSource, digest: str = "") -> None:
        """Start to import an image."""
        if name.startswith(PREFIX):
            raise ValidationError(f"Names that begin with {PREFIX} are the factory's own: choose another.")
        shown = f"{source.kind} {checked(source).location}"
        row = await self._records.get(IMAGE, SITE_ACCOUNT, name)
        if row is not None and row.body["state"] == "READY":
            raise ConflictError(f"There is an image {name} already: remove it first, or choose another name or tag.")
        await self._want(name, {"source": shown, "archive": asdict(source), "digest": digest})

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
        await self._remove(name, wanted)

    # --- the loop ---

    async def start(self) -> None:
        """Take up what was under way when the last process ended."""
        for row in await self._records.list(IMAGE, SITE_ACCOUNT):
            if row.body["state"] == "INSTALLING":
                self._begin(row.name, row.body)
            elif row.body["state"] == "REMOVING":
                await self._remove(row.name, row.body)
            elif key := row.body.get("key"):
                self._images.know(row.name, key)

    async def stop(self) -> None:
        """Let go; rows stay as they are, for the next start."""
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._images.stop()

    async def _want(self, name: str, what: Mapping[str, Any]) -> None:
        row = await self._records.get(IMAGE, SITE_ACCOUNT, name)
        if row is not None and row.body["state"] in _BUSY:
            raise ConflictError(
                f"The image {name} is {row.body['state'].lower()} already; DescribeImage shows how far."
            )
        body: Json = {"state": "INSTALLING", "reason": "", "created": self._clock.now(), **what}
        await self._records.put(Row(IMAGE, SITE_ACCOUNT, name, body, row.version if row else 0))
        self._begin(name, body)

    def _begin(self, name: str, body: Json) -> None:
        task = asyncio.get_running_loop().create_task(self._make(name, body), name=f"image {name}")
        self._tasks[name] = task
        task.add_done_callback(lambda _done: self._tasks.pop(name, None))

    async def _make(self, name: str, body: Json) -> None:
        try:
            if "archive" in body:
                found = await self._importing.bring(name, ArchiveSource(**body["archive"]), body["digest"])
                await self._note(name, {"state": "READY", "key": found["key"]})
                self._images.know(name, found["key"])
            else:
                await self._images.install(BUILT_IN[name], self._variables(PackageSource(**body["asked"]))[1])
                await self._note(name, {"state": "READY"})
        except ApiError as error:
            await self._note(name, {"state": "FAILED", "reason": error.message})
        except OSError as error:
            reason = f"the machine's disk or files failed it: {error.strerror}"
            await self._note(name, {"state": "FAILED", "reason": reason})

    async def _note(self, name: str, what: Mapping[str, Any]) -> None:
        row = await self._records.get(IMAGE, SITE_ACCOUNT, name)
        if row is not None and row.body["state"] == "INSTALLING":
            await self._records.put(Row(IMAGE, SITE_ACCOUNT, name, {**row.body, **what}, row.version))

    async def _remove(self, name: str, body: Json) -> None:
        self._images.know(name, None)
        key = BUILT_IN[name].key if name in BUILT_IN else str(body.get("key", ""))
        rows = await self._records.list(IMAGE, SITE_ACCOUNT)
        if key and not any(row.body.get("key") == key for row in rows if row.name != name):
            await asyncio.to_thread(self._delete, key)
        await self._records.delete(IMAGE, SITE_ACCOUNT, name)

    def _delete(self, key: str) -> None:
        with self._folder.held(key):
            self._folder.remove(key)

    async def _not_there(self, card: ImageCard, built_in: BuiltIn | None) -> ImageCard:
        """The card of an image whose files are not there."""
        if built_in is None:
            if card.state == "INSTALLING":
                stage, share = await asyncio.to_thread(self._importing.told, card.name)
                return replace(card, stage=stage, share=share)
            gone = "its files are gone: remove it, and import it again"
            return replace(card, state="FAILED", state_reason=gone) if card.state == "READY" else card
        if card.state == "INSTALLING" or self._images.is_installing(card.name):
            stage, share, _ = await asyncio.to_thread(self._folder.told, built_in.key)
            return replace(card, state="INSTALLING", state_reason="", stage=stage or "waiting", share=share)
        return replace(card, state="ABSENT") if card.state == "READY" else card

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


def _ready(card: ImageCard, manifest: Mapping[str, Any]) -> ImageCard:
    packages = [PackageFacts(**each) for each in manifest.get("packages", ())]
    return replace(
        card,
        state="READY",
        state_reason="",
        digest=str(manifest.get("digest") or card.digest),
        size_bytes=int(manifest.get("size_bytes", 0)),
        installed_at=float(manifest.get("installed_at", 0.0)),
        packages=packages,
    )
