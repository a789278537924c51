"""Names of groups: what policy judges, ARNs, and the errors every operation shares."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final

import msgspec

from usina.core.errors import CallerError, ConflictError, NotFoundError
from usina.core.ids import Arn
from usina.core.operation import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Ports

_GROUP: Final = "log-group:"


def invalid(message: str) -> CallerError:
    """A parameter that is wrong."""
    return CallerError(message, code="InvalidParameterException")


def taken(what: str) -> ConflictError:
    """A name that is not free."""
    return ConflictError(f"The specified {what} already exists", code="ResourceAlreadyExistsException")


def missing(what: str) -> NotFoundError:
    """No such thing, or not the caller's."""
    return NotFoundError(f"The specified {what} does not exist.")


def group_arn(ports: Ports, account: str, name: str) -> str:
    """ARN of a group, without the `:*` that stands for its streams."""
    return str(Arn("logs", ports.site.region, account, f"{_GROUP}{name}"))


def owner_and_name(identifier: str, account: str) -> tuple[str, str]:
    """Account and name of a group by its name or ARN, for a caller of that account.

    Raises:
        CallerError: an ARN of something else.
    """
    arn = Arn.parse(identifier)
    if arn is None:
        if ":" in identifier or not identifier:
            raise invalid("The log group identifier is neither a name nor an ARN of a log group.")
        return account, identifier
    name = arn.resource.removeprefix(_GROUP).removesuffix(":*")
    if arn.service != "logs" or not arn.resource.startswith(_GROUP) or not name or ":" in name:
        raise invalid("The ARN given is not that of a log group.")
    return arn.account, name


def asked_group(arguments: Mapping[str, Any], account: str) -> tuple[str, str]:
    """Account and name of the group that `logGroupName` or `logGroupIdentifier` names.

    Raises:
        CallerError: both are given, or none.
    """
    name, identifier = arguments.get("logGroupName"), arguments.get("logGroupIdentifier")
    if (name is None) == (identifier is None):
        raise invalid("Give either logGroupName or logGroupIdentifier.")
    return (account, name) if name is not None else owner_and_name(str(identifier), account)


def group_resource(ports: Ports, account: str, name: str) -> Resource:
    """A group as policy sees it."""
    return Resource("LogGroup", group_arn(ports, account, name), account, {"name": name})


def touches_named(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The group that `logGroupName` names."""
    account = call.principal.account
    return (group_resource(ports, account, call.arguments["logGroupName"]),)


def touches_asked(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The group that a name or an ARN leads to."""
    return (group_resource(ports, *asked_group(call.arguments, call.principal.account)),)


def touches_account(call: Call[Any], _ports: Ports) -> Sequence[Resource]:
    """The caller's account."""
    return (Resource("Account", call.principal.account, call.principal.account),)


def token(*parts: str | int | None) -> str:
    """A place in a listing as text that is handed out and comes back."""
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode()


def place(text: str, *kinds: type) -> tuple[Any, ...]:
    """What `token` was made of.

    Raises:
        CallerError: it is none of ours.
    """
    try:
        parts = msgspec.json.decode(base64.b64decode(text, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, msgspec.DecodeError):
        parts = None
    if not isinstance(parts, list) or len(parts) != len(kinds):
        raise invalid("The specified nextToken is invalid.")
    for part, kind in zip(parts, kinds, strict=True):
        if type(part) is not kind:
            raise invalid("The specified nextToken is invalid.")
    return tuple(parts)
