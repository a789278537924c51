"""The ledger as the pipeline meets it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.sovereignty.ledger.scenes import DONE, QuickDisk, abandon, intent, open_ledger, record_acts
from usina.core.errors import NotFoundError, OperatorError, UnavailableError
from usina.sovereignty.ledger import Ledger, LedgerLimits, Opened, Outcome, verify_folder
from usina.sovereignty.ledger.records import OUTCOME_BYTES
from usina.testing.clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    made = open_ledger(tmp_path)
    yield made
    await made.shutdown()


async def test_an_act_is_written_down_before_and_after(ledger: Ledger) -> None:
    opened = await ledger.open(intent(3))
    assert ledger.status.durable == 1
    assert ledger.status.open == 1
    await ledger.close(opened, DONE)
    before, after = await ledger.tail(after=0, most=10)
    assert before == {"seq": 1, "kind": "intent", **json.loads(msgspec.json.encode(intent(3)))}
    assert (after["seq"], after["kind"], after["intent"], after["status"]) == (2, "outcome", 1, "done")
    assert after["request_id"] == before["request_id"]
    assert opened.record_id == "1"


async def test_a_refusal_is_one_record_with_its_error(ledger: Ledger) -> None:
    await ledger.refuse(intent(3), "access-denied")
    (record,) = await ledger.tail(after=0, most=10)
    assert (record["kind"], record["error"], record["operation"]) == ("refusal", "access-denied", "Converse")
    assert ledger.status.open == 0


async def test_a_note_about_the_site_is_durable_when_it_returns(ledger: Ledger) -> None:
    assert await ledger.note("policy", {"digest": "ab"}) == 1
    assert ledger.status.durable == 1
    assert (await ledger.tail(after=0, most=1))[0]["digest"] == "ab"


async def test_an_act_closed_twice_has_one_outcome(ledger: Ledger) -> None:
    opened = await ledger.open(intent())
    await ledger.close(opened, DONE)
    await ledger.close(opened, DONE)
    await ledger.close(Opened(77, "never opened"), DONE)
    assert ledger.status.records == 2


async def test_a_caller_who_goes_away_while_waiting_leaves_a_broken_act(ledger: Ledger) -> None:
    waiting = asyncio.ensure_future(ledger.open(intent()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    records = await ledger.tail(after=0, most=10)
    assert [(record["kind"], record.get("status")) for record in records] == [("intent", None), ("outcome", "broken")]
    await record_acts(ledger, 1)


async def test_an_outcome_of_any_length_fits_its_reserved_room(ledger: Ledger) -> None:
    long = '\u2603"\\\n' * 5_000
    opened = await ledger.open(intent())
    await ledger.close(opened, Outcome(status="failed", error=long, model=long, stop_reason=long))
    record = (await ledger.tail(after=1, most=1))[0]
    assert len(json.dumps(record)) < OUTCOME_BYTES
    assert record["status"] == "failed"


async def test_an_intent_too_long_to_record_is_refused_and_nothing_is_lost(ledger: Ledger) -> None:
    huge = msgspec.structs.replace(intent(), resources=("x" * 70_000,))
    with pytest.raises(UnavailableError, match="too long"):
        await ledger.open(huge)
    await record_acts(ledger, 1)
    assert [record["seq"] for record in await ledger.tail(after=0, most=10)] == [1, 2]


async def test_the_tail_is_read_across_segments_from_either_end(ledger: Ledger, tmp_path: Path) -> None:
    await record_acts(ledger, 200)
    assert len(list((tmp_path / "ledger").glob("*.seg"))) > 1

    async def seqs(after: int, most: int) -> list[Any]:
        return [record["seq"] for record in await ledger.tail(after=after, most=most)]

    assert await seqs(0, 3) == [1, 2, 3]
    assert await seqs(-3, 10) == [398, 399, 400]
    assert await seqs(-1_000, 2) == [1, 2]
    assert await seqs(150, 1_000) == list(range(151, 401))
    assert await seqs(400, 5) == []
    assert await seqs(0, 0) == []
    assert await seqs(0, -5) == []


async def test_a_record_is_proved_by_number_and_by_request(ledger: Ledger) -> None:
    await record_acts(ledger, 3)
    by_number, by_request = await ledger.prove("3"), await ledger.prove(intent(1).request_id)
    assert by_number == by_request
    assert json.loads(by_number["record"])["request_id"] == intent(1).request_id
    assert by_number["tree_size"] == 6
    await record_acts(ledger, 1, first=3)
    assert (await ledger.prove("3"))["tree_size"] == 8
    for unknown in ("9", "0", "-1", "99999999999999999999999", intent(9).request_id, ""):
        with pytest.raises(NotFoundError):
            await ledger.prove(unknown)


async def test_a_ledger_damaged_under_a_running_factory_proves_nothing(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    await record_acts(ledger, 2)
    await ledger.head()
    (segment,) = (tmp_path / "ledger").glob("*.seg")
    data = segment.read_bytes()
    segment.write_bytes(data.replace(b"user/ada", b"user/eve"))
    with pytest.raises(NotFoundError):
        await ledger.prove("1")
    await ledger.shutdown()


async def test_the_head_covers_every_record_there_is(ledger: Ledger) -> None:
    empty = await ledger.head()
    assert empty["tree_size"] == 0
    await record_acts(ledger, 2)
    head = await ledger.head()
    assert head["tree_size"] == ledger.status.signed == 4
    assert head["checkpoint"].startswith("usina/usina\n4\n")


async def test_records_come_under_a_head_by_themselves(tmp_path: Path) -> None:
    ledger = Ledger.open_folder(
        tmp_path / "ledger",
        tmp_path / "keys" / "ledger.pem",
        VirtualClock(),
        limits=LedgerLimits(segment_bytes=65_536),
        disk=QuickDisk(),
    )
    await record_acts(ledger, 1)
    for _ in range(10):
        await asyncio.sleep(0)
    assert ledger.status.signed == 2
    await ledger.shutdown()


async def test_after_shutdown_all_is_signed_and_nothing_more_is_taken(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    await record_acts(ledger, 2)
    await ledger.shutdown()
    assert verify_folder(tmp_path / "ledger").signed == 4
    with pytest.raises(UnavailableError):
        await ledger.open(intent())


async def test_one_folder_has_one_writer(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="another process"):
        open_ledger(tmp_path)


async def test_a_ledger_is_not_continued_with_another_key(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    await ledger.shutdown()
    (tmp_path / "keys" / "ledger.pem").unlink()
    with pytest.raises(OperatorError, match="another key"):
        open_ledger(tmp_path)


async def test_a_ledger_goes_on_where_it_was_left(tmp_path: Path) -> None:
    for start in range(3):
        ledger = open_ledger(tmp_path)
        await record_acts(ledger, 60, first=start * 60)
        if start == 1:
            abandon(ledger)
        else:
            await ledger.shutdown()
    found = verify_folder(tmp_path / "ledger")
    assert found.ok
    assert found.records == 360


async def test_records_hold_what_happened_and_nothing_that_was_said(ledger: Ledger) -> None:
    fields = {*msgspec.structs.asdict(intent()), *msgspec.structs.asdict(DONE)}
    assert not fields & {"prompt", "messages", "body", "text", "content", "answer", "arguments"}
    assert {"request_sha256", "response_sha256", "input_tokens", "output_tokens"} <= fields


def test_a_folder_that_cannot_be_written_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("a file where the folder belongs")
    with pytest.raises(OperatorError, match="See to the disk"):
        open_ledger(tmp_path)
