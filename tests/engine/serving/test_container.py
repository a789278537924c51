"""What a container's definition comes to: script, workers, environment, artifacts."""

from __future__ import annotations

import pytest

from usina.core.jobs import InstanceType
from usina.engine.jobs.container import JobError
from usina.engine.serving import container as contract

INSTANCE = InstanceType("ml.m5.xlarge", 4, 1_000_000_000)


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ({}, "/opt/ml/model/code/inference.py"),
        ({"SAGEMAKER_PROGRAM": "serve/mine.py"}, "/opt/ml/model/code/serve/mine.py"),
        ({"SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}, "/opt/ml/model/code/inference.py"),
        ({"SAGEMAKER_SUBMIT_DIRECTORY": "file:///opt/ml/model/code"}, "/opt/ml/model/code/inference.py"),
        ({"SAGEMAKER_SUBMIT_DIRECTORY": "s3://b/source.tar.gz"}, "/opt/ml/code/inference.py"),
    ],
)
def test_the_script_is_where_the_sdk_puts_it(environment: dict[str, str], path: str) -> None:
    assert contract.script({"Environment": environment}) == path


@pytest.mark.parametrize(
    "environment",
    [
        {"SAGEMAKER_PROGRAM": "../x.py"},
        {"SAGEMAKER_PROGRAM": "/etc/x.py"},
        {"SAGEMAKER_SUBMIT_DIRECTORY": "/usr/lib"},
        {"SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/../../usr"},
    ],
)
def test_a_script_outside_its_folder_is_refused(environment: dict[str, str]) -> None:
    with pytest.raises(JobError, match="SAGEMAKER_PROGRAM"):
        contract.script({"Environment": environment})


def test_there_are_as_many_workers_as_cores_unless_told_otherwise() -> None:
    assert contract.workers({}, INSTANCE) == 4
    assert contract.workers({"Environment": {"SAGEMAKER_MODEL_SERVER_WORKERS": "2"}}, INSTANCE) == 2
    for wrong in ("0", "many", "1000", "-1"):
        with pytest.raises(JobError, match="WORKERS"):
            contract.workers({"Environment": {"SAGEMAKER_MODEL_SERVER_WORKERS": wrong}}, INSTANCE)


def test_the_containers_own_environment_comes_last() -> None:
    made = contract.variables({"Environment": {"LANG": "de", "MINE": "1"}}, INSTANCE, "/usr/bin/python3", "us-east-1")
    assert (made["LANG"], made["MINE"], made["SAGEMAKER_BIND_TO_PORT"]) == ("de", "1", "8080")
    assert made["OMP_NUM_THREADS"] == "1"


def test_artifacts_are_an_archive_or_a_prefix() -> None:
    assert contract.artifacts({}) == contract.Source()
    assert contract.artifacts({"ModelDataUrl": "s3://b/k"}) == contract.Source("s3://b/k", archive=True)
    for compression, archive in (("None", False), ("Gzip", True)):
        given = {"S3DataSource": {"S3Uri": "s3://b/p/", "S3DataType": "S3Prefix", "CompressionType": compression}}
        assert contract.artifacts({"ModelDataSource": given}) == contract.Source("s3://b/p/", archive=archive)
