"""SageMaker's container contract, as pure functions: what a program finds in /opt/ml and in its environment.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html for the
files, the README of the toolkit `sagemaker-training` for the SM_* variables and for script mode. Script mode happens
here and not inside: a program is what starts, with no toolkit before it.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import UsinaError
from usina.core.tuning import OBJECTIVE_PARAMETER
from usina.engine.jobs.shims import BIN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.jobs import InstanceType
    from usina.engine.images import Image
    from usina.engine.sandbox import Mount

ML: Final = "/opt/ml"
HOST: Final = "algo-1"
CODE: Final = f"{ML}/code"
_CONFIG = f"{ML}/input/config"
_PROGRAM = "sagemaker_program"
_SUBMITTED = "sagemaker_submit_directory"
_FRAMEWORK = "sagemaker_"
_NETWORK = "lo"
_TRAIN = "train"  # what SageMaker starts an image with
_NO_VARIABLE = frozenset({"channel_input_dirs", "hyperparameters", "is_master", "job_name", "master_hostname"})
_SHELL_SUFFIX = ".sh"


class JobError(UsinaError):
    """The job cannot go on; the message is its FailureReason, in SageMaker's words: who is at fault comes first."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job runs."""

    arn: str
    region: str
    instance: InstanceType
    python: str  # path of the interpreter inside
    image: Image | None = None  # the image it is in


@dataclass(frozen=True, slots=True)
class Program:
    """What starts inside."""

    argv: tuple[str, ...]
    workdir: str
    environment: Mapping[str, str]
    mounts: tuple[Mount, ...] = ()  # beside the job's folders

    def __str__(self) -> str:
        """As one would type it."""
        return shlex.join(self.argv)


def submitted(request: Mapping[str, Any]) -> str:
    """Where the script's archive is (s3:// or a path inside); empty where the job is not in script mode."""
    return _decoded_text(request.get("HyperParameters", {}).get(_SUBMITTED, ""))


def entry_point(request: Mapping[str, Any]) -> str:
    """The script of script mode; empty where the job is not in script mode."""
    return _decoded_text(request.get("HyperParameters", {}).get(_PROGRAM, ""))


def channels(request: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The input channels."""
    return list(request.get("InputDataConfig", ()))


def config_files(request: Mapping[str, Any], place: Place) -> dict[str, str]:
    """The files of /opt/ml/input/config: name -> JSON."""
    documents = {
        "hyperparameters.json": dict(request.get("HyperParameters", {})),
        "inputdataconfig.json": {each["ChannelName"]: _channel(request, each) for each in channels(request)},
        "resourceconfig.json": _resources(place),
    }
    return {name: json.dumps(document) for name, document in documents.items()}


def program(request: Mapping[str, Any], place: Place) -> Program:
    """What starts, where, and with which environment.

    Raises: JobError where the job says no program.
    """
    algorithm = request["AlgorithmSpecification"]
    environment = variables(request, place)
    environment.update(request.get("Environment", {}))
    arguments = tuple(algorithm.get("ContainerArguments", ()))
    if algorithm.get("ContainerEntrypoint"):
        return Program((*algorithm["ContainerEntrypoint"], *arguments), workdir_of(place), environment)
    if place.image is not None and place.image.root is not None:
        return Program((*place.image.entrypoint, *(arguments or (_TRAIN,))), workdir_of(place), environment)
    script = entry_point(request)
    if not script and place.image is not None and place.image.command:
        return Program(place.image.command, ML, environment)
    if not script:
        raise JobError(
            "ClientError: The image has no program of its own. Give AlgorithmSpecification.ContainerEntrypoint, or the "
            "hyperparameters sagemaker_program and sagemaker_submit_directory."
        )
    path = PurePosixPath(script)
    if path.is_absolute() or ".." in path.parts:
        raise JobError(f"ClientError: sagemaker_program {script!r} must be a path within the source directory.")
    given = tuple(_arguments(_user_parameters(request)))
    if path.suffix == _SHELL_SUFFIX:
        return Program(("/bin/sh", script, *given), CODE, environment)
    if path.suffix == ".py":
        return Program((place.python, script, *given), CODE, environment)
    return Program((place.python, "-m", script, *given), CODE, environment)


def workdir_of(place: Place) -> str:
    """Where a program starts that is no script of ours: in an image of the site's own, where that says."""
    if place.image is None or place.image.root is None:
        return ML
    return place.image.workdir or "/"


def base_variables(place: Place) -> dict[str, str]:
    """The environment that the programs of all kinds get. In an image of the site's own the image says the PATH."""
    path = f"{BIN}:{PurePosixPath(place.python).parent}:/usr/local/bin:/usr/bin:/bin"
    own = place.image is not None and place.image.root is not None
    return {
        "AWS_REGION": place.region,
        "AWS_DEFAULT_REGION": place.region,
        "HOME": "/tmp",  # noqa: S108 - inside
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": str(place.instance.cores),
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": "/tmp",  # noqa: S108 - inside
    } | ({} if own else {"PATH": path})


def variables(request: Mapping[str, Any], place: Place) -> dict[str, str]:
    """The environment that a training program gets."""
    parameters = _user_parameters(request)
    names = sorted(each["ChannelName"] for each in channels(request))
    script = entry_point(request)
    inputs = {each["ChannelName"]: _channel(request, each) for each in channels(request)}
    resources = _resources(place)
    training = {
        "channel_input_dirs": {name: f"{ML}/input/data/{name}" for name in names},
        "current_host": HOST,
        "current_instance_type": place.instance.name,
        "framework_module": None,
        "hosts": [HOST],
        "hyperparameters": parameters,
        "input_config_dir": _CONFIG,
        "input_data_config": inputs,
        "input_dir": f"{ML}/input",
        "is_master": True,
        "job_name": request["TrainingJobName"],
        "log_level": 20,
        "master_hostname": HOST,
        "model_dir": f"{ML}/model",
        "module_dir": submitted(request),
        "module_name": script.removesuffix(".py"),
        "network_interface_name": _NETWORK,
        "num_cpus": place.instance.cores,
        "num_gpus": place.instance.accelerators,
        "output_data_dir": f"{ML}/output/data",
        "output_dir": f"{ML}/output",
        "resource_config": resources,
        "user_entry_point": script,
    }
    environment = {
        **base_variables(place),
        "PYTHONPATH": ":".join(part for part in (CODE, _python_path(place)) if part),
        "SM_CHANNELS": json.dumps(names),
        "SM_HPS": json.dumps(parameters),
        "SM_TRAINING_ENV": json.dumps(training),
        "SM_USER_ARGS": json.dumps(list(_arguments(parameters))),
        "TRAINING_JOB_ARN": place.arn,
        "TRAINING_JOB_NAME": request["TrainingJobName"],
    }
    environment |= {f"SM_{name.upper()}": _text(value) for name, value in training.items() if name not in _NO_VARIABLE}
    environment |= {f"SM_CHANNEL_{name.upper()}": f"{ML}/input/data/{name}" for name in names}
    environment |= {f"SM_HP_{name.upper()}": _text(value) for name, value in parameters.items()}
    return environment


def _python_path(place: Place) -> str:
    return "" if place.image is None else place.image.environment.get("PYTHONPATH", "")


def _resources(place: Place) -> dict[str, Any]:
    group = {"instance_group_name": "homogeneousCluster", "instance_type": place.instance.name, "hosts": [HOST]}
    return {
        "current_host": HOST,
        "current_instance_type": place.instance.name,
        "current_group_name": "homogeneousCluster",
        "hosts": [HOST],
        "instance_groups": [group],
        "network_interface_name": _NETWORK,
    }


def _channel(request: Mapping[str, Any], channel: Mapping[str, Any]) -> dict[str, str]:
    mode = channel.get("InputMode") or request["AlgorithmSpecification"]["TrainingInputMode"]
    shown = {
        "TrainingInputMode": mode,
        "S3DistributionType": channel["DataSource"]
        .get("S3DataSource", {})
        .get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    if channel.get("ContentType"):
        shown["ContentType"] = channel["ContentType"]
    return shown


def _user_parameters(request: Mapping[str, Any]) -> dict[str, Any]:
    """Hyperparameters for the script: each decoded where it is JSON, the framework's own left out."""
    given = request.get("HyperParameters", {})
    return {name: _decoded(value) for name, value in sorted(given.items()) if not _is_framework(name)}


def _is_framework(name: str) -> bool:
    """Whether the training toolkit keeps a hyperparameter from the script."""
    return name.startswith(_FRAMEWORK) or name == OBJECTIVE_PARAMETER


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _decoded_text(text: str) -> str:
    value = _decoded(text)
    return value if isinstance(value, str) else text


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)


def _arguments(parameters: Mapping[str, Any]) -> list[str]:
    given = []
    for name, value in parameters.items():
        given += [f"-{name}" if len(name) == 1 else f"--{name}", value if isinstance(value, str) else str(value)]
    return given
