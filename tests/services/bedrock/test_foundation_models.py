"""Foundation models and the aliases beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from usina.core.errors import NotFoundError
from usina.services.bedrock.foundation_models import (
    get_foundation_model,
    get_foundation_model_availability,
    list_foundation_models,
)
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.world import call_of, world

CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"
ALIASES = {
    CLAUDE: CHAT.id,
    f"us.{CLAUDE}": CHAT.id,
    "amazon.titan-embed-text-v2:0": EMBEDDING.id,
    "my favourite": CHAT.id,
    "gone.model": "no.longer-here",
}


async def listed(**filters: str) -> list[Any]:
    answer = await list_foundation_models(call_of(filters), world(aliases=ALIASES))
    return [summary["modelId"] for summary in answer["modelSummaries"]]


async def test_models_come_first_and_their_aliases_after_them() -> None:
    assert await listed() == [CHAT.id, EMBEDDING.id, "amazon.titan-embed-text-v2:0", CLAUDE]


async def test_an_entry_says_which_model_answers() -> None:
    answer = await list_foundation_models(call_of({}), world(aliases=ALIASES))
    by_id: dict[str, Any] = {summary["modelId"]: summary for summary in answer["modelSummaries"]}
    own, alias = by_id[CHAT.id], by_id[CLAUDE]
    assert own["modelName"] == CHAT.name
    assert alias["modelName"] == f"{CLAUDE} (answered by {CHAT.id})"
    assert alias["modelArn"] == own["modelArn"] == f"arn:aws:bedrock:us-east-1::foundation-model/{CHAT.id}"
    assert (own["responseStreamingSupported"], by_id[EMBEDDING.id]["responseStreamingSupported"]) == (True, False)
    assert own["modelLifecycle"]["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"byProvider": "HuggingFaceTB"}, [CHAT.id, CLAUDE]),
        ({"byProvider": "Anthropic"}, [CLAUDE]),
        ({"byProvider": "amazon"}, ["amazon.titan-embed-text-v2:0"]),
        ({"byProvider": "Nobody"}, []),
        ({"byOutputModality": "EMBEDDING"}, [EMBEDDING.id, "amazon.titan-embed-text-v2:0"]),
        ({"byOutputModality": "IMAGE"}, []),
        ({"byInferenceType": "ON_DEMAND", "byOutputModality": "TEXT"}, [CHAT.id, CLAUDE]),
        ({"byInferenceType": "PROVISIONED"}, []),
        ({"byCustomizationType": "FINE_TUNING"}, []),
    ],
)
async def test_each_filter_keeps_what_it_says(filters: dict[str, str], ids: list[str]) -> None:
    assert await listed(**filters) == ids


async def test_a_model_that_is_not_here_yet_is_not_listed() -> None:
    ports = world(cards=[replace(CHAT, state="IMPORTING"), EMBEDDING], aliases={CLAUDE: CHAT.id})
    answer = await list_foundation_models(call_of({}), ports)
    assert [summary["modelId"] for summary in answer["modelSummaries"]] == [EMBEDDING.id]


@pytest.mark.parametrize(
    ("asked", "model_id"),
    [
        (CHAT.id, CHAT.id),
        (CLAUDE, CLAUDE),
        (f"arn:aws:bedrock:us-east-1::foundation-model/{CHAT.id}", CHAT.id),
        (f"arn:aws:bedrock:us-east-1::foundation-model/{CLAUDE}", CLAUDE),
    ],
)
async def test_a_model_is_found_by_id_alias_and_arn(asked: str, model_id: str) -> None:
    answer = await get_foundation_model(call_of({"modelIdentifier": asked}), world(aliases=ALIASES))
    details = answer["modelDetails"]
    assert details["modelId"] == model_id
    assert details["modelArn"].endswith(CHAT.id)


async def test_an_unknown_model_is_not_found_in_bedrocks_words() -> None:
    words = "Could not resolve the foundation model from the provided model identifier."
    for handler, name in ((get_foundation_model, "modelIdentifier"), (get_foundation_model_availability, "modelId")):
        with pytest.raises(NotFoundError, match=words):
            await handler(call_of({name: "nobody.knows"}), world())


@pytest.mark.parametrize(("state", "region"), [("READY", "AVAILABLE"), ("FAILED", "NOT_AVAILABLE")])
async def test_availability_is_whether_the_model_answers(state: str, region: str) -> None:
    ports = world(cards=[replace(CHAT, state=state)], aliases={CLAUDE: CHAT.id})
    assert await get_foundation_model_availability(call_of({"modelId": CLAUDE}), ports) == {
        "modelId": CLAUDE,
        "agreementAvailability": {"status": "AVAILABLE"},
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": "AVAILABLE",
        "regionAvailability": region,
    }


def test_policy_judges_the_model_behind_the_name() -> None:
    (served,) = get_foundation_model.__dict__["__operations__"]
    ports = world(aliases=ALIASES)
    (model,) = served.touches(call_of({"modelIdentifier": CLAUDE}), ports)
    assert (model.id, model.attributes["alias"]) == (CHAT.id, CLAUDE)
    (unknown,) = served.touches(call_of({"modelIdentifier": "nobody.knows"}), ports)
    assert unknown.attributes["known"] is False
