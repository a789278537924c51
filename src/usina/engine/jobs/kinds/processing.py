"""Processing jobs: a program over inputs that are brought to any folder of /opt/ml/processing, and outputs from there.

Files: https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from usina.core.jobs import PROCESSING_JOB, PROCESSING_LOG_GROUP
from usina.engine.jobs.archives import read_start
from usina.engine.jobs.artifacts import bound_failure_of
from usina.engine.jobs.container import HOST, ML, JobError, Program, base_variables, workdir_of
from usina.engine.jobs.folders import Share
from usina.engine.jobs.kinds import Send, Stored, Words
from usina.engine.jobs.order import GIBIBYTE, RUNTIME_SECONDS, VOLUME_GB, Order
from usina.engine.jobs.transfers import Address

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from usina.engine.jobs.kinds import Bringing, Left

PROCESSING: Final = f"{ML}/processing"
_SHARE = "processing"
_MESSAGE_BYTES = 1_024


class ProcessingJobs:
    """The kind."""

    words = Words(PROCESSING_JOB, "processing job", "sagemaker", "processing-job", PROCESSING_LOG_GROUP)

    def order(self, request: Mapping[str, Any]) -> Order:
        """What CreateProcessingJob was given."""
        cluster = request["ProcessingResources"]["ClusterConfig"]
        return Order(
            role=request["RoleArn"],
            image=request["AppSpecification"]["ImageUri"],
            instance_type=cluster.get("InstanceType", ""),
            volume_bytes=int(cluster.get("VolumeSizeInGB") or VOLUME_GB) * GIBIBYTE,
            runtime_seconds=int(request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds") or RUNTIME_SECONDS),
            isolated=bool(request.get("NetworkConfig", {}).get("EnableNetworkIsolation")),
        )

    def shares(self, request: Mapping[str, Any]) -> Sequence[Share]:
        """One folder for all inputs and outputs, as one may lie in the other."""
        paths = [*(path for _, path in _inputs(request)), *(path for _, path in _outputs(request))]
        return (
            Share("ml", ML),
            Share("config", f"{ML}/config"),
            Share("output", f"{ML}/output"),
            Share(_SHARE, PROCESSING, folders=tuple(sorted(path for path in set(paths) if path))),
        )

    async def bring(self, bringing: Bringing) -> Program:
        """Inputs and configuration."""
        request, folders = bringing.job.request, bringing.folders
        started = _program(request, bringing)
        for output, _ in _outputs(request):
            bringing.transfers.check_output(Address.parse(output["S3Uri"]) / "file")
        left = bringing.most_bytes
        for source, path in _inputs(request):
            if not bringing.wanted():
                break
            left -= await bringing.transfers.fetch_source(source, folders.part(_SHARE) / path, left)
        for name, document in _documents(request, bringing.place.arn).items():
            (folders.part("config") / name).write_text(json.dumps(document), "utf-8")
        return started

    def sends(self, request: Mapping[str, Any]) -> Sequence[Send]:
        """The outputs that are stored while the program writes them."""
        return [
            Send(_SHARE, Address.parse(output["S3Uri"]), path)
            for output, path in _outputs(request)
            if output["S3UploadMode"] == "Continuous"
        ]

    async def store(self, left: Left) -> Stored:
        """The other outputs, unless the program failed, and the message that it left."""
        message = read_start(left.folders.part("output") / "message", _MESSAGE_BYTES)
        failure = "" if left.job.observed["cause"] else _failure_of(left, message)
        if not failure:
            for output, path in _outputs(left.job.request):
                if output["S3UploadMode"] != "Continuous":
                    address = Address.parse(output["S3Uri"])
                    await left.transfers.send_folder(left.folders.part(_SHARE), address, {}, path, left.most_bytes)
        return Stored(failure, {"exit_message": message[:_MESSAGE_BYTES]})


def _failure_of(left: Left, message: str) -> str:
    bound = bound_failure_of(left)
    if bound or left.end.code == 0:
        return bound
    said = message or left.last_error or "See job logs for more information"
    return f"AlgorithmError: {said[:900]}, exit code: {left.end.code}"


def _program(request: Mapping[str, Any], bringing: Bringing) -> Program:
    application, place = request["AppSpecification"], bringing.place
    environment = base_variables(place) | dict(request.get("Environment", {}))
    entrypoint, arguments = application.get("ContainerEntrypoint"), tuple(application.get("ContainerArguments", ()))
    image = place.image
    if not entrypoint and image is not None and image.root is not None:
        entrypoint, arguments = image.entrypoint, arguments or image.command
    argv = (*(entrypoint or ()), *arguments)
    if not entrypoint and not argv:
        raise JobError("ClientError: The image has no program of its own. Give AppSpecification.ContainerEntrypoint.")
    return Program(argv, workdir_of(place), environment)


def _documents(request: Mapping[str, Any], arn: str) -> dict[str, Any]:
    """The files of /opt/ml/config."""
    return {
        "processingjobconfig.json": {"ProcessingJobArn": arn, **request},
        "resourceconfig.json": {"current_host": HOST, "hosts": [HOST]},
    }


def _inputs(request: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """What is brought from S3, each with its path in /opt/ml/processing. Raises: JobError."""
    for each in request.get("ProcessingInputs", ()):
        if each.get("S3Input") and not each.get("AppManaged"):
            yield {**each["S3Input"], "name": f"input {each['InputName']}"}, _within(each["S3Input"].get("LocalPath"))


def _outputs(request: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """What is stored in S3, each with its path in /opt/ml/processing. Raises: JobError."""
    for each in request.get("ProcessingOutputConfig", {}).get("Outputs", ()):
        if each.get("S3Output") and not each.get("AppManaged"):
            yield each["S3Output"], _within(each["S3Output"].get("LocalPath"))


def _within(path: str | None) -> str:
    """A LocalPath as a path in /opt/ml/processing. Raises: JobError where it is none."""
    given = PurePosixPath(path or "")
    if ".." in given.parts or not given.is_relative_to(PROCESSING) or "\0" in str(given):
        raise JobError(f"ClientError: LocalPath must be a folder in {PROCESSING}, not {path}.")
    inner = str(given.relative_to(PROCESSING))
    return "" if inner == "." else inner
