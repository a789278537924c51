"""From an endpoint configuration to the fleet that serves it: what is asked is checked, its models are looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.endpoints import LANGUAGE_IMAGE
from usina.core.errors import CallerError, UnavailableError, ValidationError
from usina.services.sagemaker.naming import MODEL, missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.ports import Json, Ports

_STARTUP_SECONDS = 600
_MOST_COUNT = 100
# What would change how an endpoint serves and is not served: an answer as if it were would be a lie.
_CONFIG_NOT_SERVED = (
    "KmsKeyId",
    "ExplainerConfig",
    "ShadowProductionVariants",
    "VpcConfig",
    "MetricsConfig",
    "CrossRegionTrafficConfig",
)
_VARIANT_NOT_SERVED = (
    "InstancePools",
    "AcceleratorType",
    "CoreDumpConfig",
    "ManagedInstanceScaling",
    "InferenceAmiVersion",
    "CapacityReservationConfig",
    "AcceleratorPartitionLayouts",
)


def check_config(asked: Mapping[str, Any]) -> None:
    """Raises: ValidationError where a configuration asks for what is not served, or contradicts itself."""
    _refuse(asked, _CONFIG_NOT_SERVED, "")
    names = [variant["VariantName"] for variant in asked["ProductionVariants"]]
    if len(set(names)) != len(names):
        raise ValidationError("Production variant names must be unique within an endpoint configuration.")
    for variant in asked["ProductionVariants"]:
        _check_variant(variant)
    capture = asked.get("DataCaptureConfig")
    if capture is not None:
        _refuse(capture, ("KmsKeyId",), "DataCaptureConfig.")
        _check_address("DataCaptureConfig.DestinationS3Uri", capture["DestinationS3Uri"])
    if asked.get("AsyncInferenceConfig") is not None:
        _check_asynchronous(asked["AsyncInferenceConfig"])
        if any(variant.get("ServerlessConfig") for variant in asked["ProductionVariants"]):
            raise ValidationError("AsyncInferenceConfig cannot be combined with ServerlessConfig.")


def _check_variant(variant: Mapping[str, Any]) -> None:
    where = f"Variant {variant['VariantName']}: "
    _refuse(variant, _VARIANT_NOT_SERVED, where)
    if not variant.get("ModelName"):
        raise ValidationError(f"{where}ModelName is required: inference components are not supported by this site.")
    if variant.get("EnableSSMAccess"):
        raise ValidationError(f"{where}EnableSSMAccess is not supported by this site. Leave it out.")
    if variant.get("RoutingConfig", {}).get("RoutingStrategy") in {"PREFIX_AWARE", "KV_AWARE"}:
        raise ValidationError(f"{where}RoutingStrategy must be LEAST_OUTSTANDING_REQUESTS or RANDOM on this site.")
    serverless = variant.get("ServerlessConfig")
    if serverless:
        if variant.get("InstanceType") or variant.get("InitialInstanceCount"):
            raise ValidationError(f"{where}ServerlessConfig cannot be combined with InstanceType.")
        _refuse(serverless, ("ProvisionedConcurrency",), f"{where}ServerlessConfig.")
    elif not variant.get("InstanceType") or not 1 <= variant.get("InitialInstanceCount", 0) <= _MOST_COUNT:
        raise ValidationError(
            f"{where}InstanceType and InitialInstanceCount (1 to {_MOST_COUNT}) are required, or ServerlessConfig."
        )


def _check_asynchronous(asked: Mapping[str, Any]) -> None:
    output = asked["OutputConfig"]
    _refuse(output, ("KmsKeyId", "NotificationConfig"), "AsyncInferenceConfig.OutputConfig.")
    if not output.get("S3OutputPath"):
        raise ValidationError("AsyncInferenceConfig.OutputConfig.S3OutputPath is required.")
    for member in ("S3OutputPath", "S3FailurePath"):
        if output.get(member):
            _check_address(f"AsyncInferenceConfig.OutputConfig.{member}", output[member])


def _refuse(asked: Mapping[str, Any], members: tuple[str, ...], where: str) -> None:
    for member in members:
        if asked.get(member):
            raise ValidationError(f"{where}{member} is not supported by this site. Leave it out.")


def _check_address(what: str, address: str) -> None:
    if not address.startswith("s3://") or not address.removeprefix("s3://").partition("/")[0]:
        raise ValidationError(f"{what} must be of the form s3://BUCKET/KEY, not {address}.")


async def fleet_of(config: str, asked: Mapping[str, Any], account: str, ports: Ports, *, generation: int = 1) -> Json:
    """The fleet that a configuration comes to now.

    Raises: ValidationError where a model is not there; CallerError (ResourceLimitExceeded) where the machine is too
    small for all of it; UnavailableError where this site serves no models.
    """
    variants = [await _variant(each, asked, account, ports) for each in asked["ProductionVariants"]]
    check_room(variants, ports)
    return {
        "config": config,
        "generation": generation,
        "revision": 1,
        "variants": variants,
        "capture": asked.get("DataCaptureConfig"),
        "asynchronous": asked.get("AsyncInferenceConfig"),
    }


def check_room(variants: list[Json], ports: Ports) -> None:
    """Raises: CallerError (ResourceLimitExceeded) where these can never all run; UnavailableError."""
    if not all(variant["language"] for variant in variants) and (unable := ports.endpoints.unable()):
        raise UnavailableError(f"This site serves no models: {unable}.")
    if refusal := ports.endpoints.refusal(variants):
        raise CallerError(refusal, code="ResourceLimitExceeded")


async def _variant(asked: Mapping[str, Any], config: Mapping[str, Any], account: str, ports: Ports) -> Json:
    name = asked["ModelName"]
    row = await ports.records.get(MODEL, account, name)
    if row is None:
        raise missing(MODEL, name, account, ports)
    model = row.body["request"]
    containers = model.get("Containers") or [model["PrimaryContainer"]]
    if len(containers) > 1:
        raise ValidationError(
            f"The model {name} is a pipeline of {len(containers)} containers, which this site does not serve: make it "
            "one container whose inference.py does all steps."
        )
    language = containers[0].get("Image") == LANGUAGE_IMAGE
    role = config.get("ExecutionRoleArn") or model.get("ExecutionRoleArn") or ""
    if not role and (not language or config.get("AsyncInferenceConfig")):
        raise ValidationError(f"The model {name} has no ExecutionRoleArn: its artifacts are fetched as that role.")
    return {
        "name": asked["VariantName"],
        "model": name,
        "containers": containers,
        "language": language,
        "role": role,
        "isolated": bool(model.get("EnableNetworkIsolation") or config.get("EnableNetworkIsolation")),
        "instance": asked.get("InstanceType", ""),
        "count": asked.get("InitialInstanceCount", 1),
        "weight": asked.get("InitialVariantWeight", 1.0),
        "serverless": asked.get("ServerlessConfig"),
        "startup_seconds": asked.get("ContainerStartupHealthCheckTimeoutInSeconds", _STARTUP_SECONDS),
        "volume_gb": asked.get("VolumeSizeInGB"),
    }
