"""ARNs of SageMaker's things, what operations touch, and the errors by which clients know that a thing is not there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from usina.core.endpoints import ENDPOINT, ENDPOINT_CONFIG
from usina.core.errors import ConflictError, ThrottledError, ValidationError
from usina.core.ids import Arn
from usina.core.jobs import PROCESSING_JOB, TRAINING_JOB, TRANSFORM_JOB
from usina.core.operation import Resource
from usina.core.packages import MODEL_PACKAGE, MODEL_PACKAGE_GROUP
from usina.core.tuning import TUNING_JOB

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports, Row

MODEL: Final = "sagemaker-model"
# Row kind -> what stands before the name in an ARN, and the type that policy knows.
KINDS: Final = {
    TRAINING_JOB: ("training-job", "TrainingJob"),
    PROCESSING_JOB: ("processing-job", "ProcessingJob"),
    TRANSFORM_JOB: ("transform-job", "TransformJob"),
    MODEL: ("model", "SageMakerModel"),
    ENDPOINT_CONFIG: ("endpoint-config", "EndpointConfig"),
    ENDPOINT: ("endpoint", "Endpoint"),
    TUNING_JOB: ("hyper-parameter-tuning-job", "TuningJob"),
    MODEL_PACKAGE: ("model-package", "ModelPackage"),
    MODEL_PACKAGE_GROUP: ("model-package-group", "ModelPackageGroup"),
}
_ATTEMPTS = 5


def arn_of(kind: str, name: str, account: str, ports: Ports) -> str:
    """ARN of a thing of the account."""
    return str(Arn("sagemaker", ports.site.region, account, f"{KINDS[kind][0]}/{name}"))


def resource_of(kind: str, name: str, account: str, ports: Ports, **attributes: str | bool) -> Resource:
    """A thing of an account as policy sees it."""
    if kind == MODEL_PACKAGE:
        facts = ports.packages.facts(account, name)
        attributes = {"group": facts.group, "approval": facts.approval, **attributes}
    return Resource(KINDS[kind][1], arn_of(kind, name, account, ports), account, attributes)


def named(kind: str, text: str, call: Call[Any], ports: Ports) -> tuple[str, str]:
    """Account and name of what a member names that may be a name or an ARN.

    Raises: ValidationError where the ARN is that of another kind of thing, or of another region.
    """
    if not text.startswith("arn:"):
        return call.principal.account, text
    found, name, parsed = thing_of(text)
    if found != kind or parsed.region != ports.site.region:
        raise ValidationError(f"{text} is not the ARN of a {KINDS[kind][0]} in {ports.site.region}.")
    return parsed.account, name


def touches(kind: str, member: str) -> Callable[[Call[Any], Ports], Sequence[Resource]]:
    """The caller's thing that is named by that member of the request."""

    def touched(call: Call[Any], ports: Ports) -> Sequence[Resource]:
        account = call.principal.account
        return (resource_of(kind, call.arguments[member], account, ports),)

    return touched


def touches_account(call: Call[Any], _ports: Ports) -> Sequence[Resource]:
    """The caller's account, of what lists."""
    return (Resource("Account", call.principal.account, call.principal.account),)


def thing_of(arn: str) -> tuple[str, str, Arn]:
    """Row kind and name of what an ARN names.

    Raises: ValidationError where it names none that this site serves.
    """
    parsed = Arn.parse(arn)
    before, _, name = parsed.resource.partition("/") if parsed is not None else ("", "", "")
    for kind, (prefix, _) in KINDS.items():
        if parsed is not None and parsed.service == "sagemaker" and before == prefix and name:
            return kind, name, parsed
    raise ValidationError(f"The ARN {arn} does not name a resource that this site has.")


def missing(kind: str, name: str, account: str, ports: Ports) -> ValidationError:
    """No such thing, in the words that clients look for."""
    if kind == MODEL:
        return ValidationError(f'Could not find model "{arn_of(kind, name, account, ports)}".')
    if kind == MODEL_PACKAGE:
        return ValidationError(f"ModelPackage {arn_of(MODEL_PACKAGE, name, account, ports)} does not exist.")
    if kind == MODEL_PACKAGE_GROUP:
        return ValidationError(f"ModelPackageGroup {arn_of(MODEL_PACKAGE_GROUP, name, account, ports)} does not exist.")
    if kind == ENDPOINT_CONFIG:
        arn = arn_of(ENDPOINT_CONFIG, name, account, ports)
        return ValidationError(f'Could not find endpoint configuration "{arn}".')
    if kind == ENDPOINT:
        return ValidationError(f'Could not find endpoint "{arn_of(ENDPOINT, name, account, ports)}".')
    return ValidationError("Requested resource not found.")


async def find(kind: str, name: str, call: Call[Any], ports: Ports) -> Row:
    """The caller's thing. Raises: ValidationError where it is not there."""
    row = await ports.records.get(kind, call.principal.account, name)
    if row is None:
        raise missing(kind, name, call.principal.account, ports)
    return row


async def change(kind: str, name: str, call: Call[Any], ports: Ports, edit: Callable[[Json], Json]) -> Row:
    """Store an edited body over the newest one.

    Raises:
        ValidationError: it is not there, or what `edit` raises.
        ThrottledError: others changed it again and again meanwhile.
    """
    for _ in range(_ATTEMPTS):
        row = await find(kind, name, call, ports)
        try:
            return await ports.records.put(replace(row, body=edit(row.body)))
        except ConflictError:
            continue
    raise ThrottledError("The resource is being changed by other requests. Try again.", retry_after_seconds=1.0)
