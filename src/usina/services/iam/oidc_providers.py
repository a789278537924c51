"""OpenID Connect providers that an account trusts to say who a workload is (AssumeRoleWithWebIdentity).

The site reaches only those whose host its operator names for that purpose, and trusts their certificates by its own
list of authorities: thumbprints are kept and shown, as AWS keeps them for providers whose authorities it trusts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from usina.core.clock import utc
from usina.core.errors import LimitExceededError, NotFoundError, ValidationError
from usina.core.ids import Arn
from usina.core.operation import Access, operation
from usina.services.iam.changing import all_of, change, found, make, remove
from usina.services.iam.pages import page
from usina.services.iam.tagging import merged
from usina.services.iam.touching import new_provider, one_provider, own_account
from usina.sovereignty.iam.rows import OIDC_PROVIDER, oidc_provider_arn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import iam_types as t

_MOST_CLIENTS = 100
_MOST_THUMBPRINTS = 5
_HTTPS = "https://"
_KIND = "oidc-provider/"


def _name(call: Call[Any]) -> str:
    """The provider's name in its ARN. Raises: NotFoundError where the ARN names none of this account."""
    asked: str = call.arguments["OpenIDConnectProviderArn"]
    arn = Arn.parse(asked)
    if arn is None or arn.account != call.principal.account or not arn.resource.startswith(_KIND):
        raise NotFoundError(f"OpenIDConnect Provider not found for arn {asked}")
    return arn.resource.removeprefix(_KIND)


def _checked_url(url: str) -> str:
    """The name of a provider. Raises: ValidationError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValidationError("Invalid Open ID Connect Provider URL") from None
    whole = url.isascii() and url.isprintable() and not any(each in url for each in " *?#@\\%")
    if parts.scheme != "https" or not url.startswith(_HTTPS) or not parts.hostname or port == 0 or not whole:
        raise ValidationError(
            "Invalid Open ID Connect Provider URL: it begins with https:// and has a host, perhaps a port and a path."
        )
    return url.removeprefix(_HTTPS)


def _clients(known: list[str]) -> list[str]:
    if len(known) > _MOST_CLIENTS:
        raise LimitExceededError(f"Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {_MOST_CLIENTS}")
    return known


def _thumbprints(given: list[str]) -> list[str]:
    if len(given) > _MOST_THUMBPRINTS:
        raise ValidationError(f"Thumbprint list must contain fewer than {_MOST_THUMBPRINTS + 1} entries.")
    for each in given:
        if any(digit not in "0123456789abcdefABCDEF" for digit in each):
            raise ValidationError("A thumbprint is the SHA-1 of a certificate, in 40 hexadecimal digits.")
    return given


@operation("iam", "CreateOpenIDConnectProvider", access=Access.PERMISSIONS, touches=new_provider)
async def create_provider(
    call: Call[t.CreateOpenIDConnectProviderRequest], ports: Ports
) -> t.CreateOpenIDConnectProviderResponse:
    """Trust a provider to say who a workload is; which roles that opens is their trust policies' to say."""
    asked, account = call.arguments, call.principal.account
    name = _checked_url(asked["Url"])
    tags: Any = merged((), asked.get("Tags", []))
    body: Json = {
        "client_ids": _clients(list(dict.fromkeys(asked.get("ClientIDList", [])))),
        "thumbprints": _thumbprints(asked.get("ThumbprintList", [])),
        "created_at": ports.clock.now(),
        "tags": tags,
    }
    await make(ports, OIDC_PROVIDER, account, name, body)
    return {"OpenIDConnectProviderArn": oidc_provider_arn(account, name), "Tags": tags}


@operation("iam", "GetOpenIDConnectProvider", access=Access.READ, touches=one_provider)
async def get_provider(
    call: Call[t.GetOpenIDConnectProviderRequest], ports: Ports
) -> t.GetOpenIDConnectProviderResponse:
    """One provider, with the audiences that its tokens must have."""
    row = await found(ports, OIDC_PROVIDER, call.principal.account, _name(call))
    return {
        "Url": row.name,
        "ClientIDList": row.body["client_ids"],
        "ThumbprintList": row.body["thumbprints"],
        "CreateDate": utc(row.body["created_at"]),
        "Tags": row.body["tags"],
    }


@operation("iam", "ListOpenIDConnectProviders", access=Access.LIST, touches=own_account)
async def list_providers(
    call: Call[t.ListOpenIDConnectProvidersRequest], ports: Ports
) -> t.ListOpenIDConnectProvidersResponse:
    """List the account's providers."""
    account = call.principal.account
    rows = await all_of(ports, OIDC_PROVIDER, account)
    return {"OpenIDConnectProviderList": [{"Arn": oidc_provider_arn(account, row.name)} for row in rows]}


@operation("iam", "AddClientIDToOpenIDConnectProvider", access=Access.PERMISSIONS, touches=one_provider)
async def add_client_id(call: Call[t.AddClientIDToOpenIDConnectProviderRequest], ports: Ports) -> Mapping[str, Any]:
    """Take tokens for a further audience; one that is there already stays."""
    client = call.arguments["ClientID"]

    def edit(body: Json) -> None:
        body["client_ids"] = _clients(list(dict.fromkeys([*body["client_ids"], client])))

    await change(ports, OIDC_PROVIDER, call.principal.account, _name(call), edit)
    return {}


@operation("iam", "RemoveClientIDFromOpenIDConnectProvider", access=Access.PERMISSIONS, touches=one_provider)
async def remove_client_id(
    call: Call[t.RemoveClientIDFromOpenIDConnectProviderRequest], ports: Ports
) -> Mapping[str, Any]:
    """Take tokens for an audience no longer; one that is not there is gone already."""
    client = call.arguments["ClientID"]

    def edit(body: Json) -> None:
        body["client_ids"] = [each for each in body["client_ids"] if each != client]

    await change(ports, OIDC_PROVIDER, call.principal.account, _name(call), edit)
    return {}


@operation("iam", "UpdateOpenIDConnectProviderThumbprint", access=Access.PERMISSIONS, touches=one_provider)
async def update_thumbprint(
    call: Call[t.UpdateOpenIDConnectProviderThumbprintRequest], ports: Ports
) -> Mapping[str, Any]:
    """Keep other thumbprints. They are shown; trust is by the site's authorities."""
    thumbprints = _thumbprints(call.arguments["ThumbprintList"])

    def edit(body: Json) -> None:
        body["thumbprints"] = thumbprints

    await change(ports, OIDC_PROVIDER, call.principal.account, _name(call), edit)
    return {}


@operation("iam", "DeleteOpenIDConnectProvider", access=Access.PERMISSIONS, touches=one_provider)
async def delete_provider(call: Call[t.DeleteOpenIDConnectProviderRequest], ports: Ports) -> Mapping[str, Any]:
    """Trust a provider no longer, from now on. Sessions that were taken before go on to their end."""
    await remove(ports, OIDC_PROVIDER, call.principal.account, _name(call))
    return {}


@operation("iam", "TagOpenIDConnectProvider", access=Access.PERMISSIONS, touches=one_provider)
async def tag_provider(call: Call[t.TagOpenIDConnectProviderRequest], ports: Ports) -> Mapping[str, Any]:
    """Put tags on a provider."""
    more = call.arguments["Tags"]

    def edit(body: Json) -> None:
        body["tags"] = merged(body["tags"], more)

    await change(ports, OIDC_PROVIDER, call.principal.account, _name(call), edit)
    return {}


@operation("iam", "UntagOpenIDConnectProvider", access=Access.PERMISSIONS, touches=one_provider)
async def untag_provider(call: Call[t.UntagOpenIDConnectProviderRequest], ports: Ports) -> Mapping[str, Any]:
    """Take tags off a provider."""
    gone = {key.lower() for key in call.arguments["TagKeys"]}

    def edit(body: Json) -> None:
        body["tags"] = [tag for tag in body["tags"] if tag["Key"].lower() not in gone]

    await change(ports, OIDC_PROVIDER, call.principal.account, _name(call), edit)
    return {}


@operation("iam", "ListOpenIDConnectProviderTags", access=Access.LIST, touches=one_provider)
async def list_provider_tags(call: Call[t.ListOpenIDConnectProviderTagsRequest], ports: Ports) -> Mapping[str, Any]:
    """List the tags of a provider."""
    row = await found(ports, OIDC_PROVIDER, call.principal.account, _name(call))
    tags, more = page(row.body["tags"], lambda tag: str(tag["Key"]), call.arguments)
    return {"Tags": tags, **more}
