"""Inference profiles: the site's own, and those an account makes for itself.

Every alias that clients know as a model's id can be asked for with a region before it (`us.anthropic...`), as on
Bedrock: the listing names those of the part of the world the site is in, and the regional aliases that the site set.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.errors import ConflictError, LimitExceededError, ValidationError
from usina.core.ids import Arn
from usina.core.operation import Access, Resource, operation
from usina.core.ports import Row
from usina.services.bedrock import tags
from usina.services.bedrock.foundation_models import is_known_id, is_regional
from usina.services.bedrock.profile_rows import (
    APPLICATION,
    KIND,
    SYSTEM,
    missing,
    owned_id,
    profile_arn,
    profile_id,
    refuse_system,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call, Principal
    from usina.core.ports import Json, ModelCard, Ports, Resolution
    from usina.shapes.bedrock_types import (
        CreateInferenceProfileRequest,
        CreateInferenceProfileResponse,
        DeleteInferenceProfileRequest,
        DeleteInferenceProfileResponse,
        GetInferenceProfileRequest,
        GetInferenceProfileResponse,
        ListInferenceProfilesRequest,
        ListInferenceProfilesResponse,
    )

_MOST_PROFILES = 1_000  # of one account
_PAGE = 100
_NAME_CHARACTERS = 64
# First part of a region's name -> how Bedrock begins the ids of the cross-region profiles there.
_GEOGRAPHIES: Final[Mapping[str, str]] = {"us": "us", "eu": "eu", "ap": "apac"}
_SEPARATORS: Final = re.compile(r"[^0-9a-zA-Z]+")


def _touches_profile(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    identifier: str = call.arguments["inferenceProfileIdentifier"]
    arn = Arn.parse(identifier)
    if arn is not None:
        return (Resource("InferenceProfile", identifier, arn.account),)
    account = call.principal.account
    kind = SYSTEM if is_regional(identifier) else APPLICATION
    return (Resource("InferenceProfile", profile_arn(ports, account, identifier, kind), account),)


def _touches_new(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    account = call.principal.account
    identifier = profile_id(account, call.arguments["inferenceProfileName"])
    return (Resource("InferenceProfile", profile_arn(ports, account, identifier), account),)


def _touches_account(call: Call[Any], _ports: Ports) -> Sequence[Resource]:
    return (Resource("Account", call.principal.account, call.principal.account),)


@operation("bedrock", "ListInferenceProfiles", access=Access.LIST, touches=_touches_account)
async def list_inference_profiles(
    call: Call[ListInferenceProfilesRequest], ports: Ports
) -> ListInferenceProfilesResponse:
    """The site's profiles, then the account's, a page at a time."""
    asked = call.arguments
    wanted = asked.get("typeEquals")
    profiles: list[Json] = []
    if wanted != "APPLICATION":
        profiles += _system_profiles(call.principal, ports)
    if wanted != "SYSTEM_DEFINED":
        rows = await ports.records.list(KIND, call.principal.account, most=_MOST_PROFILES)
        profiles += [_answered(row.body["profile"]) for row in rows]
    after = _position(asked.get("nextToken"))
    rest = [profile for profile in profiles if _key(profile) > after]
    size = asked.get("maxResults") or _PAGE
    page: Any = rest[:size]
    answer: ListInferenceProfilesResponse = {"inferenceProfileSummaries": page}
    if len(rest) > size:
        answer["nextToken"] = _token(_key(page[-1]))
    return answer


@operation("bedrock", "GetInferenceProfile", access=Access.READ, touches=_touches_profile)
async def get_inference_profile(call: Call[GetInferenceProfileRequest], ports: Ports) -> GetInferenceProfileResponse:
    """One profile, by id or ARN."""
    identifier = call.arguments["inferenceProfileIdentifier"]
    name = owned_id(identifier, call.principal.account)
    answer: Any
    if is_regional(name):
        found = ports.catalogue.resolve(name, call.principal.account)
        if found is None:
            raise missing(identifier)
        answer = _system_profile(name, found.card, call.principal, ports)
        return answer  # type: ignore[no-any-return] # a JSON document of this shape
    row = await ports.records.get(KIND, call.principal.account, name)
    if row is None:
        raise missing(identifier)
    answer = _answered(row.body["profile"])
    return answer  # type: ignore[no-any-return] # the same


@operation("bedrock", "CreateInferenceProfile", access=Access.WRITE, touches=_touches_new)
async def create_inference_profile(
    call: Call[CreateInferenceProfileRequest], ports: Ports
) -> CreateInferenceProfileResponse:
    """A profile of the account that leads to one model. The same idempotency token gives the same profile."""
    asked, account = call.arguments, call.principal.account
    source = asked["modelSource"].get("copyFrom")
    if not source:
        raise ValidationError("The modelSource.copyFrom field is required.")
    found = ports.catalogue.resolve(source, account)
    if found is None or found.card.account:
        raise ValidationError("The provided model identifier is invalid.")
    name = asked["inferenceProfileName"]
    identifier = profile_id(account, name)
    arn = profile_arn(ports, account, identifier)
    token = asked.get("clientRequestToken", "")
    known = await ports.records.get(KIND, account, identifier)
    if known is not None:
        return _again(known, token, source, name)
    now = ports.clock.now()
    profile: Json = {
        "inferenceProfileName": name,
        "createdAt": now,
        "updatedAt": now,
        "inferenceProfileArn": arn,
        "models": _models(found, ports),
        "inferenceProfileId": identifier,
        "status": "ACTIVE",
        "type": "APPLICATION",
    }
    if asked.get("description"):
        profile["description"] = asked["description"]
    body: Json = {
        "profile": profile,
        "model": found.alias or found.card.id,
        "source": source,
        "token": token,
        "tags": tags.merged((), asked.get("tags", ()), arn),
    }
    if len(await ports.records.list(KIND, account, most=_MOST_PROFILES)) >= _MOST_PROFILES:
        raise LimitExceededError(f"An account may have at most {_MOST_PROFILES} application inference profiles.")
    try:
        await ports.records.put(Row(KIND, account, identifier, body))
    except ConflictError:
        raise _taken(name) from None
    await ports.catalogue.reload()
    return {"inferenceProfileArn": arn, "status": "ACTIVE"}


@operation("bedrock", "DeleteInferenceProfile", access=Access.WRITE, touches=_touches_profile)
async def delete_inference_profile(
    call: Call[DeleteInferenceProfileRequest], ports: Ports
) -> DeleteInferenceProfileResponse:
    """Forget a profile of the account."""
    identifier = call.arguments["inferenceProfileIdentifier"]
    name = owned_id(identifier, call.principal.account)
    refuse_system(name)
    if not await ports.records.delete(KIND, call.principal.account, name):
        raise missing(identifier)
    await ports.catalogue.reload()
    return {}


def _again(row: Row, token: str, source: str, name: str) -> CreateInferenceProfileResponse:
    if token and row.body.get("token") == token and row.body.get("source") == source:
        return {"inferenceProfileArn": row.body["profile"]["inferenceProfileArn"], "status": "ACTIVE"}
    raise _taken(name)


def _taken(name: str) -> ConflictError:
    return ConflictError(f"An inference profile with the name {name} already exists.")


def _system_profiles(principal: Principal, ports: Ports) -> list[Json]:
    """The site's profiles, in order of id."""
    by_id = {card.id: card for card in ports.catalogue.cards()}
    geography = _GEOGRAPHIES.get(ports.site.region.partition("-")[0], "global")
    answered: dict[str, ModelCard] = {}
    for alias, model_id in ports.catalogue.aliases().items():
        card = by_id.get(model_id)
        if card is None or card.task != "chat":
            continue
        if is_regional(alias):
            answered[alias] = card
        elif is_known_id(alias):
            answered.setdefault(f"{geography}.{alias}", card)
    return [_system_profile(name, answered[name], principal, ports) for name in sorted(answered)]


def _system_profile(identifier: str, card: ModelCard, principal: Principal, ports: Ports) -> Json:
    geography, _, model = identifier.partition(".")
    name = f"{geography.upper()} {_SEPARATORS.sub(' ', model).strip()}"[:_NAME_CHARACTERS].strip()
    profile: Json = {
        "inferenceProfileName": name,
        "description": f"Answered by {card.id}",
        "inferenceProfileArn": profile_arn(ports, principal.account, identifier, SYSTEM),
        "models": [_foundation_model(model, ports), {"modelArn": card.arn(ports.site.region)}],
        "inferenceProfileId": identifier,
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }
    if card.created_at:
        profile["createdAt"] = profile["updatedAt"] = utc(card.created_at)
    return profile


def _models(found: Resolution, ports: Ports) -> list[Json]:
    """The model that answers; before it, where made from an alias, the one by which clients judge what it can do."""
    real = {"modelArn": found.card.arn(ports.site.region)}
    if not found.alias:
        return [real]
    model = found.alias.partition(".")[2] if is_regional(found.alias) else found.alias
    return [_foundation_model(model, ports), real]


def _foundation_model(model_id: str, ports: Ports) -> Json:
    return {"modelArn": str(Arn("bedrock", ports.site.region, "", f"foundation-model/{model_id}"))}


def _answered(stored: Json) -> Json:
    return {**stored, "createdAt": utc(stored["createdAt"]), "updatedAt": utc(stored["updatedAt"])}


def _key(profile: Json) -> str:
    """Where a profile stands in the listing: the site's before the account's."""
    return f"{0 if profile['type'] == 'SYSTEM_DEFINED' else 1}{profile['inferenceProfileId']}"


def _token(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _position(token: str | None) -> str:
    if token is None:
        return ""
    try:
        key = base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        key = ""
    if key[:1] not in {"0", "1"}:
        raise ValidationError("The provided nextToken is invalid.")
    return key
