"""Names of metrics: what policy judges, dimensions, and the errors every operation shares."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

import msgspec

from usina.core.errors import CallerError
from usina.core.ids import Arn
from usina.core.operation import Resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from usina.core.metrics import Dimensions
    from usina.core.operation import Call
    from usina.core.ports import Ports


def invalid(message: str) -> CallerError:
    """A value that is wrong."""
    return CallerError(message, code="InvalidParameterValue")


def clash(message: str) -> CallerError:
    """Values that do not go together."""
    return CallerError(message, code="InvalidParameterCombination")


def lacking(message: str) -> CallerError:
    """A value that must be there."""
    return CallerError(message, code="MissingParameter")


def namespace_resource(ports: Ports, account: str, namespace: str) -> Resource:
    """A namespace as policy sees it."""
    arn = str(Arn("cloudwatch", ports.site.region, account, f"namespace/{namespace}"))
    return Resource("MetricNamespace", arn, account, {"name": namespace})


def touches_namespace(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The namespace that is named."""
    return (namespace_resource(ports, call.principal.account, call.arguments["Namespace"]),)


def dimensions_of(given: Iterable[Mapping[str, Any]]) -> Dimensions:
    """Dimensions in order of name.

    Raises:
        CallerError: a name is given twice.
    """
    pairs = sorted((each["Name"], each["Value"]) for each in given)
    if len({name for name, _ in pairs}) < len(pairs):
        raise invalid("No dimension can be specified more than once.")
    return tuple(pairs)


def token(*parts: object) -> str:
    """A place in an answer as text that is handed out and comes back."""
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode()


def place(text: str) -> list[Any] | None:
    """What `token` was made of; None where it is none of ours."""
    try:
        parts = msgspec.json.decode(base64.b64decode(text, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
    return parts if isinstance(parts, list) else None
