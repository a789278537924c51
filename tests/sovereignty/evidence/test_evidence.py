"""Evidence holds where nothing was changed, and names the first byte that was."""

from __future__ import annotations

import io
import json
import random
import shutil
import tarfile
import zlib
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from usina.core.errors import OperatorError
from usina.sovereignty.evidence import Checked, check_evidence, export_evidence
from usina.sovereignty.evidence.bill import software_bill
from usina.sovereignty.evidence.check import policies_digest
from usina.sovereignty.evidence.container import Container, ContainerWriter
from usina.sovereignty.evidence.export import Sources
from usina.sovereignty.ledger import Intent, Ledger, LedgerLimits, Outcome
from usina.sovereignty.ledger.heads import load_signing_key, read_public_key
from usina.sovereignty.policy.kept import keep_policies
from usina.testing.clock import VirtualClock

if TYPE_CHECKING:
    from pathlib import Path

POLICIES = {"a.cedar": '@id("x.all") permit (principal, action, resource);\n'}
DIGEST = policies_digest(msgspec.json.encode(POLICIES))
DAY = 86_400


class Home:
    """A ledger with some days of acts, and what evidence is made of."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = VirtualClock()
        self.began = self.clock.now()
        self.key = folder / "keys" / "ledger.key"
        self.policies = folder / "policies-kept"

    async def live(self, days: int = 3, acts: int = 40) -> None:
        limits = LedgerLimits(segment_bytes=32_768)
        for day in range(days):
            ledger = Ledger.open_folder(self.folder / "ledger", self.key, self.clock, site="north", limits=limits)
            keep_policies(self.policies, DIGEST, POLICIES)
            await ledger.note("policy", {"digest": DIGEST, "policies": 1, "files": ["a.cedar"]})
            for number in range(acts):
                await self._act(ledger, f"{day}-{number}")
            await ledger.shutdown()
            self.clock.advance(DAY)

    async def _act(self, ledger: Ledger, name: str) -> None:
        intent = Intent(
            request_id=name,
            time=self.clock.now(),
            account="111122223333",
            principal="arn:aws:iam::111122223333:user/ada",
            key_id="AKIAEXAMPLE",
            peer="127.0.0.1",
            service="s3",
            operation="PutObject",
        )
        await ledger.close(await ledger.open(intent), Outcome(status="done", http_status=200))
        self.clock.advance(1.0)

    @property
    def pem(self) -> bytes:
        return (self.folder / "ledger" / "public.pem").read_bytes()

    def export(self, since: float = 0.0, until: float = 0.0, **documents: Any) -> bytes:
        target = self.folder / "evidence.tar"
        target.unlink(missing_ok=True)
        sources = Sources(self.folder / "ledger", self.key, self.policies, "north", documents or {"keys": []})
        export_evidence(sources, target, since or self.began, until or self.clock.now(), self.clock)
        return target.read_bytes()

    def check(self, data: bytes) -> Checked:
        return check_evidence(io.BytesIO(data), self.pem)


@pytest.fixture
async def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    await made.live()
    return made


async def test_evidence_of_what_happened_holds_and_says_what_that_was(home: Home) -> None:
    found = home.check(home.export())
    assert found.wrong == []
    assert (found.site, found.first, found.last, found.records) == ("north", 1, 243, 243)
    assert found.kinds == {"policy": 3, "intent": 120, "outcome done": 120}
    assert found.policies == 3


async def test_anybody_can_open_the_archive_and_read_it(home: Home) -> None:
    with tarfile.open(fileobj=io.BytesIO(home.export(keys=[{"id": "k"}]))) as tar:
        names = tar.getnames()
        opened = tar.extractfile("keys.json")
        assert opened is not None
        assert json.loads(opened.read()) == [{"id": "k"}]
    assert {"ledger/heads.log", "ledger/public.pem", f"policies/{DIGEST}.json", "manifest.json"} <= set(names)


async def test_a_part_of_the_time_begins_in_its_segment_and_still_hangs_under_the_heads(home: Home) -> None:
    whole = home.check(home.export())
    part = home.check(home.export(since=home.began + 2 * DAY))
    assert part.ok
    assert whole.first < part.first
    assert part.last == whole.last
    early = home.check(home.export(until=home.began + 10))
    assert early.ok
    assert early.last < whole.last


async def test_every_changed_byte_is_found_and_named(home: Home) -> None:
    data = home.export()
    dice = random.Random(20_261_127)
    places = [0, len(data) - 1, *(dice.randrange(len(data)) for _ in range(200))]
    exact = 0
    for at in places:
        spoilt = bytearray(data)
        spoilt[at] ^= dice.randrange(1, 256)
        found = home.check(bytes(spoilt))
        assert not found.ok, at
        exact += found.wrong[0].exact and found.wrong[0].offset == at
    assert exact == len(places)


@pytest.mark.parametrize("cut", [1, 511, 512, 1_024, 5_000])
async def test_a_file_that_was_cut_or_made_longer_does_not_hold(home: Home, cut: int) -> None:
    data = home.export()
    assert not home.check(data[:-cut]).ok
    longer = home.check(data + bytes(cut))
    assert [wrong.offset for wrong in longer.wrong] == [len(data)]
    assert not home.check(b"").ok


async def test_several_changes_are_found_where_the_first_is(home: Home) -> None:
    data = bytearray(home.export())
    for at in (700, 701, 90_000):
        data[at] ^= 1
    wrong = home.check(bytes(data)).wrong[0]
    assert 512 <= wrong.offset <= 701


async def test_evidence_made_with_another_key_does_not_hold(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    await other.live(days=1, acts=2)
    found = home.check(other.export())
    assert found.wrong[0].problem == "no manifest in it is signed by this key"


async def repacked(home: Home, edit: dict[str, Any]) -> bytes:
    """What an administrator who has the signing key could make: other parts, sealed anew."""
    source = Container(io.BytesIO(home.export()), read_public_key(home.pem))
    assert source.manifest is not None
    made = io.BytesIO()
    writer = ContainerWriter(made, home.clock.now())
    for part in source.manifest.parts:
        data = source.part(part.name)
        changed = edit.get(part.name.rpartition("/")[2] if part.name not in edit else part.name, lambda same: same)(
            data
        )
        if changed is not None:
            writer.add(part.name, [changed], len(changed))
    writer.finish(load_signing_key(home.key), site="north", since=1.0, until=2.0)
    return made.getvalue()


async def test_a_record_taken_out_by_who_has_the_key_is_missed(home: Home) -> None:
    def without_last(data: bytes) -> bytes:
        return data[: data.rindex(b"UREC")]

    assert home.check(await repacked(home, {})).ok
    name = max((home.folder / "ledger").glob("*.seg")).name
    wrong = home.check(await repacked(home, {name: without_last})).wrong
    assert any("which are not here" in each.problem for each in wrong)
    first = min((home.folder / "ledger").glob("*.seg")).name
    wrong = home.check(await repacked(home, {first: without_last})).wrong
    assert any("does not continue" in each.problem for each in wrong)


async def test_another_history_under_the_same_heads_is_no_history(home: Home) -> None:
    def forged(data: bytes) -> bytes:
        at = data.index(b"UREC", 4_096)
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        record = data[at + 16 : at + 16 + length].replace(b'"policies":1', b'"policies":2')
        crc = zlib.crc32(record, zlib.crc32(data[at : at + 12])).to_bytes(4, "little")
        return data[: at + 12] + crc + record + data[at + 16 + length :]

    first = min((home.folder / "ledger").glob("*.seg")).name
    wrong = home.check(await repacked(home, {first: forged})).wrong
    assert any("not those that were signed" in each.problem or "not continue" in each.problem for each in wrong)


async def test_a_history_that_was_told_anew_does_not_fit_a_head_that_was_kept(home: Home) -> None:
    kept = (home.folder / "ledger" / "heads.log").read_bytes()
    whole = check_evidence(io.BytesIO(home.export()), home.pem, kept=kept)
    assert whole.ok
    assert whole.kept == whole.heads > 1
    for file in (home.folder / "ledger").iterdir():
        if file.name != "public.pem":
            file.unlink()
    home.clock = VirtualClock()
    await home.live(days=3, acts=41)  # the same days, the same key, other acts
    anew = home.export()
    assert home.check(anew).ok
    wrong = check_evidence(io.BytesIO(anew), home.pem, kept=kept).wrong
    assert any("not those of the head that was kept" in each.problem for each in wrong)


async def test_a_history_that_was_cut_does_not_fit_a_head_that_was_kept(home: Home) -> None:
    shutil.copytree(home.folder / "ledger", home.folder / "copy")
    await home.live(days=1)
    kept = (home.folder / "ledger" / "heads.log").read_bytes().splitlines()[-1]
    shutil.rmtree(home.folder / "ledger")
    (home.folder / "copy").rename(home.folder / "ledger")
    cut = home.export()
    assert home.check(cut).ok
    (wrong,) = check_evidence(io.BytesIO(cut), home.pem, kept=kept).wrong
    assert "which are not here" in wrong.problem
    before = home.export(until=home.began + 2 * DAY)  # of a time before that head: it says nothing of it
    assert check_evidence(io.BytesIO(before), home.pem, kept=kept).ok
    assert not check_evidence(io.BytesIO(cut), home.pem, kept=b"{}").ok


async def test_policies_that_were_in_force_must_be_there_and_be_those(home: Home) -> None:
    name = f"{DIGEST}.json"
    gone = home.check(await repacked(home, {name: lambda _data: None}))
    assert any("were in force and are not here" in wrong.problem for wrong in gone.wrong)
    other = home.check(
        await repacked(home, {name: lambda _data: b'{"a.cedar":"forbid (principal, action, resource);"}'})
    )
    assert any("another digest" in wrong.problem for wrong in other.wrong)


async def test_what_cannot_be_exported_is_said(home: Home, tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="must end after it begins"):
        home.export(since=20.0, until=10.0)
    empty = Home(tmp_path / "empty")
    with pytest.raises(OperatorError, match="heads cannot be used"):
        empty.export(since=1.0, until=2.0)


def test_the_bill_of_materials_names_what_is_installed() -> None:
    bill = software_bill()
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    names = {component["name"] for component in bill["components"]}
    assert {"cryptography", "botocore"} <= names
