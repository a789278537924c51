"""A deleted key is gone from the disk: every file of a home is searched for it, its log and freed pages too."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.clock import SystemDice
from usina.core.errors import CallerError, UnavailableError
from usina.core.kms import KEY, PENDING, SYMMETRIC, KmsKey, new_body, new_key_id
from usina.core.ports import Row, Site
from usina.sovereignty.keyring_seal import purpose_seal
from usina.sovereignty.kms.joined import SiteKeys, open_keys
from usina.sovereignty.kms.keeping import KeyKeeping, rotated
from usina.stores.objects.store import open_objects
from usina.stores.records import SqlRecords, open_records
from usina.testing.clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from usina.stores.objects.store import ObjectStore

ACCOUNT = "111122223333"
SITE = Site(account=ACCOUNT)
SITE_KEY = bytes(32)
DUE_SECONDS = 700_000
PLAINTEXT = b"what nobody may read once its key is gone "


class Home:
    """A home with its database, its objects and its keys."""

    def __init__(self, folder: Path, records: SqlRecords, keys: SiteKeys, store: ObjectStore) -> None:
        self.folder = folder
        self.records = records
        self.keys = keys
        self.store = store
        self.clock = VirtualClock()

    def keeping(self, records: Any = None) -> KeyKeeping:
        return KeyKeeping(self.keys.vault, records or self.records, self.records.scrub, self.clock)

    async def make(self) -> KmsKey:
        key_id = new_key_id(SystemDice().token(16))
        material = self.keys.vault.new_material(ACCOUNT, key_id, 0, SYMMETRIC)
        body = new_body(SYMMETRIC, "ENCRYPT_DECRYPT", self.clock.now(), material)
        await self.records.put(Row(KEY, ACCOUNT, key_id, body))
        return await self.again(key_id)

    async def edit(self, key: KmsKey, **more: Any) -> KmsKey:
        row = await self.row(key)
        await self.records.put(replace(row, body={**row.body, **more}))
        return await self.again(key.id)

    async def rotate(self, key: KmsKey) -> KmsKey:
        await self.records.put(rotated(await self.row(key), self.keys.vault, self.clock.now()))
        return await self.again(key.id)

    async def row(self, key: KmsKey) -> Row:
        row = await self.records.get(KEY, ACCOUNT, key.id)
        assert row is not None
        return row

    async def again(self, key_id: str) -> KmsKey:
        await self.keys.vault.reload(ACCOUNT)
        key = self.keys.vault.find(ACCOUNT, key_id)
        assert key is not None
        return key

    def files_with(self, traces: list[bytes]) -> list[str]:
        """The files in which one of them stands."""
        return [path for path, data in self.files().items() if any(trace in data for trace in traces)]

    def files(self) -> dict[str, bytes]:
        """All of the home."""
        return {str(path): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    """A home with nothing in it."""
    records = await open_records(tmp_path / "usina.db")
    keys = await open_keys(records, SITE_KEY, VirtualClock(), SystemDice(), SITE)
    store = await open_objects(records.engine, tmp_path / "objects", SystemDice(), keys=keys.content)
    yield Home(tmp_path, records, keys, store)
    await store.close()
    await records.close()


def sealed(key: KmsKey) -> list[bytes]:
    """What of the key lies on the disk: its material under the site's key, which a thief of the home has too."""
    return [material.encode() for material in key.body["materials"]]


def raw(home: Home, key: KmsKey) -> list[bytes]:
    """The material itself, in the forms in which it could have been written."""
    secrets = [home.keys.vault.secret(key, number) for number in range(len(key.body["materials"]))]
    return [form for secret in secrets for form in (secret, base64.b64encode(secret), secret.hex().encode())]


async def test_after_a_deletion_no_file_of_the_home_holds_the_key_or_what_lay_under_it(home: Home) -> None:
    kept = [await home.make() for _ in range(20)]
    key = await home.make()
    kept += [await home.make() for _ in range(20)]
    for size in (10, 9_000, 100, 30_000, 1):  # pages are taken and freed; older versions of the row lie in them
        key = await home.rotate(await home.edit(key, description="d" * size))
        for other in kept:
            await home.edit(other, description="e" * (size // 10))

    async def pieces() -> AsyncIterator[bytes]:
        yield PLAINTEXT * 5_000

    content = (await home.store.objects.keep(pieces(), under=key.arn)).blob
    assert home.keys.content.open(content.id, content.sealed)
    traces, secrets = sealed(key), [*raw(home, key), PLAINTEXT]
    assert home.files_with(traces), "the search finds what is there"
    assert home.files_with(secrets) == []
    await home.edit(key, state=PENDING, deletion_at=home.clock.now() + DUE_SECONDS)
    home.clock.advance(DUE_SECONDS + 1)
    await home.keeping().look()
    assert home.files_with([*traces, *secrets]) == []
    with pytest.raises(CallerError, match="does not exist any more"):
        home.keys.content.open(content.id, content.sealed)
    assert home.keys.vault.find(ACCOUNT, key.id) is None
    for other in kept:
        again = await home.again(other.id)
        assert home.keys.vault.decrypt(again, home.keys.vault.encrypt(again, b"kept", {}), {}) == b"kept"


async def test_a_thief_of_the_whole_home_with_its_site_key_opens_no_deleted_key(home: Home) -> None:
    key = await home.make()
    place = f"kms:{ACCOUNT}:{key.id}:0:{SYMMETRIC}".encode()
    seal = purpose_seal(SITE_KEY, "kms", SystemDice())
    assert seal.open(base64.b64decode(key.body["materials"][0]), place) == home.keys.vault.secret(key, 0)
    length = len(key.body["materials"][0])
    await home.edit(key, state=PENDING, deletion_at=home.clock.now())
    await home.keeping().look()
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
    for data in home.files().values():
        for at in range(len(data) - length + 1):
            run = data[at : at + length]
            if not run.strip(alphabet):
                assert seal.open(base64.b64decode(run + b"=" * (-len(run) % 4)), place) is None


async def test_a_deletion_that_was_refused_at_any_step_is_done_again(home: Home) -> None:
    key = await home.make()
    traces = sealed(key)
    await home.edit(key, state=PENDING, deletion_at=home.clock.now())

    async def refused() -> None:
        raise UnavailableError("killed here")

    with pytest.raises(UnavailableError):
        await KeyKeeping(home.keys.vault, home.records, refused, home.clock).look()
    assert (await home.row(key)).body["materials"] == []
    await home.keeping().look()
    assert await home.records.get(KEY, ACCOUNT, key.id) is None
    assert home.files_with(traces) == []


async def test_a_log_that_is_being_read_is_not_said_to_be_empty(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    key = await home.make()
    await home.edit(key, state=PENDING, deletion_at=home.clock.now())
    with contextlib.closing(sqlite3.connect(home.folder / "usina.db")) as reader:
        reader.execute("begin")
        reader.execute("select count(*) from rows").fetchone()
        with home.records.engine.connect() as connection:
            connection.exec_driver_sql("pragma busy_timeout = 1")
            monkeypatch.setattr(home.records.engine, "connect", lambda: contextlib.nullcontext(connection))
            with pytest.raises(UnavailableError, match="cannot be emptied now"):
                await home.records.scrub()
            monkeypatch.undo()
    await home.keeping().look()
    assert await home.records.get(KEY, ACCOUNT, key.id) is None
    assert await asyncio.to_thread(home.files_with, sealed(key)) == []
