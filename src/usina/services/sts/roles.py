"""Roles taken on for a while: AssumeRole, AssumeRoleWithWebIdentity.

A role is an account's own (iam CreateRole), whose trust policy says who may take it, or a site role,
`arn:aws:iam::ACCOUNT:role/NAME`, of which policy says who may take it. Where an account has a role of its own by the
name of a site role, its own is meant. Left out, and refused rather than passed over: session policies and tags (they
would narrow or mark what the session may do, and nothing here would heed them), and roles of other accounts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.errors import AccessDeniedError, ValidationError
from usina.core.ids import Arn
from usina.core.operation import Access, Resource, operation
from usina.services.sts.sessions import describe, refuse_mfa

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.iam import RoleFacts
    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import sts_types as t

_DEFAULT_SECONDS = 3_600
_CHAINED_SECONDS = 3_600  # longest session of a role that a session takes
_ROLE = "role/"
_NOT_HEEDED = ("Policy", "PolicyArns", "Tags", "TransitiveTagKeys", "SourceIdentity", "ProvidedContexts", "ProviderId")


def _role(arguments: Mapping[str, Any]) -> Resource:
    asked: str = arguments["RoleArn"]
    arn = Arn.parse(asked)
    name = "" if arn is None else arn.resource.removeprefix(_ROLE)
    if arn is None or (arn.service, arn.region) != ("iam", "") or not name or arn.resource == name:
        raise ValidationError(f"{asked} is invalid: RoleArn is of the form arn:aws:iam::ACCOUNT:role/NAME.")
    return Resource("Role", name, arn.account)


def _own_role(arguments: Mapping[str, Any], ports: Ports) -> RoleFacts | None:
    """The account's own role that is asked for, if it is one."""
    named = _role(arguments)
    found = ports.iam.role(named.account, named.id.rpartition("/")[2])
    return found if found is not None and found.arn == arguments["RoleArn"] else None


def _assumed_role(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    own = _own_role(call.arguments, ports)
    if own is None:
        return (_role(call.arguments),)
    stated = {
        "externalId": call.arguments.get("ExternalId", ""),
        "sessionName": call.arguments["RoleSessionName"],
    }
    return (Resource("IamRole", own.arn, own.account, stated),)


@operation("sts", "AssumeRole", access=Access.WRITE, touches=_assumed_role)
async def assume_role(call: Call[t.AssumeRoleRequest], ports: Ports) -> t.AssumeRoleResponse:
    """Credentials of a role, for 15 minutes to as long as the role allows, and for one hour at most if a session asks.

    Raises: AccessDeniedError, ValidationError.
    """
    asked = call.arguments
    refuse_mfa(asked)
    _refuse_what_is_not_heeded(asked)
    role, own = _role(asked), _own_role(asked, ports)
    if role.account != call.principal.account:
        raise AccessDeniedError(
            f"User: {call.principal.arn} is not authorized to perform: sts:AssumeRole on resource: {asked['RoleArn']}"
        )
    lifetime_seconds = asked.get("DurationSeconds", _DEFAULT_SECONDS)
    if call.principal.session and lifetime_seconds > _CHAINED_SECONDS:
        raise ValidationError(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        )
    if own is not None:
        _check_lifetime(lifetime_seconds, own)
    session = await ports.keyring.session(call.principal, own or role.id, asked["RoleSessionName"], lifetime_seconds)
    assumed = session.principal
    return {
        "Credentials": describe(session),
        "AssumedRoleUser": {"AssumedRoleId": assumed.user_id, "Arn": assumed.arn},
    }


@operation("sts", "AssumeRoleWithWebIdentity", access=Access.WRITE, touches=_assumed_role)
async def assume_role_with_web_identity(
    call: Call[t.AssumeRoleWithWebIdentityRequest], ports: Ports
) -> t.AssumeRoleWithWebIdentityResponse:
    """Credentials of an account's own role for a workload that a provider of its account vouched for, without a key.

    Raises: AccessDeniedError, ValidationError.
    """
    asked, web = call.arguments, call.principal.web
    _refuse_what_is_not_heeded(asked)
    own = _own_role(asked, ports)
    if web is None or own is None:
        raise AccessDeniedError("Not authorized to perform sts:AssumeRoleWithWebIdentity")
    lifetime_seconds = asked.get("DurationSeconds", _DEFAULT_SECONDS)
    _check_lifetime(lifetime_seconds, own)
    session = await ports.keyring.session(None, own, asked["RoleSessionName"], lifetime_seconds)
    assumed = session.principal
    return {
        "Credentials": describe(session),
        "SubjectFromWebIdentityToken": web.subject,
        "AssumedRoleUser": {"AssumedRoleId": assumed.user_id, "Arn": assumed.arn},
        "Provider": web.provider,
        "Audience": web.audience,
    }


def _refuse_what_is_not_heeded(asked: Mapping[str, Any]) -> None:
    for name in _NOT_HEEDED:
        if name in asked:
            raise ValidationError(f"{name} is not supported by this site: what a session may do is its role's policy.")


def _check_lifetime(lifetime_seconds: float, own: RoleFacts) -> None:
    if lifetime_seconds > own.max_session_seconds:
        raise ValidationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
