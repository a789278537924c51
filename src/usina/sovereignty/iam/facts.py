"""What is known of a principal and a request, under the names that IAM's condition keys and principals have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Principal, Resource
    from usina.core.ports import Site
    from usina.sovereignty.iam.book import Bound

_MINUTE_SECONDS = 60
FEDERATED = "federated:"  # before the ARN of a provider, in callers and principals
_ROLE_KEYS = {"externalId": "sts:externalid", "sessionName": "sts:rolesessionname"}


def condition_keys(
    principal: Principal,
    context: Mapping[str, str | bool | int],
    site: Site,
    now: float,
    *,
    bound: Bound | None = None,
    resource: Resource | None = None,
) -> dict[str, str | bool | int]:
    """Condition keys of a request. Times are cut to the minute, so that equal requests stay equal for that long."""
    minute = int(now) // _MINUTE_SECONDS * _MINUTE_SECONDS
    assumed = ":assumed-role/" in principal.arn
    keys: dict[str, str | bool | int] = {
        "aws:principalarn": acting_arn(principal, bound),
        "aws:principalaccount": principal.account,
        "aws:principaltype": "AssumedRole" if assumed else "User",
        "aws:principalisawsservice": False,
        "aws:userid": principal.user_id,
        "aws:currenttime": minute,
        "aws:epochtime": minute,
        "aws:requestedregion": site.region,
    }
    if not assumed:
        keys["aws:username"] = principal.name
    if "secure" in context:
        keys["aws:securetransport"] = context["secure"] is True
    if context.get("peer"):
        keys["aws:sourceip"] = str(context["peer"]).partition("%")[0]
    if principal.web is not None:
        issuer = principal.web.issuer.lower()
        keys |= {f"{issuer}:sub": principal.web.subject, f"{issuer}:aud": principal.web.audience}
    if resource is not None and resource.account:
        keys["aws:resourceaccount"] = resource.account
    if resource is not None and (requested := resource.attributes.get("requested")):
        keys["sagemaker:modelapprovalstatus"] = str(requested)
    return keys


def role_keys(resource: Resource) -> dict[str, str | bool | int]:
    """Condition keys that AssumeRole adds: what the request states beside the role."""
    found: dict[str, str | bool | int] = {}
    for attribute, key in _ROLE_KEYS.items():
        value = resource.attributes.get(attribute)
        if isinstance(value, str) and value:
            found[key] = value
    return found


def acting_arn(principal: Principal, bound: Bound | None) -> str:
    """ARN of the user, or of the role behind a session: what aws:PrincipalArn is."""
    if bound is not None:
        return bound.arn
    before, assumed, rest = principal.arn.partition(":assumed-role/")
    if not assumed:
        return principal.arn
    return f"{before.replace(':sts:', ':iam:', 1)}:role/{rest.partition('/')[0]}"


def caller_names(principal: Principal, bound: Bound | None) -> frozenset[str]:
    """Names by which a trust policy may mean exactly this principal, or anybody (with a key: no web identity)."""
    if principal.web is not None:
        return frozenset({f"{FEDERATED}{principal.web.provider}"})
    return frozenset({"*", principal.arn, acting_arn(principal, bound)})


def service_keys(account: str, site: Site, now: float) -> dict[str, str | bool | int]:
    """Condition keys of a service of this site that takes a role for an account."""
    minute = int(now) // _MINUTE_SECONDS * _MINUTE_SECONDS
    return {
        "aws:principalisawsservice": True,
        "aws:sourceaccount": account,
        "aws:currenttime": minute,
        "aws:epochtime": minute,
        "aws:requestedregion": site.region,
        "aws:securetransport": True,
    }
