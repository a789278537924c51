"""Objects as files of a channel, files as objects, and the keys that could be neither."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.jobs.site import ACCOUNT, JobSite
from usina.core.clock import SystemClock, SystemDice
from usina.core.errors import UnavailableError
from usina.core.objects import Bucket, Under
from usina.engine.jobs.acting import Acting
from usina.engine.jobs.container import JobError
from usina.engine.jobs.transfers import Address, Transfers
from usina.engine.sandbox.unsafe import UnsafeNoSandbox

if TYPE_CHECKING:
    from pathlib import Path

MOST = 1_000


@pytest.fixture
async def store(tmp_path: Path) -> JobSite:
    site = JobSite(tmp_path, UnsafeNoSandbox(SystemClock()))
    await (await site.open()).stop()
    return site


def transfers(site: JobSite) -> Transfers:
    acting = Acting(site.iam, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/trainer")  # type: ignore[arg-type] # what jobs ask of it
    return Transfers(site.store.buckets, site.store.objects, SystemClock(), SystemDice(), acting, ACCOUNT)


def source(address: str, kind: str = "S3Prefix") -> dict[str, Any]:
    return {"S3DataType": kind, "S3Uri": address, "name": "channel train"}


async def fetched(
    site: JobSite, folder: Path, address: str, kind: str = "S3Prefix", most: int = MOST
) -> dict[str, bytes]:
    await transfers(site).fetch_source(source(address, kind), folder / "in", most)
    files = [path for path in (folder / "in").rglob("*") if path.is_file()]
    return {path.relative_to(folder / "in").as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("s3://data/set/", {"a.csv", "deep/b.csv"}),
        ("s3://data/set", {"a.csv", "deep/b.csv", "set-2"}),
        ("s3://data/set/a.csv", {"a.csv"}),
        ("s3://data/set/de", {"deep/b.csv"}),
        ("s3://data", {"set/a.csv", "set/deep/b.csv", "set-2"}),
    ],
)
async def test_a_channel_holds_what_is_under_its_prefix(
    store: JobSite, tmp_path: Path, address: str, names: set[str]
) -> None:
    for key in ("set/", "set/a.csv", "set/deep/b.csv", "set-2"):
        await store.put(key, key.encode())
    assert set(await fetched(store, tmp_path, address)) == names


async def test_a_manifest_names_the_files_of_a_channel(store: JobSite, tmp_path: Path) -> None:
    await store.put("set/a.csv", b"1")
    await store.put("set/b/c.csv", b"2")
    await store.put("m.json", json.dumps([{"prefix": "s3://data/set/"}, "a.csv", "b/c.csv"]).encode())
    assert await fetched(store, tmp_path, "s3://data/m.json", "ManifestFile") == {"a.csv": b"1", "b/c.csv": b"2"}


@pytest.mark.parametrize(
    "text", [b"", b"{}", b'[{"prefix": 1}, "a"]', b'[{"prefix": "s3://data/"}, "../../a"]', b"[1]"]
)
async def test_a_manifest_that_is_none_fails_the_job(store: JobSite, tmp_path: Path, text: bytes) -> None:
    await store.put("m.json", text)
    await store.put("a", b"1")
    with pytest.raises(JobError, match="ClientError"):
        await fetched(store, tmp_path, "s3://data/m.json", "ManifestFile")


@pytest.mark.parametrize("key", ["set/../../escaped", "set//etc/passwd", "set/a/./b", "set/" + "x" * 300, "set/\0"])
async def test_a_key_that_is_no_files_name_fails_the_job_and_writes_nothing(
    store: JobSite, tmp_path: Path, key: str
) -> None:
    await store.put(key, b"1")
    with pytest.raises(JobError, match="cannot be a file"):
        await fetched(store, tmp_path, "s3://data/set/")
    assert not (tmp_path / "in").exists()


async def test_input_that_does_not_fit_the_volume_fails_the_job(store: JobSite, tmp_path: Path) -> None:
    await store.put("set/a", b"1" * 600)
    await store.put("set/b", b"1" * 600)
    with pytest.raises(JobError, match="VolumeSizeInGB"):
        await fetched(store, tmp_path, "s3://data/set/")


async def test_a_bucket_of_another_account_is_as_if_it_were_not_there(store: JobSite, tmp_path: Path) -> None:
    await store.store.buckets.create(Bucket("theirs", "999988887777", 0.0))
    await store.put("a", b"1", "theirs")
    for address in ("s3://theirs/a", "s3://nowhere/a"):
        with pytest.raises(JobError, match="does not exist, or the job may not use it"):
            await fetched(store, tmp_path, address)
    (tmp_path / "f").write_bytes(b"1")
    with pytest.raises(JobError, match="does not exist"):
        await transfers(store).send_file(tmp_path / "f", Address("theirs", "b"))


async def test_only_files_that_changed_are_stored_again(store: JobSite, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a").write_bytes(b"1")
    (folder / "link").symlink_to("/etc/passwd")
    sent: dict[str, tuple[int, int]] = {}
    await transfers(store).send_folder(folder, Address("data", "kept"), sent)
    assert await store.read("kept/deep/a") == b"1"
    assert set(sent) == {"deep/a"}
    await store.put("kept/deep/a", b"somebody else's")
    await transfers(store).send_folder(folder, Address("data", "kept"), sent)
    assert await store.read("kept/deep/a") == b"somebody else's"
    (folder / "deep" / "a").write_bytes(b"22")
    await transfers(store).send_folder(folder, Address("data", "kept"), sent)
    assert await store.read("kept/deep/a") == b"22"


@pytest.mark.parametrize("text", ["https://data/x", "s3://", "data", "s3:///x"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(JobError, match="s3://BUCKET/KEY"):
        Address.parse(text)


def test_addresses_below_an_address_have_one_slash() -> None:
    below = [str(Address.parse(text) / "model") for text in ("s3://data", "s3://data/", "s3://data/a", "s3://data/a/")]
    assert below == ["s3://data/model", "s3://data/model", "s3://data/a/model", "s3://data/a/model"]


class Withheld:
    """A role that may do all but some actions."""

    def __init__(self, *actions: str) -> None:
        self.actions = actions
        self.asked: list[tuple[str, str]] = []

    def check(self, action: str, arn: str) -> None:
        self.asked.append((action, arn))
        if action in self.actions:
            raise JobError(f"ClientError: AccessDenied: {action}")


KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/00000000-0000-4000-8000-000000000000"


def as_role(site: JobSite, acting: Withheld) -> Transfers:
    return Transfers(
        site.store.buckets,
        site.store.objects,
        SystemClock(),
        SystemDice(),
        acting,  # type: ignore[arg-type] # what transfers ask of it
        ACCOUNT,
    )


async def test_an_object_under_a_kms_key_is_read_by_whom_the_key_is_for(store: JobSite, tmp_path: Path) -> None:
    await store.put("set/a.csv", b"1,2")
    await store.store.objects.amend("data", "set/a.csv", None, lambda entry: {**entry.facts, **Under(KEY).facts})
    with pytest.raises(JobError, match="kms:Decrypt"):
        await as_role(store, Withheld("kms:Decrypt")).fetch_file(Address("data", "set/a.csv"), tmp_path / "a", MOST)
    free = Withheld()
    await as_role(store, free).fetch_file(Address("data", "set/a.csv"), tmp_path / "a", MOST)
    assert ("kms:Decrypt", KEY) in free.asked
    shared = Under(KEY, shared=True).facts
    await store.store.objects.amend("data", "set/a.csv", None, lambda entry: {**entry.facts, **shared})
    await as_role(store, Withheld("kms:Decrypt")).fetch_file(Address("data", "set/a.csv"), tmp_path / "a", MOST)


async def test_what_a_job_stores_goes_under_the_key_of_the_bucket(store: JobSite, tmp_path: Path) -> None:
    await store.store.buckets.change(
        "data", lambda settings: {**settings, "encryption": {"kind": "aws:kms", "key": KEY}}
    )
    (tmp_path / "model").write_bytes(b"weights")
    with pytest.raises(JobError, match="kms:GenerateDataKey"):
        await as_role(store, Withheld("kms:GenerateDataKey")).send_file(tmp_path / "model", Address("data", "m"))
    with pytest.raises(UnavailableError, match="no keys"):  # this store has none: it does not store without
        await as_role(store, Withheld()).send_file(tmp_path / "model", Address("data", "m"))
    assert await store.store.objects.find("data", "m") is None
