"""Evidence as an auditor has it: exported beside a running factory, judged elsewhere with a key and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import boto3

from tests.journeys.running import USINA, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.journeys.running import Factory

ALL_TIME = ("--from", "2020-01-01", "--to", "2100-01-01")


def test_evidence_is_judged_without_the_factory_and_a_changed_byte_is_named(
    factory: Factory, kit: dict[str, str], run_usina: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    request = boto3.client("sts").get_caller_identity()["ResponseMetadata"]["RequestId"]
    file, key = tmp_path / "evidence.tar", tmp_path / "public.pem"
    key.write_bytes((factory.home / "ledger" / "public.pem").read_bytes())
    heads = tmp_path / "kept-heads"
    heads.write_bytes((factory.home / "ledger" / "heads.log").read_bytes())

    def covers() -> bool:
        file.unlink(missing_ok=True)
        made = run_usina(factory, "evidence", "export", *ALL_TIME, "--out", str(file))
        assert made.returncode == 0, made.stderr
        return request.encode() in file.read_bytes()

    wait_until(covers, 120, "a head is signed over the request")

    def judged(*options: str) -> subprocess.CompletedProcess[str]:
        """By an auditor: no home, no network needed, no variable of the factory's."""
        command = [str(USINA), "evidence", "verify", str(file), "--key", str(key), *options]
        environment = {"HOME": str(tmp_path), "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    whole = judged("--json", "--heads", str(heads))
    assert whole.returncode == 0, whole.stderr
    told = json.loads(whole.stdout)
    assert told["ok"]
    assert told["kept"] >= 1
    assert told["kinds"]["intent"] >= 1
    data = bytearray(file.read_bytes())
    at = data.index(request.encode())
    data[at] ^= 1
    file.write_bytes(data)
    spoilt = judged()
    assert spoilt.returncode == 1
    assert str(at) in spoilt.stdout


def test_cloudtrail_answers_from_the_ledger(factory: Factory, kit: dict[str, str]) -> None:
    s3, cloudtrail = boto3.client("s3"), boto3.client("cloudtrail")
    request = s3.create_bucket(Bucket="seen-by-cloudtrail")["ResponseMetadata"]["RequestId"]
    named = [{"AttributeKey": "ResourceName", "AttributeValue": "arn:aws:s3:::seen-by-cloudtrail"}]
    (event,) = cloudtrail.lookup_events(LookupAttributes=named)["Events"]
    assert (event["EventId"], event["EventName"], event["ReadOnly"]) == (request, "CreateBucket", "false")
    record = json.loads(event["CloudTrailEvent"])
    assert record["userIdentity"]["userName"] == "administrator"
    assert "errorCode" not in record


def test_evidence_holds_no_secret_of_the_site(
    factory: Factory, run_usina: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    file = tmp_path / "evidence.tar"
    assert run_usina(factory, "evidence", "export", *ALL_TIME, "--out", str(file)).returncode == 0
    data = file.read_bytes()
    credentials = (factory.home / "client" / "credentials").read_text()
    secret = next(line.partition("=")[2].strip() for line in credentials.splitlines() if "secret" in line)
    assert secret.encode() not in data
    for name in ("site.key", "ledger.key"):
        assert (factory.home / "keys" / name).read_bytes() not in data
    assert (
        run_usina(factory, "evidence", "export", *ALL_TIME, "--out", str(file)).returncode == 1
    )  # it is there already
    assert run_usina(factory, "evidence", "export", "--from", "yesterday", "--to", "2100-01-01").returncode == 2
