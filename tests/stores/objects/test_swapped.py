"""Who can write to the disk or to the database, and has no key, cannot put one object's content in another's place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from usina.core.clock import SystemDice
from usina.core.errors import CallerError, UnavailableError
from usina.core.objects import Blob, Bucket, Entry
from usina.core.ports import Site
from usina.sovereignty.kms.joined import keys_of
from usina.testing.clock import VirtualClock
from usina.testing.objects import MemoryContents, memory_objects
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from usina.stores.objects.store import ObjectStore

ACCOUNT = "111122223333"
MINE, THEIRS = b"mine " * 20_000, b"secret " * 20_000  # as files; the other has more than one segment
SMALL = b"a small secret"


class Stored:
    """Two objects, sealed; what lies on the disk is in the test's hand."""

    def __init__(self) -> None:
        keys = keys_of(MemoryRecords(), bytes(32), VirtualClock(), SystemDice(), Site(account=ACCOUNT))
        self.store: ObjectStore = memory_objects(SystemDice(), keys.content)
        held = self.store.base.contents
        assert isinstance(held, MemoryContents)
        self.disk = held.held

    async def put(self, key: str, body: bytes) -> Entry:
        async def pieces() -> AsyncIterator[bytes]:
            yield body

        kept = await self.store.objects.keep(pieces())
        entry = Entry("b", key, 1.0, kept.md5, kept.size_bytes, (kept.blob,), {}, "null")
        await self.store.objects.put(entry, kept.blob)
        return entry

    async def read(self, entry: Entry, blob: Blob | None = None) -> bytes:
        blobs = entry.blobs if blob is None else (blob,)
        reading = await self.store.objects.read(replace(entry, blobs=blobs), 0, entry.size_bytes)
        return b"".join([piece async for piece in reading])


@pytest.fixture
async def stored() -> Stored:
    made = Stored()
    await made.store.buckets.create(Bucket("b", ACCOUNT, 1.0))
    return made


async def test_a_file_put_in_the_place_of_another_is_refused(stored: Stored) -> None:
    mine, theirs = await stored.put("mine", MINE), await stored.put("theirs", THEIRS)
    one, other = mine.blobs[0].id, theirs.blobs[0].id
    assert THEIRS[:64] not in stored.disk[other]
    stored.disk[one], stored.disk[other] = stored.disk[other], stored.disk[one]
    for entry in (mine, theirs):
        with pytest.raises(UnavailableError):
            await stored.read(entry)


@pytest.mark.parametrize("body", [THEIRS, SMALL])
async def test_a_row_that_names_anothers_content_does_not_open_it_with_its_own_key(stored: Stored, body: bytes) -> None:
    mine, theirs = await stored.put("mine", MINE), await stored.put("theirs", body)
    assert await stored.read(theirs) == body
    with_own_key = replace(theirs.blobs[0], sealed=mine.blobs[0].sealed)
    under_own_name = replace(mine.blobs[0], sealed=theirs.blobs[0].sealed)
    for blob in (with_own_key, under_own_name):
        with pytest.raises((UnavailableError, CallerError)):
            await stored.read(mine, blob)


async def test_content_that_was_put_back_to_an_earlier_one_is_refused(stored: Stored) -> None:
    before = await stored.put("mine", MINE)
    old = stored.disk[before.blobs[0].id]
    after = await stored.put("mine", MINE[::-1])
    stored.disk[after.blobs[0].id] = old
    with pytest.raises(UnavailableError):
        await stored.read(after)
