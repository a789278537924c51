"""Foundation models: the site's own by their ids, and the aliases under which they answer to other names.

An alias stands in the listing, so that clients which look for a known id find it; its `modelName` and `modelArn` say
which model really answers. Aliases that begin with a region (`us.`) are inference profiles, as on Bedrock.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.errors import NotFoundError
from usina.core.ids import Arn
from usina.core.models import judged
from usina.core.operation import Access, operation, site_resource
from usina.services.bedrock.customization_checks import FINE_TUNING, can_be_customized

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call, Resource
    from usina.core.ports import Json, ModelCard, Ports
    from usina.shapes.bedrock_types import (
        GetFoundationModelAvailabilityRequest,
        GetFoundationModelAvailabilityResponse,
        GetFoundationModelRequest,
        GetFoundationModelResponse,
        ListFoundationModelsRequest,
        ListFoundationModelsResponse,
    )

_MODEL_ID: Final = re.compile(r"[a-z0-9-]{1,63}\.[a-z][a-z0-9.:-]{1,139}")
_REGIONAL: Final = re.compile(r"(?:us|eu|apac|global|us-gov|jp|au|ca|sa|me|af)\.[a-z0-9-]+\.[a-z]")
_SERVED: Final = frozenset({"READY", "STARTING"})
# What the providers of well-known ids are called, so that a listing by provider finds their aliases.
_PROVIDERS: Final[Mapping[str, str]] = {
    "ai21": "AI21 Labs",
    "amazon": "Amazon",
    "anthropic": "Anthropic",
    "cohere": "Cohere",
    "deepseek": "DeepSeek",
    "meta": "Meta",
    "mistral": "Mistral AI",
    "openai": "OpenAI",
    "qwen": "Qwen",
}


def is_regional(name: str) -> bool:
    """Whether a name is of the form of a cross-region inference profile's id: `us.PROVIDER.NAME`."""
    return _REGIONAL.match(name) is not None


def is_known_id(alias: str) -> bool:
    """Whether an alias is of the form of a foundation model's id: `PROVIDER.NAME`, of no region."""
    return _MODEL_ID.fullmatch(alias) is not None and not is_regional(alias)


def _touches(name: str) -> Any:
    def touch(call: Call[Any], ports: Ports) -> Sequence[Resource]:
        asked: str = call.arguments[name]
        account = call.principal.account
        return judged(ports.catalogue.resolve(asked, account), asked, account)[:1]

    return touch


@operation("bedrock", "ListFoundationModels", access=Access.LIST, touches=site_resource)
async def list_foundation_models(call: Call[ListFoundationModelsRequest], ports: Ports) -> ListFoundationModelsResponse:
    """Models that answer, their aliases after them."""
    asked = call.arguments
    summaries = [_details(card, "", ports) for card in ports.catalogue.cards() if card.state in _SERVED]
    by_id = {card.id: card for card in ports.catalogue.cards()}
    for alias, model_id in sorted(ports.catalogue.aliases().items()):
        card = by_id.get(model_id)
        if card is not None and card.state in _SERVED and is_known_id(alias):
            summaries.append(_details(card, alias, ports))
    provider = asked.get("byProvider", "").lower()
    customisation = asked.get("byCustomizationType")
    modality = asked.get("byOutputModality")
    inference = asked.get("byInferenceType")
    kept: Any = [
        summary
        for summary in summaries
        if (not provider or provider in _provider_names(summary))
        and (not customisation or customisation in summary["customizationsSupported"])
        and (not modality or modality in summary["outputModalities"])
        and (not inference or inference in summary["inferenceTypesSupported"])
    ]
    return {"modelSummaries": kept}


@operation("bedrock", "GetFoundationModel", access=Access.READ, touches=_touches("modelIdentifier"))
async def get_foundation_model(call: Call[GetFoundationModelRequest], ports: Ports) -> GetFoundationModelResponse:
    """One model, by id, alias or ARN."""
    asked = call.arguments["modelIdentifier"]
    found = ports.catalogue.resolve(asked, call.principal.account)
    if found is None or found.profile_arn or found.card.account:
        raise NotFoundError("Could not resolve the foundation model from the provided model identifier.")
    arn = Arn.parse(asked)
    name = asked if arn is None else arn.resource.partition("/")[2]
    details: Any = _details(found.card, "" if name == found.card.id else name, ports)
    return {"modelDetails": details}


@operation("bedrock", "GetFoundationModelAvailability", access=Access.READ, touches=_touches("modelId"))
async def get_foundation_model_availability(
    call: Call[GetFoundationModelAvailabilityRequest], ports: Ports
) -> GetFoundationModelAvailabilityResponse:
    """Whether a model can be used here.

    A site's models need no agreement and are entitled to all its accounts; who may use them is decided by policy, on
    use. So availability is whether the model's files are here and its engine is not broken.
    """
    found = ports.catalogue.resolve(call.arguments["modelId"], call.principal.account)
    if found is None or found.card.account:
        raise NotFoundError("Could not resolve the foundation model from the provided model identifier.")
    return {
        "modelId": call.arguments["modelId"],
        "agreementAvailability": {"status": "AVAILABLE"},
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": "AVAILABLE",
        "regionAvailability": "AVAILABLE" if found.card.state in _SERVED else "NOT_AVAILABLE",
    }


def _details(card: ModelCard, alias: str, ports: Ports) -> Json:
    lifecycle: Json = {"status": "ACTIVE"}
    if card.created_at:
        lifecycle["startOfLifeTime"] = utc(card.created_at)
    return {
        "modelArn": card.arn(ports.site.region),
        "modelId": alias or card.id,
        "modelName": f"{alias} (answered by {card.id})" if alias else card.name,
        "providerName": card.provider,
        "inputModalities": ["TEXT"],
        "outputModalities": ["EMBEDDING" if card.task == "embedding" else "TEXT"],
        "responseStreamingSupported": card.task == "chat",
        "customizationsSupported": [FINE_TUNING] if can_be_customized(card) else [],
        "inferenceTypesSupported": ["ON_DEMAND"],
        "modelLifecycle": lifecycle,
    }


def _provider_names(summary: Mapping[str, Any]) -> set[str]:
    """Lower-case names of the provider of the model that answers, and of the one its id is known for."""
    prefix: str = summary["modelId"].partition(".")[0]
    return {summary["providerName"].lower(), prefix, _PROVIDERS.get(prefix, prefix).lower()}
