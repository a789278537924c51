"""What IAM's operations touch, as policy sees it, and which names they go by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.errors import ValidationError
from usina.core.ids import Arn
from usina.core.operation import Resource
from usina.sovereignty.iam.rows import oidc_provider_arn, policy_arn, role_arn, user_arn
from usina.sovereignty.keyring_names import account_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Ports


def own_account(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The caller's account: listings."""
    del ports
    return (Resource("Account", call.principal.account, call.principal.account),)


def one_role(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    """The role of that name: as it is, else as it would be."""
    account, name = call.principal.account, call.arguments["RoleName"]
    known = ports.iam.role(account, name)
    arn = known.arn if known is not None else role_arn(account, call.arguments.get("Path", "/"), name)
    return (Resource("IamRole", arn, account),)


def one_user(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    """The user of that name, or the caller."""
    del ports
    account = call.principal.account
    return (Resource("IamUser", user_arn(account, user_of(call)), account),)


def one_key(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    """The access key of that id, under the account that the id says; the caller's where it says none."""
    del ports
    asked = call.arguments["AccessKeyId"]
    return (Resource("Key", asked, account_of(asked) or call.principal.account),)


def one_provider(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    """The OpenID Connect provider of that ARN."""
    del ports
    asked = call.arguments["OpenIDConnectProviderArn"]
    arn = Arn.parse(asked)
    return (Resource("OidcProvider", asked, call.principal.account if arn is None else arn.account),)


def new_provider(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    """The provider that will have that URL."""
    del ports
    account, name = call.principal.account, call.arguments["Url"].removeprefix("https://")
    return (Resource("OidcProvider", oidc_provider_arn(account, name), account),)


def new_policy(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    """The policy that will have that name."""
    del ports
    account, asked = call.principal.account, call.arguments
    return (Resource("IamPolicy", policy_arn(account, asked.get("Path", "/"), asked["PolicyName"]), account),)


def one_policy(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    """The policy of that ARN; those that every account has are each account's own to look at."""
    del ports
    asked = call.arguments["PolicyArn"]
    arn = Arn.parse(asked)
    account = call.principal.account if arn is None or arn.account == "aws" else arn.account
    return (Resource("IamPolicy", asked, account),)


def simulated(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    """The user or role whose rights are asked for."""
    del ports
    asked = call.arguments["PolicySourceArn"]
    arn = Arn.parse(asked)
    account = call.principal.account if arn is None else arn.account
    kind = "IamRole" if arn is not None and arn.resource.startswith(("role/", "assumed-role/")) else "IamUser"
    return (Resource(kind, asked, account),)


def user_of(call: Call[Mapping[str, Any]]) -> str:
    """The user's name, or the caller's own.

    Raises:
        ValidationError: none is named, and the caller is a session of a role.
    """
    named: str | None = call.arguments.get("UserName")
    if named is not None:
        return named
    if ":user/" not in call.principal.arn:
        raise ValidationError("Must specify userName when calling with non-User credentials")
    return call.principal.name
