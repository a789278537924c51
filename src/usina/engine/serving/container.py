"""A model's container as pure functions: what is brought for it, what it finds inside, and what starts.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html for the paths, the port and
`serve`; the README of `sagemaker-inference-toolkit` for SAGEMAKER_PROGRAM, SAGEMAKER_SUBMIT_DIRECTORY and the workers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from usina.engine.jobs.container import JobError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.jobs import InstanceType

ML: Final = "/opt/ml"
MODEL: Final = f"{ML}/model"
CODE: Final = f"{ML}/code"
PROGRAM: Final = "/usina/model-server"
SOCKETS: Final = "/usina/serving"
SOCKET: Final = "model.sock"
PORT: Final = 8080
SERVE: Final = "serve"  # the argument with which SageMaker starts an image that serves
# The folder of our program is a package under whatever name it has there.
BOOT: Final = (
    "import importlib, os, sys; path = sys.argv[1]; sys.path.append(os.path.dirname(path)); "
    "importlib.import_module(os.path.basename(path) + '.server').main(*sys.argv[2:])"
)
_SCRIPT = "inference.py"
_MOST_WORKERS = 64


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model's artifacts are: one archive, or all that is under a prefix; nothing where `uri` is empty."""

    uri: str = ""
    archive: bool = True


def artifacts(container: Mapping[str, Any]) -> Source:
    """What is brought into /opt/ml/model."""
    given = container.get("ModelDataSource", {}).get("S3DataSource")
    if given is None:
        return Source(container.get("ModelDataUrl") or "")
    return Source(given["S3Uri"], given["CompressionType"] == "Gzip")


def source_archive(container: Mapping[str, Any]) -> str:
    """Address of the script's own archive; empty where the script came with the model."""
    submitted = str(container.get("Environment", {}).get("SAGEMAKER_SUBMIT_DIRECTORY", ""))
    return submitted if submitted.startswith("s3://") else ""


def script(container: Mapping[str, Any]) -> str:
    """The script that our model server runs, by its path inside.

    Raises: JobError where it would lie outside its folder.
    """
    environment = container.get("Environment", {})
    name = PurePosixPath(environment.get("SAGEMAKER_PROGRAM") or _SCRIPT)
    folder = str(environment.get("SAGEMAKER_SUBMIT_DIRECTORY") or f"{MODEL}/code").removeprefix("file://")
    if folder.startswith("s3://"):
        folder = CODE
    place = PurePosixPath(folder)
    if name.is_absolute() or ".." in name.parts or ".." in place.parts or not place.is_relative_to(ML):
        raise JobError(
            "ClientError: SAGEMAKER_PROGRAM must be a path within SAGEMAKER_SUBMIT_DIRECTORY, and that must be s3:// "
            f"or in {ML}."
        )
    return str(place / name)


def workers(container: Mapping[str, Any], instance: InstanceType) -> int:
    """How many processes serve, in our own model server: as many as there are cores unless it says otherwise.

    Raises: JobError where it says no number.
    """
    given = str(container.get("Environment", {}).get("SAGEMAKER_MODEL_SERVER_WORKERS") or instance.cores)
    if not given.isdecimal() or not 1 <= int(given) <= _MOST_WORKERS:
        raise JobError(f"ClientError: SAGEMAKER_MODEL_SERVER_WORKERS must be a number from 1 to {_MOST_WORKERS}.")
    return int(given)


def variables(container: Mapping[str, Any], instance: InstanceType, python: str, region: str) -> dict[str, str]:
    """The environment of the program; what the container says of its own comes last."""
    environment = {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "HOME": "/tmp",  # noqa: S108 - inside
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": str(max(1, instance.cores // workers(container, instance))),
        "PATH": f"{PurePosixPath(python).parent}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONUNBUFFERED": "1",
        "SAGEMAKER_BIND_TO_PORT": str(PORT),
        "SAGEMAKER_MODEL_SERVER_WORKERS": str(workers(container, instance)),
        "SM_MODEL_DIR": MODEL,
        "SM_NUM_CPUS": str(instance.cores),
        "SM_NUM_GPUS": str(instance.accelerators),
        "TMPDIR": "/tmp",  # noqa: S108 - inside
    }
    return environment | given(container)


def given(container: Mapping[str, Any]) -> dict[str, str]:
    """The environment that a container says itself."""
    return {str(name): str(value) for name, value in container.get("Environment", {}).items()}


def our_program(container: Mapping[str, Any], instance: InstanceType, python: str) -> tuple[str, ...]:
    """What starts in a built-in image: our model server around the user's script. Raises: JobError."""
    arguments = (f"{SOCKETS}/{SOCKET}", MODEL, script(container), str(workers(container, instance)))
    return (python, "-u", "-c", BOOT, PROGRAM, *arguments)
