"""What a model package may not say here, told when it is registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.endpoints import LANGUAGE_IMAGE
from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from usina.core.ports import Ports

_ARCHIVE = ".tar.gz"
# What would be run, kept elsewhere or locked away and is not served: an answer as if it were would be a lie.
_NOT_SERVED = ("ValidationSpecification", "CertifyForMarketplace", "SecurityConfig", "ManagedStorageType")
_NOT_SERVED_IN_CONTAINERS = ("ProductId", "BaseModel", "AdditionalS3DataSource", "AdditionalModelDataSources")
_VERSIONED_ONLY = ("ModelApprovalStatus", "CustomerMetadataProperties", "ModelLifeCycle")


def check_package(asked: Mapping[str, Any], ports: Ports) -> None:
    """Raises: ValidationError."""
    versioned = bool(asked.get("ModelPackageGroupName"))
    if versioned == bool(asked.get("ModelPackageName")):
        raise ValidationError("Exactly one of ModelPackageName and ModelPackageGroupName must be given.")
    for member in _NOT_SERVED:
        if asked.get(member):
            raise ValidationError(f"{member} is not supported by this site. Leave it out.")
    if asked.get("SourceAlgorithmSpecification"):
        name = asked["SourceAlgorithmSpecification"]["SourceAlgorithms"][0]["AlgorithmName"]
        raise ValidationError(
            f"Could not find algorithm {name}: this site has no algorithm resources. Give InferenceSpecification with "
            "the Image and the ModelDataUrl."
        )
    if not asked.get("InferenceSpecification"):
        raise ValidationError("InferenceSpecification is required.")
    if versioned and asked.get("Tags"):
        raise ValidationError("Tags cannot be given to a version: it has the tags of its model package group.")
    if not versioned:
        for member in _VERSIONED_ONLY:
            if asked.get(member):
                raise ValidationError(f"{member} applies to packages of a model package group only.")
        for member in ("SupportedTransformInstanceTypes", "SupportedRealtimeInferenceInstanceTypes"):
            if not asked["InferenceSpecification"].get(member):
                raise ValidationError(f"InferenceSpecification.{member} is required for a package without a group.")
    check_containers(asked["InferenceSpecification"]["Containers"], ports)
    check_additional(asked.get("AdditionalInferenceSpecifications", ()), ports)


def check_additional(specifications: Iterable[Mapping[str, Any]], ports: Ports) -> None:
    """Further specifications, each under a name of its own. Raises: ValidationError."""
    seen: set[str] = set()
    for each in specifications:
        if each["Name"] in seen:
            raise ValidationError(f"AdditionalInferenceSpecifications: the name {each['Name']} is given twice.")
        seen.add(each["Name"])
        check_containers(each["Containers"], ports)


def check_containers(containers: Iterable[Mapping[str, Any]], ports: Ports) -> None:
    """Images that this site has, artifacts in objects of the form that SageMaker asks for. Raises: ValidationError."""
    for container in containers:
        for member in _NOT_SERVED_IN_CONTAINERS:
            if container.get(member):
                raise ValidationError(f"{member} in a container is not supported by this site. Leave it out.")
        image = container.get("Image")
        if not image:
            raise ValidationError("Image is required in each container of a model package.")
        if image != LANGUAGE_IMAGE and ports.jobs.image(image) is None:
            raise ValidationError(f"Cannot find the image {image}: this site has {', '.join(ports.jobs.images())}.")
        address = container.get("ModelDataUrl")
        if address and container.get("ModelDataSource"):
            raise ValidationError("Only one of ModelDataUrl and ModelDataSource may be given in a container.")
        if address and not _is_object(address, _ARCHIVE):
            raise ValidationError(f"ModelDataUrl must be of the form s3://BUCKET/KEY{_ARCHIVE}, not {address}.")
        source = container.get("ModelDataSource", {}).get("S3DataSource")
        if source and not _is_object(source["S3Uri"], "/" if source["S3DataType"] == "S3Prefix" else ""):
            raise ValidationError(
                "ModelDataSource.S3DataSource.S3Uri must be of the form s3://BUCKET/KEY, or s3://BUCKET/PREFIX/ for an "
                f"S3Prefix, not {source['S3Uri']}."
            )


def _is_object(address: str, ending: str) -> bool:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return address.startswith("s3://") and bool(bucket) and bool(key) and key.endswith(ending)
