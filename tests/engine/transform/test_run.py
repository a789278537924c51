"""Transform jobs from their creation to their last object, with real model servers."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from tests.engine.jobs.site import ACCOUNT
from tests.engine.serving.site import DOUBLES
from tests.engine.waiting import until
from usina.core.jobs import TRANSFORM_JOB

if TYPE_CHECKING:
    from tests.engine.transform.conftest import TransformSite

COUNTS = """
import json, os
def model_fn(model_dir):
    return None
def transform_fn(model, body, content_type, accept):
    body = body.decode() if isinstance(body, (bytes, bytearray)) else body
    lines = body.splitlines()
    print("asked", len(lines))
    if "bad" in body:
        raise ValueError("a record is wrong")
    if "end" in body:
        os._exit(3)
    batch = os.environ["SAGEMAKER_BATCH"] + os.environ["MINE"]
    return "\\n".join(f"{len(line)}{batch}" for line in lines), accept
"""
WAITS = """
import os, time
def model_fn(model_dir):
    return None
def transform_fn(model, body, content_type, accept):
    print("asked", body)
    while "wait" in str(body) and not os.path.exists("/opt/ml/go"):
        time.sleep(0.02)
    return "done", accept
"""


def lines_in(site: TransformSite, text: str) -> int:
    return sum(text in line for line in site.logs.text("job"))


async def test_every_object_is_transformed_and_its_answers_stand_where_its_records_did(site: TransformSite) -> None:
    await site.archive("model.tar.gz", DOUBLES)
    await site.put("in/a.csv", b"1,2\n3,4\n")
    await site.put("in/deep/b.csv", b"5,6")
    await site.put("in/empty.csv", b"")
    jobs = await site.open()
    await site.transform(jobs)
    seen = await site.over()
    assert (seen["status"], seen["failure"]) == ("Completed", "")
    assert await site.read("out/a.csv.out") == b"2,4\n6,8\n"
    assert await site.read("out/deep/b.csv.out") == b"10,12\n"
    assert await site.read("out/empty.csv.out") == b""
    entry = await site.store.objects.find("data", "out/a.csv.out")
    assert entry is not None
    assert entry.facts["headers"] == {"ContentType": "text/csv"}
    assert [step[0] for step in seen["transitions"]] == ["Starting", "Downloading", "Training", "Completed"]
    await until(lambda: not list((site.folder / "endpoints").glob("*/*")))
    await jobs.stop()


async def test_records_lose_columns_before_the_model_and_are_joined_with_its_answers(site: TransformSite) -> None:
    await site.archive("model.tar.gz", DOUBLES)
    await site.put("in/a.csv.gz", gzip.compress(b"first,1,2\nsecond,3,4\n"))
    jobs = await site.open()
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/in/a.csv.gz"}}
    await site.transform(
        jobs,
        TransformInput={
            "DataSource": source,
            "ContentType": "text/csv",
            "SplitType": "Line",
            "CompressionType": "Gzip",
        },
        DataProcessing={"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,3:]"},
    )
    assert (await site.over())["failure"] == ""
    assert await site.read("out/a.csv.gz.out") == b"first,2,4\nsecond,6,8\n"
    await jobs.stop()


@pytest.mark.parametrize(("strategy", "asked"), [("MultiRecord", 1), ("SingleRecord", 3)])
async def test_a_record_that_fails_costs_its_object_its_output_and_no_other(
    site: TransformSite, strategy: str, asked: int
) -> None:
    await site.archive("model.tar.gz", COUNTS)
    await site.put("in/a.txt", b"one\ntwo\nbad")
    await site.put("in/b.txt", b"one\nthree\nfive")
    jobs = await site.open()
    client = {"InvocationsMaxRetries": 0}
    await site.transform(jobs, BatchStrategy=strategy, Environment={"MINE": "!"}, ModelClientConfig=client)
    seen = await site.over()
    assert seen["failure"] == (
        "AlgorithmError: 1 of 2 objects could not be transformed; the first of them: s3://data/in/a.txt: the model "
        "answered with status 500"
    )
    assert await site.keys("out/") == ["out/b.txt.out"]
    assert await site.read("out/b.txt.out") == b"3true!\n5true!\n4true!\n"
    assert lines_in(site, "asked") == 2 * asked
    assert lines_in(site, "s3://data/in/a.txt could not be transformed") == 1
    await jobs.stop()


async def test_a_server_that_ends_fails_the_job_with_the_reason(site: TransformSite) -> None:
    await site.archive("model.tar.gz", COUNTS)
    await site.put("in/a.txt", b"end")
    jobs = await site.open()
    await site.transform(jobs, Environment={"MINE": ""}, ModelClientConfig={"InvocationsMaxRetries": 3})
    assert "The model server ended" in (await site.over())["failure"]
    await site.archive("model.tar.gz", "raise RuntimeError('this script is broken')")
    await site.transform(jobs, "broken")
    assert "this script is broken" in (await site.over("broken"))["failure"]
    await site.put("model.tar.gz", b"no archive")
    await site.transform(jobs, "damaged")
    assert "damaged or is no tar file" in (await site.over("damaged"))["failure"]
    await jobs.stop()


async def test_a_job_goes_on_with_what_has_no_output_when_the_factory_starts_again(site: TransformSite) -> None:
    await site.archive("model.tar.gz", WAITS)
    await site.put("in/1", b"quick")
    await site.put("in/2", b"wait")
    await site.put("out/2.out", b"of an earlier job")
    jobs = await site.open()
    await site.transform(jobs)
    await until(lambda: lines_in(site, "asked") == 2)
    await jobs.stop()
    scratch = next((site.folder / "endpoints").glob("*/transform+job")) / "scratch"
    (scratch / "go").write_text("")
    again = await site.open()
    seen = await site.over()
    assert (seen["status"], seen["failure"]) == ("Completed", "")
    assert await site.read("out/2.out") == b"done\n"
    assert lines_in(site, "quick") == 1
    assert [step[0] for step in seen["transitions"]].count("Starting") == 1
    await again.stop()


async def test_a_stopped_job_keeps_the_outputs_that_are_complete(site: TransformSite) -> None:
    await site.archive("model.tar.gz", WAITS)
    await site.put("in/1", b"quick")
    await site.put("in/2", b"wait")
    jobs = await site.open()
    await site.transform(jobs)
    await until(lambda: lines_in(site, "asked") == 2)
    await site.want_transform_stop(jobs)
    seen = await site.over()
    assert (seen["status"], seen["failure"]) == ("Stopped", "")
    assert await site.keys("out/") == ["out/1.out"]
    await jobs.stop()


async def test_a_job_may_do_with_objects_what_its_models_role_may(site: TransformSite) -> None:
    await site.archive("model.tar.gz", DOUBLES)
    await site.put("in/a.csv", b"1")
    jobs = await site.open()
    for number, (action, name) in enumerate(
        [("s3:PutObject", ""), ("s3:ListBucket", ""), ("s3:GetObject", " arn:aws:s3:::data/in/a.csv")]
    ):
        site.iam.forbidden = {f"{action}{name}"}
        await site.transform(jobs, f"job-{number}")
        assert f"is not authorized to perform: {action}" in (await site.over(f"job-{number}"))["failure"]
    assert await site.keys("out/") == []
    await jobs.stop()


async def test_a_job_whose_row_is_gone_leaves_no_server(site: TransformSite) -> None:
    await site.archive("model.tar.gz", WAITS)
    await site.put("in/2", b"wait")
    jobs = await site.open()
    await site.transform(jobs)
    await until(lambda: lines_in(site, "asked") == 1)
    await site.records.delete(TRANSFORM_JOB, ACCOUNT, "job")
    scratch = next((site.folder / "endpoints").glob("*/transform+job")) / "scratch"
    (scratch / "go").write_text("")
    await until(lambda: not list((site.folder / "endpoints").glob("*/*")))
    await jobs.stop()
