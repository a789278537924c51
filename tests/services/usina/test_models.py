from __future__ import annotations

import pytest

from usina.core.errors import NotFoundError, ValidationError
from usina.services import operations
from usina.services.usina.models import describe_model, import_model, list_models, remove_model
from usina.testing.catalogue import CHAT, EMBEDDING, FakeModelStore
from usina.testing.world import call_of, world

TOUCHES = {name: operation.touches for (service, name), operation in operations().items() if service == "usina"}


async def test_models_are_listed_in_order_of_id_and_by_pages() -> None:
    ports = world()
    first = await list_models(call_of({"maxResults": 1}), ports)
    second = await list_models(call_of({"maxResults": 1, "nextToken": first["nextToken"]}), ports)
    assert [model["modelId"] for model in first["models"] + second["models"]] == [CHAT.id, EMBEDDING.id]
    assert "nextToken" not in second


@pytest.mark.parametrize("token", ["%%%", "_w==", "a"])
async def test_a_token_that_no_listing_gave_is_refused(token: str) -> None:
    with pytest.raises(ValidationError, match="nextToken"):
        await list_models(call_of({"nextToken": token}), world())


async def test_a_model_is_described_by_its_alias_with_what_really_answers() -> None:
    ports = world(aliases={"anthropic.claude-x": CHAT.id})
    model = (await describe_model(call_of({"modelId": "anthropic.claude-x"}), ports))["model"]
    assert model["modelId"] == CHAT.id
    assert model["aliases"] == ["anthropic.claude-x"]
    assert model["modelArn"] == f"arn:aws:bedrock:us-east-1::foundation-model/{CHAT.id}"


async def test_an_unknown_model_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="ListModels"):
        await describe_model(call_of({"modelId": "no.such"}), world())


async def test_an_import_starts_and_gives_the_model_on_its_way() -> None:
    source = {"kind": "file", "location": "/data/big.gguf"}
    ports = world()
    model = (await import_model(call_of({"source": source, "modelId": "acme.big"}), ports))["model"]
    assert (model["modelId"], model["source"]) == ("acme.big", "/data/big.gguf")


async def test_the_progress_of_a_running_import_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setattr(FakeModelStore, "progress", lambda *_: ("requantising", 0.25))
    ports = world(cards=(replace(CHAT, state="IMPORTING"), EMBEDDING))
    busy, ready = (await list_models(call_of({}), ports))["models"]
    assert (busy["progressStage"], busy["progressShare"]) == ("requantising", 0.25)
    assert "progressStage" not in ready


async def test_only_an_attached_engine_has_a_model_name_of_its_own() -> None:
    source = {"kind": "file", "location": "/data/big.gguf", "upstreamModel": "big"}
    with pytest.raises(ValidationError, match="attached"):
        await import_model(call_of({"source": source}), world())


@pytest.mark.parametrize("name", [CHAT.id, CHAT.arn("us-east-1")])
async def test_a_model_is_removed_by_its_own_name(name: str) -> None:
    ports = world()
    assert await remove_model(call_of({"modelId": name}), ports) == {"modelId": CHAT.id}
    assert [card.id for card in ports.catalogue.cards()] == [EMBEDDING.id]


async def test_a_model_is_not_removed_by_an_alias() -> None:
    ports = world(aliases={"nice": CHAT.id})
    with pytest.raises(ValidationError, match="alias"):
        await remove_model(call_of({"modelId": "nice"}), ports)
    assert len(ports.catalogue.cards()) == 2


def test_policy_sees_the_model_that_an_alias_leads_to() -> None:
    ports = world(aliases={"nice": CHAT.id})
    (resource,) = TOUCHES["DescribeModel"](call_of({"modelId": "nice"}), ports)
    assert resource.id == CHAT.id
    assert resource.attributes["alias"] == "nice"
    (unknown,) = TOUCHES["RemoveModel"](call_of({"modelId": "no.such"}), ports)
    assert (unknown.type, unknown.id, unknown.attributes["known"]) == ("Model", "no.such", False)


def test_policy_sees_a_new_model_by_the_id_it_shall_have() -> None:
    (resource,) = TOUCHES["ImportModel"](call_of({"source": {}, "modelId": "acme.big"}), world())
    assert resource.id == "acme.big"
