"""What an invocation touches and carries, whichever operation it comes by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.endpoints import Ask
from usina.core.errors import ValidationError
from usina.core.ids import Arn
from usina.core.operation import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Ports

# What would send the request elsewhere, and is not served.
_NOT_SERVED = (
    "TargetModel",
    "TargetContainerHostname",
    "EnableExplanations",
    "InferenceComponentName",
    "SessionId",
    "PrefixAwareId",
)


def touches(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The caller's endpoint."""
    account = call.principal.account
    arn = Arn("sagemaker", ports.site.region, account, f"endpoint/{call.arguments['EndpointName']}")
    return (Resource("Endpoint", str(arn), account),)


def ask_of(arguments: Mapping[str, Any]) -> Ask:
    """The invocation. Raises: ValidationError where it asks for what is not served."""
    for member in _NOT_SERVED:
        if arguments.get(member):
            raise ValidationError(f"{member} is not supported by this site. Leave it out.")
    return Ask(
        arguments.get("Body") or b"",
        arguments.get("ContentType") or "",
        arguments.get("Accept") or "",
        arguments.get("CustomAttributes") or "",
        arguments.get("InferenceId") or "",
    )
