"""One import, from its bucket to a model that answers. After a kill it goes on from its last whole step."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from usina.core.errors import ApiError, ValidationError
from usina.core.imports import MOST_BYTES, MOST_FILES
from usina.core.ports import ImportSource
from usina.engine.converting import CONVERTED
from usina.engine.jobs.container import JobError
from usina.engine.jobs.transfers import Address
from usina.stores.models.pickles import refuse_names

if TYPE_CHECKING:
    from pathlib import Path

    from usina.core.clock import Clock
    from usina.core.objects import Entry
    from usina.engine.converting import Converter
    from usina.engine.imports.kept import AccountModels
    from usina.engine.jobs.rows import Job, JobRows
    from usina.engine.jobs.transfers import Transfers

_LOOK_SECONDS = 0.2
_ROOM = 3  # bytes of disk for each that is fetched: the files, the converted one in 8 bits, and some to spare
_MESSAGE_CHARACTERS = 2_048
_WEIGHTS = ".safetensors"
_GGUF = ".gguf"
_SIDE = (".json", ".txt", ".model", ".md", ".jinja")  # what stands beside weights; other files are left where they are
_NAME_CHARACTERS = 100
_POOLING = "1_Pooling/config.json"  # the one subfolder that says something: how an embedding model pools
_SIDE_BYTES = 104_857_600


@dataclass(frozen=True, slots=True)
class Tools:
    """What one import works with."""

    rows: JobRows
    transfers: Transfers
    models: AccountModels
    converter: Converter
    clock: Clock
    folder: Path  # the import's own, for what is fetched and made
    requantise: bool


class Import:
    """One import on its way."""

    def __init__(self, job: Job, tools: Tools) -> None:
        self._job = job
        self._tools = tools
        self._arn: str = job.body["model"]

    async def go(self) -> None:
        """Take it to its end. Raises: UnavailableError where its state cannot be written."""
        owner = await self._tools.models.owner(self._job.account, self._arn)
        if owner is None or owner.body["job"] != self._job.name:
            await self._observe(status="Failed", message="The imported model's name was given away.", ended=self._now())
            return
        try:
            await self._make()
        except JobError as error:
            await self._fail(str(error).removeprefix("ClientError: "))
        except ApiError as error:
            await self._fail(error.message)
        except OSError as error:
            await self._fail(f"The files could not be kept on this site's disk: {error.strerror}.")

    async def _make(self) -> None:
        account, models, arn = self._job.account, self._tools.models, self._arn
        if await models.find(account, arn) is None:
            source = await self._fetch()
            made = self._tools.folder / "made"
            how = self._tools.requantise
            facts = await self._tools.converter.run(arn, made, source, requantise=how, rewrite=True)
            known = {"name": self._job.request["importedModelName"], "source": self._uri, "created_at": self._now()}
            await models.keep(account, arn, made / CONVERTED, {**facts, **known})
        await self._answering()
        kept = await models.find(account, arn)
        facts = {} if kept is None else kept.body
        about = {"architecture": facts.get("architecture", ""), "chat": facts.get("task") == "chat"}
        await models.change_owner(account, arn, ready=True, created=self._now(), **about)
        await self._tidy()
        await self._observe(status="Completed", ended=self._now())

    @property
    def _uri(self) -> str:
        return str(self._job.request["modelDataSource"]["s3DataSource"]["s3Uri"])

    async def _fetch(self) -> ImportSource:
        """Bring the files, once it is known that they are a model's and have room."""
        folder = self._tools.folder
        await self._tidy()
        target = folder / "source" / self._job.request["importedModelName"]  # which the converted file is called after
        await asyncio.to_thread(target.mkdir, 0o700, parents=True)
        wanted = await self._wanted()
        size = sum(entry.size_bytes for entry, _ in wanted)
        free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
        if size > MOST_BYTES or size * _ROOM > free:
            raise JobError(f"The model's files have {size} bytes: too much for this site, whose disk has {free} free.")
        for entry, name in wanted:
            await self._tools.transfers.fetch_file(Address(entry.bucket, entry.key), target / name, entry.size_bytes)
        if len(wanted) == 1:
            return ImportSource("file", str(target / wanted[0][1]))
        return ImportSource("directory", str(target))

    async def _wanted(self) -> list[tuple[Entry, str]]:
        """The objects to bring, and the names of their files."""
        address, found = Address.parse(self._uri), []
        named = await self._tools.transfers.find(address) if address.key and not address.key.endswith("/") else None
        if named is not None:
            found = [(named, PurePosixPath(named.key).name)]
        else:
            prefix = f"{address.key.rstrip('/')}/".lstrip("/")
            async for entry in self._tools.transfers.listed(Address(address.bucket, prefix)):
                name = entry.key.removeprefix(prefix)
                if name and ("/" not in name or name == _POOLING):
                    found.append((entry, name))
                if len(found) > MOST_FILES:
                    raise JobError(f"There are more than {MOST_FILES} objects under {address}.")
        _refuse_pickles(name for _, name in found)
        wanted = [(entry, name) for entry, name in found if _is_wanted(entry, name)]
        if not any(name.lower().endswith((_WEIGHTS, _GGUF)) for _, name in wanted):
            raise JobError(f"There is neither a {_GGUF} file nor a folder of {_WEIGHTS} files at {address}.")
        if any(name.lower().endswith(_GGUF) for _, name in wanted):
            wanted = [(entry, name) for entry, name in wanted if name.lower().endswith(_GGUF)]
        return wanted

    async def _answering(self) -> None:
        """Wait until the model's engine answers. Raises: JobError where it never will."""
        while True:
            card = self._tools.models.card(self._job.account, self._arn)
            if card is None or card.state == "FAILED":
                reason = card.state_reason if card is not None else "it is gone"
                raise JobError(f"The model's engine cannot run it: {reason}.")
            if card.state == "READY":
                return
            await self._tools.clock.sleep(_LOOK_SECONDS)

    async def _fail(self, reason: str) -> None:
        await self._tools.models.remove(self._job.account, self._arn)
        await self._tidy()
        await self._observe(status="Failed", message=reason[:_MESSAGE_CHARACTERS], ended=self._now())
        await self._tools.models.forget(self._job.account, self._arn)

    async def _tidy(self) -> None:
        """Delete what was fetched and made: whoever sees that a job is over finds nothing of it."""
        await asyncio.to_thread(shutil.rmtree, self._tools.folder, ignore_errors=True)

    def _now(self) -> float:
        return self._tools.clock.now()

    async def _observe(self, **changes: Any) -> None:
        now = self._now()
        self._job = await self._tools.rows.observe(self._job, lambda seen: {**seen, **changes, "modified": now})


def _is_wanted(entry: Entry, name: str) -> bool:
    lower = name.lower()
    if not name.isprintable() or len(name) > _NAME_CHARACTERS:
        return False
    return lower.endswith((_WEIGHTS, _GGUF)) or (lower.endswith(_SIDE) and entry.size_bytes <= _SIDE_BYTES)


def _refuse_pickles(names: Any) -> None:
    """Before a byte of them is fetched; what is in the files is looked at when they are here."""
    try:
        refuse_names(names)
    except ValidationError as error:
        raise JobError(error.message) from None
