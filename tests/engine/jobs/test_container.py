"""The container contract as text: what a program is told of its job."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.jobs.site import INSTANCE, request
from usina.engine.jobs.container import JobError, Place, config_files, program

PLACE = Place("arn:aws:sagemaker:us-east-1:111122223333:training-job/job", "us-east-1", INSTANCE, "/opt/py/bin/python3")
CHANNEL = {
    "ChannelName": "train",
    "ContentType": "text/csv",
    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/points/"}},
}
PARAMETERS = {
    "epochs": "3",
    "name": '"adam"',
    "plain": "text",
    "x": "true",
    "sagemaker_program": '"train.py"',
    "sagemaker_submit_directory": '"s3://data/source.tar.gz"',
    "sagemaker_container_log_level": "20",
}


def asked(**changes: Any) -> dict[str, Any]:
    return request("job", **{"HyperParameters": PARAMETERS, "InputDataConfig": [CHANNEL], **changes})


def test_a_script_gets_its_parameters_as_arguments_and_as_variables() -> None:
    started = program(asked(), PLACE)
    assert started.argv == (
        "/opt/py/bin/python3",
        "train.py",
        "--epochs",
        "3",
        "--name",
        "adam",
        "--plain",
        "text",
        "-x",
        "True",
    )
    assert started.workdir == "/opt/ml/code"
    told = started.environment
    assert (told["SM_HP_EPOCHS"], told["SM_HP_NAME"], told["SM_NUM_CPUS"]) == ("3", "adam", "1")
    assert json.loads(told["SM_HPS"]) == {"epochs": 3, "name": "adam", "plain": "text", "x": True}
    assert (told["SM_CHANNEL_TRAIN"], told["SM_MODEL_DIR"]) == ("/opt/ml/input/data/train", "/opt/ml/model")
    assert json.loads(told["SM_CHANNELS"]) == ["train"]
    assert told["SM_USER_ENTRY_POINT"] == "train.py"
    assert told["TRAINING_JOB_NAME"] == "job"
    assert json.loads(told["SM_TRAINING_ENV"])["hosts"] == ["algo-1"]


def test_an_entry_point_and_its_arguments_win_over_script_mode() -> None:
    algorithm = {
        "TrainingImage": "usina/python",
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["/bin/bash"],
        "ContainerArguments": ["-c", "true"],
    }
    assert program(asked(AlgorithmSpecification=algorithm), PLACE).argv == ("/bin/bash", "-c", "true")


def test_a_shell_script_and_a_module_start_by_their_own_means() -> None:
    for script, argv in (("run.sh", ("/bin/sh", "run.sh")), ("package", ("/opt/py/bin/python3", "-m", "package"))):
        assert program(asked(HyperParameters={"sagemaker_program": script}), PLACE).argv == argv


@pytest.mark.parametrize("script", ["../train.py", "/train.py", ""])
def test_a_script_outside_the_source_is_refused(script: str) -> None:
    with pytest.raises(JobError, match="ClientError"):
        program(asked(HyperParameters={"sagemaker_program": script}), PLACE)


def test_the_jobs_own_variables_are_set_last() -> None:
    told = program(asked(Environment={"SM_LOG_LEVEL": "10", "MINE": "1"}), PLACE).environment
    assert (told["SM_LOG_LEVEL"], told["MINE"]) == ("10", "1")


def test_the_configuration_files_say_what_the_request_said() -> None:
    files = {name: json.loads(text) for name, text in config_files(asked(), PLACE).items()}
    assert files["hyperparameters.json"] == PARAMETERS
    assert files["inputdataconfig.json"]["train"] == {
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
        "ContentType": "text/csv",
    }
    assert files["resourceconfig.json"]["current_host"] == "algo-1"
