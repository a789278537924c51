"""Inference profiles: the site's own (aliases such as `us.anthropic...`) and those an account makes for itself."""

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
from usina.services.bedrock.foundation_models import is_regional
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
    from collections.abc import Sequence

    from usina.core.operation import Call, Principal
    from usina.core.ports import Json, Ports, Resolution
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
_SEPARATORS: Final = re.compile(r"[^0-9a-zA-Z]+")


def _touches_profile(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    identifier: str = call.arguments["inferenceProfileIdentifier"]
    arn = Arn.parse(identifier)
    if arn is not None:
        return (Resource("InferenceProfile", identifier, arn.account),)
    account = call.principal.account
    kind = SYSTEM if identifier in ports.catalogue.aliases() else APPLICATION
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
    for answer in _system_profiles(call.principal, ports):
        if answer["inferenceProfileId"] == name:
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
    if found is None:
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
        "model": found.card.id,
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
    refuse_system(name, ports)
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
    """The regional aliases, in order of id."""
    by_id = {card.id: card for card in ports.catalogue.cards()}
    profiles: list[Json] = []
    for alias, model_id in sorted(ports.catalogue.aliases().items()):
        card = by_id.get(model_id)
        if card is None or not is_regional(alias):
            continue
        region, _, model = alias.partition(".")
        name = f"{region.upper()} {_SEPARATORS.sub(' ', model).strip()}"[:_NAME_CHARACTERS].strip()
        profile: Json = {
            "inferenceProfileName": name,
            "description": f"Answered by {card.id}",
            "inferenceProfileArn": profile_arn(ports, principal.account, alias, SYSTEM),
            "models": [_foundation_model(model, ports), {"modelArn": card.arn(ports.site.region)}],
            "inferenceProfileId": alias,
            "status": "ACTIVE",
            "type": "SYSTEM_DEFINED",
        }
        if card.created_at:
            profile["createdAt"] = profile["updatedAt"] = utc(card.created_at)
        profiles.append(profile)
    return profiles


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
