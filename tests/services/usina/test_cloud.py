from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from usina.core.cloud import CLOUD
from usina.core.errors import NotFoundError, ValidationError
from usina.services.bedrock_runtime.converse import converse
from usina.services.usina.aliases import enable_shipped_aliases
from usina.services.usina.cloud import (
    list_cloud_budgets,
    list_cloud_models,
    put_cloud_budget,
    put_cloud_model,
    remove_cloud_model,
)
from usina.services.usina.models import remove_model
from usina.testing.catalogue import CHAT
from usina.testing.world import ACCOUNT, call_of, world

MODEL: dict[str, Any] = {
    "modelId": "cloud.far",
    "protocol": "bedrock",
    "address": "https://far.internal",
    "upstreamModel": "far-v1",
    "region": "eu-central-1",
    "accessKeyId": "AKIAEXAMPLE",
    "secret": "a-secret",
}


async def test_a_model_is_put_listed_without_its_secret_and_removed() -> None:
    ports = world()
    put = await put_cloud_model(call_of(MODEL), ports)
    listed = await list_cloud_models(call_of({}), ports)
    assert listed["models"] == [put["model"]]
    assert "a-secret" not in str(listed)
    assert put["model"]["accessKeyId"] == "AKIAEXAMPLE"
    assert (put["model"]["contextTokens"], put["model"]["maxOutputTokens"]) == (128_000, 4_096)
    assert put["model"]["pinned"] is False
    assert (await remove_cloud_model(call_of({"modelId": "cloud.far"}), ports)) == {"modelId": "cloud.far"}
    with pytest.raises(NotFoundError, match="ListCloudModels"):
        await remove_cloud_model(call_of({"modelId": "cloud.far"}), ports)


async def test_bounds_of_a_model_are_taken() -> None:
    ports = world()
    asked = {**MODEL, "contextTokens": 1_000, "maxOutputTokens": 10, "task": "embedding", "sessionToken": "t"}
    described = (await put_cloud_model(call_of(asked), ports))["model"]
    assert (described["contextTokens"], described["maxOutputTokens"], described["task"]) == (1_000, 10, "embedding")


async def test_budgets_are_set_listed_with_what_is_used_and_taken_away() -> None:
    ports = world()
    await put_cloud_budget(call_of({"scope": "site", "requests": 5}), ports)
    put = (await put_cloud_budget(call_of({"scope": ACCOUNT, "tokens": 0}), ports))["budget"]
    assert put == {
        "scope": ACCOUNT, "day": "2027-01-15", "tokens": 0, "usedRequests": 0, "usedBytes": 0, "usedTokens": 0,
    }  # fmt: skip
    listed = (await list_cloud_budgets(call_of({}), ports))["budgets"]
    assert [(each["scope"], each.get("requests")) for each in listed] == [("site", 5), (ACCOUNT, None)]
    await put_cloud_budget(call_of({"scope": ACCOUNT}), ports)
    assert [each["scope"] for each in (await list_cloud_budgets(call_of({}), ports))["budgets"]] == ["site"]


async def test_a_scope_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError):
        await put_cloud_budget(call_of({"scope": "everybody", "requests": 1}), world())


async def test_a_model_outside_is_not_removed_as_one_of_the_site() -> None:
    ports = world(cards=(CHAT, replace(CHAT, id="cloud.far", runtime=CLOUD)))
    with pytest.raises(ValidationError, match="RemoveCloudModel"):
        await remove_model(call_of({"modelId": "cloud.far"}), ports)


async def test_the_shipped_aliases_lead_to_no_model_outside_by_themselves() -> None:
    outside = replace(CHAT, id="cloud.far", runtime=CLOUD, created_at=-1.0)
    ports = world(cards=(outside, CHAT))
    await enable_shipped_aliases(call_of({}), ports)
    assert "cloud.far" not in ports.catalogue.aliases().values()


async def test_a_converse_for_a_model_outside_needs_nothing_new_of_its_handler() -> None:
    ports = world(cards=(replace(CHAT, id="cloud.far", runtime=CLOUD),))
    asked = {"modelId": "cloud.far", "messages": [{"role": "user", "content": [{"text": "x"}]}]}
    assert (await converse(call_of(asked), ports))["stopReason"]
