"""A batch job from its input to its manifest; what it does when it is killed, stopped, late, or fed nonsense."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.batch.site import ACCOUNT, JOB, RECORD_BYTES, BatchSite, lines
from tests.engine.waiting import until
from usina.core.batch import Answered

if TYPE_CHECKING:
    from pathlib import Path

    from usina.engine.batch.loop import SiteBatches


@pytest.fixture
async def site(tmp_path: Path) -> BatchSite:
    site = BatchSite(tmp_path)
    await (await site.open()).stop()
    return site


async def test_every_record_has_its_line_in_order_and_the_manifest_counts_them(site: BatchSite) -> None:
    await site.put("in/a.jsonl", lines(30))
    seen = await site.run()
    assert (seen["status"], seen["message"]) == ("Completed", "")
    output = await site.output("a.jsonl.out")
    assert output == [
        {"recordId": f"r{n}", "modelInput": {"n": n}, "modelOutput": {"said": {"n": n}}} for n in range(30)
    ]
    counts = {"totalRecordCount": 30, "processedRecordCount": 30, "successRecordCount": 30, "errorRecordCount": 0}
    tokens = {"inputTokenCount": 90, "outputTokenCount": 60}
    assert await site.output("manifest.json.out") == [counts | tokens]
    assert seen["counts"] == {"total": 30, "success": 30, "error": 0, "input_tokens": 90, "output_tokens": 60}
    who = f"arn:aws:sts::{ACCOUNT}:assumed-role/batch/BedrockBatch"
    assert site.model.asked[0] == (who, "InvokeModel", "a.model", {"n": 0})
    assert 1 < site.model.most_at_once <= 8
    assert not site.kept()


async def test_a_folder_gives_a_file_for_each_of_its_jsonl_files(site: BatchSite) -> None:
    await site.put("in/a.jsonl", lines(2))
    await site.put("in/deep/b.jsonl", lines(1))
    await site.put("in/notes.txt", b"not a record")
    await site.put("in-other/c.jsonl", lines(1))
    seen = await site.run("s3://data/in", modelInvocationType="Converse")
    assert seen["status"] == "Completed"
    assert len(await site.output("a.jsonl.out")) == 2
    assert len(await site.output("deep/b.jsonl.out")) == 1
    assert {operation for _, operation, _, _ in site.model.asked} == {"Converse"}
    assert len(site.model.asked) == 3


async def test_a_record_that_is_refused_has_its_error_and_the_job_completes(site: BatchSite) -> None:
    await site.put("in/a.jsonl", b'{"modelInput": {"n": 1}}\n\n{"modelInput": {"n": 2}}')
    site.model.script = [Answered(400, b"", "ValidationException", "no messages")]
    assert (await site.run())["status"] == "Completed"
    first, second = await site.output("a.jsonl.out")
    assert first == {
        "recordId": "CALL0000001",
        "modelInput": {"n": 1},
        "error": {"errorCode": 400, "errorMessage": "ValidationException: no messages"},
    }
    assert second["recordId"] == "CALL0000002"
    (manifest,) = await site.output("manifest.json.out")
    assert (manifest["successRecordCount"], manifest["errorRecordCount"]) == (1, 1)


async def test_a_busy_model_is_asked_again_and_a_broken_one_a_few_times(site: BatchSite) -> None:
    await site.put("in/a.jsonl", lines(1))
    site.model.script = [Answered(429, b"", "ThrottlingException", "busy")] + [
        Answered(424, b"", "ModelErrorException", "broken")
    ] * 3
    site.clock = _Hurrying()  # type: ignore[assignment] # waits for no retry
    assert (await site.run())["status"] == "Completed"
    (line,) = await site.output("a.jsonl.out")
    assert line["error"]["errorCode"] == 424
    assert len(site.model.asked) == 4


async def test_what_left_the_site_and_may_have_been_billed_is_not_asked_again(site: BatchSite) -> None:
    await site.put("in/a.jsonl", lines(1))
    site.model.script = [Answered(424, b"", "ModelErrorException", "lost", final=True)]
    assert (await site.run())["status"] == "Completed"
    assert len(site.model.asked) == 1


class _Hurrying:
    """The time of this machine, but who sleeps less than a minute does not sleep."""

    def now(self) -> float:
        return 1_800_000_000.0

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        import asyncio

        await asyncio.sleep(0 if seconds < 60 else 3_600)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not json\n", "Line 1 of in/a.jsonl"),
        (lines(1) + b'{"recordId": "x"}\n', "Line 2 of in/a.jsonl"),
        (b'{"recordId": 7, "modelInput": {}}\n', "Line 1"),
        (b'{"modelInput": [1]}\n', "Line 1"),
        (b"\xff\xfe{}\n", "Line 1"),
        (b"[" * 5_000, "larger than 2000 bytes"),
        (b'{"modelInput": {"t": "' + b"x" * RECORD_BYTES + b'"}}\n', "larger than 2000 bytes"),
        (b"\n\n", "fewer records"),
        (b"", "fewer records"),
    ],
)
async def test_input_that_is_no_jsonl_of_records_fails_the_job_with_its_place(
    site: BatchSite, content: bytes, words: str
) -> None:
    await site.put("in/a.jsonl", content)
    seen = await site.run()
    assert seen["status"] == "Failed"
    assert words in seen["message"]
    assert not site.model.asked


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("s3://data/nothing", "There is no object"),
        ("s3://foreign/in", "does not exist, or the job may not use it"),
        ("s3://absent/in", "does not exist, or the job may not use it"),
    ],
)
async def test_an_input_that_is_not_there_or_not_the_accounts_fails_alike(
    site: BatchSite, source: str, words: str
) -> None:
    seen = await site.run(source)
    assert seen["status"] == "Failed"
    assert words in seen["message"]


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:ListBucket", "s3:PutObject"])
async def test_a_job_does_nothing_that_its_role_may_not(site: BatchSite, action: str) -> None:
    await site.put("in/a.jsonl", lines(1))
    site.iam.forbidden = {action}
    seen = await site.run("s3://data/in/")
    assert seen["status"] == "Failed"
    assert f"not authorized to perform: {action}" in seen["message"]
    assert not site.model.asked


async def test_a_role_that_may_not_ask_the_model_fails_the_job_and_keeps_what_was_answered(site: BatchSite) -> None:
    await site.put("in/a.jsonl", lines(30))
    site.model.script = [Answered(200, b"{}")] * 9 + [Answered(403, b"", "AccessDeniedException", "no")]
    seen = await site.run()
    assert (seen["status"], seen["message"]) == ("Failed", "AccessDeniedException: no")
    assert [line["recordId"] for line in await site.output("a.jsonl.out")] == [f"r{n}" for n in range(9)]


@pytest.mark.parametrize("moment", [0, 1, 13, 29])
async def test_a_killed_factory_goes_on_without_a_record_lost_or_asked_twice_that_was_kept(
    site: BatchSite, moment: int
) -> None:
    await site.put("in/a.jsonl", lines(30))
    site.model.hold_after = moment
    batches = await site.open()
    await site.create()
    batches.changed(ACCOUNT, JOB)
    await until(lambda: len(site.model.asked) > moment)
    await batches.stop()
    results = site.folder / ACCOUNT / JOB / "0.results"
    kept = len(results.read_bytes().splitlines())
    with results.open("ab") as file:
        file.write(b"1 3 2 {cut off by the ki")
    site.model.hold_after = 1_000_000
    again, site.model.asked = len(site.model.asked), []
    batches = await site.open()
    assert (await site.ended())["status"] == "Completed"
    await batches.stop()
    assert again >= kept
    assert [body["n"] for _, _, _, body in site.model.asked] == list(range(kept, 30))
    assert [line["recordId"] for line in await site.output("a.jsonl.out")] == [f"r{n}" for n in range(30)]
    assert (await site.output("manifest.json.out"))[0]["inputTokenCount"] == 90


async def test_input_that_was_changed_under_way_is_not_mixed_with_the_old(site: BatchSite) -> None:
    batches = await _held(site, after=3)
    await batches.stop()
    await site.put("in/a.jsonl", lines(31))
    batches = await site.open()
    seen = await site.ended()
    await batches.stop()
    assert seen["status"] == "Failed"
    assert "was changed or removed" in seen["message"]


async def test_a_stopped_job_delivers_what_it_has(site: BatchSite) -> None:
    batches = await _held(site, after=12)
    await site.want_stop()
    batches.changed(ACCOUNT, JOB)
    seen = await site.ended()
    await batches.stop()
    assert seen["status"] == "Stopped"
    output = await site.output("a.jsonl.out")
    assert [line["recordId"] for line in output] == [f"r{n}" for n in range(len(output))]
    assert 4 < len(output) <= 12
    assert (await site.output("manifest.json.out"))[0]["totalRecordCount"] == 30


async def test_a_job_whose_time_is_over_is_partially_completed_or_expired(site: BatchSite) -> None:
    await site.put("in/a.jsonl", lines(30))
    day = 86_400
    assert (await site.run(created=site.clock.now() - day - 1))["status"] == "Expired"
    await site.records.delete("invocation-job", ACCOUNT, JOB)
    batches = await _held(site, after=12, created=site.clock.now() - day + 1)
    seen = await site.ended()
    await batches.stop()
    assert seen["status"] == "PartiallyCompleted"
    assert len(await site.output("a.jsonl.out")) > 4


async def test_a_job_that_is_stopped_before_it_begins_asks_nothing(site: BatchSite) -> None:
    await site.put("in/a.jsonl", lines(30))
    await site.create()
    await site.want_stop()
    batches = await site.open()
    assert (await site.ended())["status"] == "Stopped"
    await batches.stop()
    assert not site.model.asked


async def test_a_bug_in_the_way_fails_the_job_without_telling_what_it_choked_on(
    site: BatchSite, caplog: pytest.LogCaptureFixture
) -> None:
    await site.put("in/a.jsonl", lines(1))

    async def broken(*_: Any) -> Answered:
        raise ZeroDivisionError("secret")

    site.model = broken  # type: ignore[assignment] # a bug
    seen = await site.run()
    assert seen["status"] == "Failed"
    assert "secret" not in json.dumps(seen)
    assert "ended by a bug" in caplog.text


async def _held(site: BatchSite, after: int, created: float | None = None) -> SiteBatches:
    """A job of thirty records that gets no answer after some."""
    await site.put("in/a.jsonl", lines(30))
    site.model.hold_after = after
    batches = await site.open()
    await site.create(created=created)
    batches.changed(ACCOUNT, JOB)
    await until(lambda: len(site.model.asked) > after)
    return batches
