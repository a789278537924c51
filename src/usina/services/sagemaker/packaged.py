"""Models made of model packages: image and artifacts come from the package, what the container says comes over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.errors import ValidationError
from usina.core.packages import MODEL_PACKAGE
from usina.services.sagemaker.model_packages import find_package
from usina.services.sagemaker.naming import named, resource_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from usina.core.operation import Call, Resource
    from usina.core.ports import Json, Ports

_OF_THE_PACKAGE = ("Image", "ModelDataUrl", "ModelDataSource", "AdditionalModelDataSources")
_TAKEN = ("ContainerHostname", "Image", "ModelDataUrl", "ModelDataSource", "Environment")


def packages_touched(containers: Iterable[Mapping[str, Any]], call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The packages that containers name, with their approval as it stands."""
    found = []
    for container in containers:
        if container.get("ModelPackageName"):
            account, name = named(MODEL_PACKAGE, container["ModelPackageName"], call, ports)
            found.append(resource_of(MODEL_PACKAGE, name, account, ports))
    return found


async def resolved(containers: Sequence[Json], call: Call[Any], ports: Ports) -> list[Json]:
    """The containers with those of a package in the place of the one that names it.

    Raises: ValidationError where the package, or what is asked of it, is not there.
    """
    found: list[Json] = []
    for container in containers:
        if not container.get("ModelPackageName"):
            found.append(container)
            continue
        for member in _OF_THE_PACKAGE:
            if container.get(member):
                raise ValidationError(f"{member} cannot be given beside ModelPackageName: the package says it.")
        row = await find_package(container["ModelPackageName"], call, ports)
        chosen = _specification(row.body["request"], container.get("InferenceSpecificationName", ""))
        found += [_filled(container, each) for each in chosen["Containers"]]
    return found


def _specification(package: Mapping[str, Any], name: str) -> Json:
    if not name:
        return dict(package["InferenceSpecification"])
    for each in package.get("AdditionalInferenceSpecifications", ()):
        if each["Name"] == name:
            return dict(each)
    raise ValidationError(f"The model package has no additional inference specification {name}.")


def _filled(container: Json, packaged: Mapping[str, Any]) -> Json:
    taken = {member: packaged[member] for member in _TAKEN if packaged.get(member)}
    environment = {**packaged.get("Environment", {}), **container.get("Environment", {})}
    return {**taken, **container, **({"Environment": environment} if environment else {})}
