"""Imports of accounts' models: what becomes a model of one account alone, what is refused, and what a kill leaves."""

from __future__ import annotations

import hashlib
import io
import pickle
import shutil
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.engine.imports.site import ACCOUNT, ARN, JOB, MODEL_ID, OTHER, ImportSite
from tests.engine.test_importing import small_model
from tests.engine.waiting import until
from usina.core.imports import IMPORT_JOB, IMPORTED

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def gguf_bytes(tmp_path: Path) -> bytes:
    return small_model(tmp_path / "m.gguf", "Q4_0").read_bytes()


@pytest.fixture
def site(tmp_path: Path) -> ImportSite:
    return ImportSite(tmp_path / "home")


async def removed(site: ImportSite) -> bool:
    return await site.records.get(IMPORTED, ACCOUNT, MODEL_ID) is None


@pytest.mark.parametrize("source", ["s3://data/in/m.gguf", "s3://data/in", "s3://data/in/"])
async def test_a_gguf_file_becomes_a_model_of_its_account_alone(
    site: ImportSite, gguf_bytes: bytes, source: str
) -> None:
    await site.put(
        {"in/m.gguf": gguf_bytes, "in/notes.exe": b"left where it is", "in/deep/other.gguf": b"not looked at"}
    )
    await site.create(source)
    async with site.open() as (imports, factory):
        assert (await site.ended())["status"] == "Completed"
        found = factory.catalogue.resolve(ARN, ACCOUNT)
        assert found is not None
        assert (found.card.state, found.card.account, found.card.name) == ("READY", ACCOUNT, "mine")
        assert found.card.arn("us-east-1") == ARN
        assert factory.catalogue.resolve(ARN, OTHER) is None
        assert factory.catalogue.resolve(ARN.replace(ACCOUNT, OTHER), OTHER) is None
        assert factory.catalogue.cards() == ()
        (file,) = site.files()
        content = (site.home / "models" / file).read_bytes()
        assert file.startswith(f".accounts/{ACCOUNT}/{MODEL_ID}/")
        assert hashlib.sha256(content).hexdigest() == found.card.sha256
        owner = await site.records.get(IMPORTED, ACCOUNT, MODEL_ID)
        assert owner is not None
        assert (owner.body["ready"], owner.body["architecture"], owner.body["chat"]) == (True, "llama", True)
        await site.records.put(replace(owner, body={**owner.body, "removing": True}))
        imports.removed(ACCOUNT, MODEL_ID)
        await until(lambda: removed(site))
        assert factory.catalogue.resolve(ARN, ACCOUNT) is None
        assert not factory.models.engines()
        assert not site.files()


async def test_the_engine_reads_a_structure_that_was_written_here(site: ImportSite, tmp_path: Path) -> None:
    given = small_model(tmp_path / "f16.gguf", "F16").read_bytes() + b"what no reader of the format looks at"
    await site.put({"in/m.gguf": given})
    assert (await site.run("s3://data/in/"))["status"] == "Completed"
    (file,) = site.files()
    content = (site.home / "models" / file).read_bytes()
    assert not content.endswith(b"looks at")
    assert content.startswith(b"GGUF")


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "There is neither"),
        ({"in/readme.md": b"x"}, "There is neither"),
        ({"in/pytorch_model.bin": b"x", "in/model.safetensors": b"x"}, "pytorch_model.bin is a pickle"),
        ({"in/a.gguf": pickle.dumps([1])}, "a.gguf is a pickle"),
        ({"in/a.gguf": zipped("data.pkl", b"x")}, "data.pkl"),
        ({"in/a.gguf": b"GGUF" + b"\xff" * 64}, ""),
        ({"in/a.gguf": b"nonsense"}, ""),
        ({"in/a.gguf": b""}, ""),
        ({"in/model.safetensors": b"\xff" * 64, "in/config.json": b"{}"}, ""),
        ({"in/model.safetensors": b"x"}, "config.json"),
    ],
)
async def test_what_is_no_model_or_would_run_code_is_refused_and_leaves_no_file(
    site: ImportSite, files: dict[str, bytes], words: str
) -> None:
    await site.put(files)
    seen = await site.run("s3://data/in/")
    assert seen["status"] == "Failed"
    assert seen["message"]
    assert words in seen["message"]
    assert not site.files()
    assert await removed(site)


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:ListBucket"])
async def test_an_import_fetches_nothing_that_its_role_may_not(
    site: ImportSite, gguf_bytes: bytes, action: str
) -> None:
    await site.put({"in/m.gguf": gguf_bytes})
    site.iam.forbidden = {action}
    seen = await site.run("s3://data/in/")
    assert seen["status"] == "Failed"
    assert f"not authorized to perform: {action}" in seen["message"]


async def test_more_than_the_disk_holds_is_refused_before_it_is_fetched(
    site: ImportSite, gguf_bytes: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.put({"in/m.gguf": gguf_bytes})
    usage = shutil._ntuple_diskusage(10_000, 9_999, len(gguf_bytes))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    seen = await site.run("s3://data/in/")
    assert (seen["status"], "too much for this site" in seen["message"]) == ("Failed", True)


async def test_an_import_that_was_killed_is_begun_again_and_what_it_left_is_swept(
    site: ImportSite, gguf_bytes: bytes
) -> None:
    await site.put({"in/m.gguf": gguf_bytes})
    await site.create("s3://data/in/")
    for left in (f".imports/{ACCOUNT}/{JOB}/source/half.gguf", f".accounts/{ACCOUNT}/{MODEL_ID}/old.gguf"):
        path = site.home / "models" / left
        path.parent.mkdir(parents=True)
        path.write_bytes(b"half")
    async with site.open() as (_, factory):
        await until((site.home / "models" / ".imports").exists)
    assert (await site.observed())["status"] == "InProgress"
    async with site.open() as (_, factory):
        assert (await site.ended())["status"] == "Completed"
        assert factory.catalogue.resolve(ARN, ACCOUNT) is not None
    assert len(site.files()) == 1
    async with site.open() as (_, factory):
        await until(
            lambda: (found := factory.catalogue.resolve(ARN, ACCOUNT)) is not None and found.card.state == "READY"
        )
        owner = await site.records.get(IMPORTED, ACCOUNT, MODEL_ID)
        assert owner is not None
        await site.records.put(replace(owner, body={**owner.body, "removing": True}))
    async with site.open():
        await until(lambda: removed(site))
    assert not site.files()


async def test_a_model_that_no_engine_can_run_fails_its_import(
    site: ImportSite, gguf_bytes: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.engine.test_importing import AnyFile

    monkeypatch.setattr(AnyFile, "can_run", lambda *_: "its architecture is unknown")
    await site.put({"in/m.gguf": gguf_bytes})
    seen = await site.run("s3://data/in/")
    assert seen["status"] == "Failed"
    assert "its architecture is unknown" in seen["message"]
    assert not site.files()


async def test_a_name_that_was_given_away_is_not_taken_back(site: ImportSite, gguf_bytes: bytes) -> None:
    await site.put({"in/m.gguf": gguf_bytes})
    await site.create("s3://data/in/")
    owner = await site.records.get(IMPORTED, ACCOUNT, MODEL_ID)
    assert owner is not None
    await site.records.put(replace(owner, body={**owner.body, "job": "another"}))
    async with site.open():
        assert (await site.ended())["status"] == "Failed"
    assert not await removed(site)
    assert await site.records.get(IMPORT_JOB, ACCOUNT, JOB) is not None


async def test_a_bug_in_the_way_fails_the_import_without_telling_what_it_choked_on(
    site: ImportSite, gguf_bytes: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("usina.engine.converting.Converter.run", broken)
    await site.put({"in/m.gguf": gguf_bytes})
    seen = await site.run("s3://data/in/")
    assert (seen["status"], "secret" in seen["message"]) == ("Failed", False)
    assert "ended by a bug" in caplog.text
