"""The contract of the ports of buckets, objects and uploads, over every implementation."""

from __future__ import annotations

import asyncio
import errno
import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.core.clock import SystemClock, SystemDice
from usina.core.errors import CallerError, ConflictError, NotFoundError, UnavailableError, ValidationError
from usina.core.objects import Asked, Bucket, Entry, Kept, Part, Upload
from usina.core.ports import Site
from usina.sovereignty.kms.joined import keys_of
from usina.stores.objects.base import Base
from usina.stores.objects.contents import FileContents, FileSink
from usina.stores.objects.external import ExternalContents
from usina.stores.objects.listing import behind
from usina.stores.objects.store import ObjectStore, open_objects, store_over
from usina.stores.records import open_records
from usina.testing.clock import CountingDice
from usina.testing.objects import MemoryContents, memory_objects

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

ACCOUNT = "111122223333"
SIZES = [0, 1, 16_384, 16_385, 3_000_000]


@pytest.fixture(params=["memory", "embedded", "external", "sealed"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ObjectStore]:
    external = f"{request.getfixturevalue('seaweed')}/content" if request.param == "external" else ""
    if request.param == "memory":
        opened = memory_objects(CountingDice())
        await opened.buckets.create(Bucket("b", ACCOUNT, 1.0))
        yield opened
        await opened.close()
        return
    records = await open_records(tmp_path / "usina.db")
    keys = (
        keys_of(records, bytes(32), SystemClock(), SystemDice(), Site()).content if request.param == "sealed" else None
    )
    opened = await open_objects(records.engine, tmp_path / "objects", CountingDice(), external=external, keys=keys)
    for name in files(opened):
        opened.base.contents.remove(name)  # of the test before: a bucket each would be too many for a small SeaweedFS
    await opened.buckets.create(Bucket("b", ACCOUNT, 1.0))
    yield opened
    await opened.close()
    await records.close()


async def pieces(body: bytes, size: int = 70_000) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]


def entry_of(key: str, kept: Kept, version: str = "null", at: float = 1.0) -> Entry:
    return Entry("b", key, at, kept.md5, kept.size_bytes, (kept.blob,), {"n": at}, version)


async def put(store: ObjectStore, key: str, body: bytes = b"", version: str = "null", at: float = 1.0) -> Entry:
    kept = await store.objects.keep(pieces(body))
    entry = entry_of(key, kept, version, at)
    await store.objects.put(entry, kept.blob)
    return entry


async def content(store: ObjectStore, entry: Entry | None, start: int = 0, size: int | None = None) -> bytes:
    assert entry is not None
    reading = await store.objects.read(entry, start, entry.size_bytes - start if size is None else size)
    return b"".join([piece async for piece in reading])


def files(store: ObjectStore) -> set[str]:
    """Names of content that is not inline."""
    store.base.threads.submit(lambda: None).result()
    contents = store.base.contents
    if isinstance(contents, MemoryContents):
        return set(contents.held)
    if isinstance(contents, ExternalContents):
        listed = contents._made.list_objects_v2(Bucket=contents._address.bucket)
        return {each["Key"] for each in listed.get("Contents", ())}
    assert isinstance(contents, FileContents)
    return {path.name for path in contents._folder.rglob("*") if path.is_file()}


async def settled(store: ObjectStore, count: int) -> None:
    """Deletion follows the change it belongs to: wait for it."""
    async with asyncio.timeout(10):
        while len(files(store)) != count:  # noqa: ASYNC110 - files have no event
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("size", SIZES)
async def test_what_was_put_can_be_read_back_whole_and_in_part(store: ObjectStore, size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    body = body[:size]
    kept = await store.objects.keep(pieces(body), ["crc32", "sha256"])
    assert kept.md5 == hashlib.md5(body).hexdigest()
    assert set(kept.checksums) == {"md5", "crc32", "sha256"}
    await store.objects.put(entry_of("k", kept), kept.blob)
    found = await store.objects.find("b", "k")
    assert await content(store, found) == body
    if size > 2:
        assert await content(store, found, 1, size - 2) == body[1:-1]


async def test_content_that_breaks_off_or_is_not_as_offered_leaves_nothing(store: ObjectStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 2_000_000
        raise ValidationError("the client is gone")

    with pytest.raises(ValidationError, match="gone"):
        await store.objects.keep(broken())
    with pytest.raises(CallerError) as refused:
        await store.objects.keep(pieces(b"x" * 100_000), offered={"crc32": "AAAAAA=="})
    assert refused.value.code == "BadDigest"
    await settled(store, 0)


async def test_what_a_guard_refuses_does_not_happen_and_leaves_no_content(store: ObjectStore) -> None:
    await put(store, "k", b"first" * 10_000)

    def refuse(entry: Entry | None) -> None:
        assert entry is not None
        raise ConflictError("no")

    kept = await store.objects.keep(pieces(b"second" * 10_000))
    with pytest.raises(ConflictError):
        await store.objects.put(entry_of("k", kept), kept.blob, refuse)
    assert await content(store, await store.objects.find("b", "k")) == b"first" * 10_000
    await settled(store, 1)


async def test_a_version_of_the_same_name_is_replaced_and_its_content_goes(store: ObjectStore) -> None:
    await put(store, "k", b"first" * 10_000)
    await put(store, "k", b"second" * 10_000)
    assert await content(store, await store.objects.find("b", "k")) == b"second" * 10_000
    await settled(store, 1)
    assert await store.objects.remove("b", "k", "null") is not None
    assert await store.objects.find("b", "k") is None
    assert await store.objects.remove("b", "k", "null") is None
    await settled(store, 0)


async def test_content_that_is_being_read_stays_until_its_reader_is_done(store: ObjectStore) -> None:
    body = b"first" * 1_000_000
    await put(store, "k", body)
    found = await store.objects.find("b", "k")
    assert found is not None
    reading = await store.objects.read(found, 0, found.size_bytes)
    await put(store, "k", b"")
    assert b"".join([piece async for piece in reading]) == body
    await settled(store, 0)


async def test_other_versions_stay_and_the_newest_that_is_left_is_the_latest(store: ObjectStore) -> None:
    for version in ("v1", "v2", "v3"):
        await put(store, "k", version.encode(), version)
    assert await content(store, await store.objects.find("b", "k")) == b"v3"
    await store.objects.remove("b", "k", "v3")
    found = await store.objects.find("b", "k")
    assert found is not None
    assert (found.version, found.latest) == ("v2", True)
    await store.objects.put(Entry("b", "k", 2.0, version="v4", marker=True), None)
    assert (await store.objects.list("b", Asked())).entries == ()
    listed = await store.objects.list("b", Asked(versions=True))
    assert [(each.version, each.marker, each.latest) for each in listed.entries] == [
        ("v4", True, True),
        ("v2", False, False),
        ("v1", False, False),
    ]


async def test_facts_are_amended_under_the_eyes_of_nobody_else(store: ObjectStore) -> None:
    await put(store, "k")
    await asyncio.gather(
        *(store.objects.amend("b", "k", None, lambda entry: {"n": entry.facts["n"] + 1}) for _ in range(20))
    )
    found = await store.objects.find("b", "k")
    assert found is not None
    assert found.facts["n"] == 21.0
    assert await store.objects.amend("b", "none", None, lambda entry: entry.facts) is None


async def test_of_many_writers_under_one_condition_one_wins(store: ObjectStore) -> None:
    def absent(entry: Entry | None) -> None:
        if entry is not None:
            raise ConflictError("there")

    async def try_it(number: int) -> bool:
        kept = await store.objects.keep(pieces(str(number).encode() * 20_000))
        try:
            await store.objects.put(entry_of("k", kept), kept.blob, absent)
        except ConflictError:
            return False
        return True

    assert sum(await asyncio.gather(*map(try_it, range(10)))) == 1
    await settled(store, 1)


async def test_a_bucket_holds_its_name_until_it_is_empty_and_removed(store: ObjectStore) -> None:
    with pytest.raises(ConflictError):
        await store.buckets.create(Bucket("b", "444455556666", 2.0))
    await put(store, "k")
    with pytest.raises(ConflictError):
        await store.buckets.remove("b")
    await store.buckets.change("b", lambda before: {**before, "tags": {"a": "b"}})
    found = store.buckets.find("b")
    assert found is not None
    assert (found.account, found.settings) == (ACCOUNT, {"tags": {"a": "b"}})
    await store.objects.remove("b", "k", "null")
    await store.buckets.remove("b")
    assert store.buckets.find("b") is None
    for act in (store.buckets.remove("b"), put(store, "k"), store.uploads.begin(Upload("u", "b", "k", 1.0))):
        with pytest.raises(NotFoundError):
            await act


async def add(store: ObjectStore, number: int, body: bytes) -> Part:
    kept = await store.objects.keep(pieces(body))
    part = Part(number, kept.md5, 1.0, kept.blob)
    await store.uploads.add("u", part)
    return part


async def test_parts_become_an_object_without_being_written_again(store: ObjectStore) -> None:
    await store.uploads.begin(Upload("u", "b", "k", 1.0, {"a": 1}))
    assert [each.id for each in await store.uploads.list("b")] == ["u"]
    first = await add(store, 1, b"1" * 100_000)
    await add(store, 2, b"replaced" * 10_000)
    second = await add(store, 2, b"2" * 10)
    await add(store, 3, b"never named" * 10_000)
    there = await store.uploads.parts("u")
    assert [(part.number, part.size_bytes) for part in there] == [(1, 100_000), (2, 10), (3, 110_000)]
    blobs = tuple(part.blob for part in there[:2])
    assert [blob.id for blob in blobs] == [first.blob.id, second.blob.id]
    await store.uploads.complete("u", Entry("b", "k", 1.0, "e-2", 100_010, blobs))
    found = await store.objects.find("b", "k")
    assert await content(store, found) == b"1" * 100_000 + b"2" * 10
    assert await content(store, found, 99_999, 3) == b"122"
    assert await store.uploads.find("u") is None
    await settled(store, 1)


async def test_an_upload_is_not_completed_with_a_part_that_was_replaced(store: ObjectStore) -> None:
    await store.uploads.begin(Upload("u", "b", "k", 1.0))
    old = await add(store, 1, b"old" * 10_000)
    await add(store, 1, b"new" * 10_000)
    with pytest.raises(ConflictError):
        await store.uploads.complete("u", Entry("b", "k", 1.0, "e-1", 30_000, (old.blob,)))
    assert await store.objects.find("b", "k") is None
    assert await store.uploads.abort("u")
    assert not await store.uploads.abort("u")
    with pytest.raises(NotFoundError):
        await add(store, 1, b"late" * 10_000)
    await settled(store, 0)


async def listed(store: ObjectStore, asked: Asked) -> tuple[list[str], list[str]]:
    """All pages of a listing."""
    keys: list[str] = []
    prefixes: list[str] = []
    while True:
        page = await store.objects.list("b", asked)
        assert len(page.entries) + len(page.prefixes) <= asked.most
        keys += [entry.key for entry in page.entries]
        prefixes += page.prefixes
        if not page.truncated:
            return keys, prefixes
        asked = Asked(asked.prefix, asked.delimiter, page.after, page.after_version, asked.most, asked.versions)


def expected(keys: Sequence[str], prefix: str, delimiter: str) -> tuple[list[str], list[str]]:
    """What a listing must show, by its definition."""
    shown: list[str] = []
    folded: list[str] = []
    for key in sorted(keys, key=lambda key: key.encode("utf-8")):
        if not key.startswith(prefix):
            continue
        head, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
        if not found:
            shown.append(key)
        elif prefix + head + found not in folded:
            folded.append(prefix + head + found)
    return shown, folded


LETTERS = "a/-b\ue000\uffff\U00010000\U0010ffff"


@settings(max_examples=30, deadline=None)
@given(
    keys=st.sets(st.text(LETTERS, min_size=1, max_size=5), max_size=25),
    prefix=st.text(LETTERS, max_size=2),
    delimiter=st.sampled_from(["", "/", "a", "-b", "\U0010ffff"]),
    most=st.integers(1, 6),
)
def test_a_listing_shows_what_it_must_whatever_the_keys(keys: set[str], prefix: str, delimiter: str, most: int) -> None:
    async def run() -> None:
        store = memory_objects(CountingDice())
        await store.buckets.create(Bucket("b", ACCOUNT, 1.0))
        await asyncio.gather(*(put(store, key) for key in keys))
        assert await listed(store, Asked(prefix, delimiter, most=most)) == expected([*keys], prefix, delimiter)
        assert (await listed(store, Asked(prefix, most=most, versions=True)))[0] == expected([*keys], prefix, "")[0]
        await store.close()

    asyncio.run(run())


def test_what_is_behind_a_prefix_is_above_all_it_begins_and_nothing_else() -> None:
    assert behind("a") == "b"
    assert behind("a\U0010ffff") == "b"
    assert behind("\ud7ff") == "\ue000"
    assert behind("\U0010ffff") is None


async def test_a_crash_between_content_and_entry_is_settled_at_the_next_start(tmp_path: Path) -> None:
    records = await open_records(tmp_path / "usina.db")
    store = await open_objects(records.engine, tmp_path / "objects", CountingDice())
    await store.buckets.create(Bucket("b", ACCOUNT, 1.0))
    body = b"whole" * 10_000
    await put(store, "kept", body)
    kept = next(path for path in (tmp_path / "objects").rglob("*") if path.is_file())
    await store.close()
    kept.rename(tmp_path / "objects" / "new" / kept.name)  # as if it had not been moved yet
    (tmp_path / "objects" / "new" / "left").write_bytes(b"half")
    again = await open_objects(records.engine, tmp_path / "objects", CountingDice())
    assert files(again) == {kept.name}
    assert kept.exists()
    assert await content(again, await again.objects.find("b", "kept")) == body
    assert again.buckets.find("b") is not None
    await again.close()
    await records.close()


class FullDisk(FileContents):
    """A disk that takes a little and then no more."""

    def create(self, name: str) -> FileSink:
        sink = super().create(name)
        write = sink.write

        def refuse(pieces: Sequence[bytes]) -> None:
            write(pieces)
            raise OSError(errno.ENOSPC, "No space left on device")

        sink.write = refuse  # type: ignore[method-assign] # this one file's
        return sink


async def test_a_full_disk_refuses_the_write_and_loses_nothing(tmp_path: Path) -> None:
    records = await open_records(tmp_path / "usina.db")
    folder = tmp_path / "objects"
    store = await open_objects(records.engine, folder, CountingDice())
    await store.buckets.create(Bucket("b", ACCOUNT, 1.0))
    await put(store, "k", b"before" * 10_000)
    full = store_over(Base(lambda: records.engine, FullDisk(folder), SystemDice(), one_thread=False))
    for size in (20_000, 5_000_000):
        with pytest.raises(UnavailableError, match="full"):
            await full.objects.keep(pieces(b"x" * size))
    assert not any((folder / "new").iterdir())
    assert await content(store, await store.objects.find("b", "k")) == b"before" * 10_000
    for each in (full, store):
        await each.close()
    await records.close()


async def test_an_act_that_fails_among_others_is_taken_back_alone(store: ObjectStore) -> None:
    def refuse(_entry: Entry | None) -> None:
        raise ConflictError("no")

    async def write(number: int) -> bool:
        kept = await store.objects.keep(pieces(b"x"))
        try:
            await store.objects.put(entry_of(str(number), kept), kept.blob, refuse if number % 3 == 0 else None)
        except ConflictError:
            return False
        return True

    done = await asyncio.gather(*map(write, range(60)))
    assert done == [number % 3 != 0 for number in range(60)]
    keys, _ = await listed(store, Asked())
    assert sorted(map(int, keys)) == [number for number in range(60) if number % 3]
