"""What a job may not ask for here, said when it is created: in SageMaker's own words where it has some."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from usina.core.errors import CallerError, UnavailableError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.ports import Ports

_MOST_RUNTIME_SECONDS = 2_419_200  # 28 days, SageMaker's own limit
_CHECKPOINTS = re.compile(r"/opt/ml/(?!code/?$|input/?$|model/?$|output/?$|\.\.?/?$)[^/]+/?")
_DATA_TYPES = ("S3Prefix", "ManifestFile")
# What would change how a job runs and is not served: an answer as if it were would be a lie.
_NOT_SERVED = (
    "VpcConfig",
    "DebugRuleConfigurations",
    "ProfilerRuleConfigurations",
    "TensorBoardOutputConfig",
    "ExperimentConfig",
    "ServerlessJobConfig",
    "MlflowConfig",
    "ModelPackageConfig",
)


def check_job(asked: Mapping[str, Any], ports: Ports) -> None:
    """A training job. Raises: ValidationError; CallerError (ResourceLimitExceeded); UnavailableError."""
    check_able(ports)
    refuse(asked, *_NOT_SERVED, "RemoteDebugConfig.EnableRemoteDebug", "OutputDataConfig.KmsKeyId")
    _algorithm(asked.get("AlgorithmSpecification", {}), asked, ports)
    resources = asked.get("ResourceConfig", {})
    refuse(asked, "ResourceConfig.VolumeKmsKeyId")
    check_resources("ResourceConfig", resources, "training job", ports)
    check_runtime(asked, _MOST_RUNTIME_SECONDS)
    _channels(asked)
    check_address("OutputDataConfig.S3OutputPath", asked["OutputDataConfig"]["S3OutputPath"])
    if "CheckpointConfig" in asked:
        check_address("CheckpointConfig.S3Uri", asked["CheckpointConfig"]["S3Uri"])
        path = asked["CheckpointConfig"].get("LocalPath")
        if path and _CHECKPOINTS.fullmatch(path) is None:
            raise ValidationError("CheckpointConfig.LocalPath must be a folder of its own in /opt/ml.")


def _algorithm(algorithm: Mapping[str, Any], asked: Mapping[str, Any], ports: Ports) -> None:
    image = algorithm.get("TrainingImage")
    if not image:
        known = ", ".join(ports.jobs.images())
        raise ValidationError(f"AlgorithmSpecification.TrainingImage is required. This site has: {known}.")
    brings = check_image(image, ports)
    if algorithm["TrainingInputMode"] == "Pipe":
        raise ValidationError("TrainingInputMode Pipe is not supported by this site. Use File or FastFile.")
    ports.jobs.check_metrics(algorithm.get("MetricDefinitions", ()))
    if brings or algorithm.get("ContainerEntrypoint") or ports.jobs.is_algorithm(ports.jobs.image(image) or ""):
        return
    if not asked.get("HyperParameters", {}).get("sagemaker_program"):
        raise ValidationError(
            "The image has no program of its own. Give AlgorithmSpecification.ContainerEntrypoint, or the "
            "hyperparameters sagemaker_program and sagemaker_submit_directory."
        )


def check_able(ports: Ports) -> None:
    """Raises: UnavailableError where this site runs no programs at all."""
    if unable := ports.jobs.unable():
        raise UnavailableError(f"This site runs no jobs: {unable}.")


def refuse(asked: Mapping[str, Any], *members: str) -> None:
    """Raises: ValidationError where a member (or one within: A.B) says something that is not served."""
    for member in members:
        value: Any = asked
        for part in member.split("."):
            value = value.get(part) or {}
        if value:
            raise ValidationError(f"{member} is not supported by this site. Leave it out.")


def check_image(image: str, ports: Ports) -> bool:
    """Whether the image has a program of its own.

    Raises: ValidationError where this site has none for that address, or it is not installed and may not be.
    """
    found = ports.jobs.image(image)
    if found is None:
        raise ValidationError(
            f"Cannot find repository of the image {image}: this site has {', '.join(ports.jobs.images())}. Its "
            "operator can map other images to these in images.toml."
        )
    if lacking := ports.jobs.lacking(found):
        raise ValidationError(lacking)
    return ports.jobs.brings_program(found)


def check_resources(where: str, resources: Mapping[str, Any], use: str, ports: Ports) -> None:
    """Raises: ValidationError; CallerError (ResourceLimitExceeded) where no machine here fits."""
    instance, count = resources.get("InstanceType"), resources.get("InstanceCount", 0)
    if not instance or count < 1:
        raise ValidationError(f"{where}.InstanceType and {where}.InstanceCount are required.")
    if refusal := ports.jobs.refusal(instance, count, use):
        raise CallerError(refusal, code="ResourceLimitExceeded")


def check_runtime(asked: Mapping[str, Any], most_seconds: int) -> None:
    """Raises: ValidationError where the job would run longer than the service lets one."""
    if asked.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", 1) > most_seconds:
        raise ValidationError(
            f"Invalid MaxRuntimeInSeconds. It should be between 1 seconds and {most_seconds} seconds."
        )


def _channels(asked: Mapping[str, Any]) -> None:
    seen: set[str] = set()
    for channel in asked.get("InputDataConfig", ()):
        name = channel["ChannelName"]
        if name in seen or name in {".", ".."}:
            raise ValidationError(f"Invalid channel name {name!r}: names of channels are unique, and names of folders.")
        seen.add(name)
        if channel.get("InputMode") == "Pipe":
            raise ValidationError(
                f"InputMode Pipe of channel {name} is not supported by this site. Use File or FastFile."
            )
        if channel.get("CompressionType", "None") != "None" or channel.get("RecordWrapperType", "None") != "None":
            raise ValidationError(f"Channel {name}: CompressionType and RecordWrapperType must be None on this site.")
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            raise ValidationError(f"Channel {name}: only DataSource.S3DataSource is supported by this site.")
        if source["S3DataType"] not in _DATA_TYPES:
            raise ValidationError(f"Channel {name}: S3DataType must be one of {', '.join(_DATA_TYPES)} on this site.")
        check_address(f"S3Uri of channel {name}", source["S3Uri"])


def check_address(what: str, address: str) -> None:
    """Raises: ValidationError where it is no place in S3."""
    if not address.startswith("s3://") or not address.removeprefix("s3://").partition("/")[0]:
        raise ValidationError(f"{what} must be of the form s3://BUCKET/KEY, not {address}.")
