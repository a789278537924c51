from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import openai
import pytest

from usina.testing.catalogue import CHAT, EMBEDDING, FakeCatalogue

if TYPE_CHECKING:
    from usina.core.ports import Ports


async def test_the_list_has_models_and_aliases_and_says_who_answers(client: openai.AsyncOpenAI) -> None:
    listed = {model.id: model for model in (await client.models.list()).data}
    assert list(listed) == [CHAT.id, EMBEDDING.id, "gpt-4o-mini"]
    alias = listed["gpt-4o-mini"]
    assert alias.to_dict()["usina_model"] == CHAT.id
    assert (alias.object, alias.owned_by, alias.created) == ("model", "HuggingFaceTB", 1_800_000_000)


async def test_a_model_that_cannot_answer_yet_is_not_listed_nor_are_its_aliases(
    client: openai.AsyncOpenAI, ports: Ports
) -> None:
    assert isinstance(ports.catalogue, FakeCatalogue)
    ports.catalogue.by_id[CHAT.id] = replace(CHAT, state="IMPORTING")
    assert [model.id for model in (await client.models.list()).data] == [EMBEDDING.id]


@pytest.mark.parametrize("name", [CHAT.id, "gpt-4o-mini"])
async def test_one_model_is_found_by_any_of_its_names(client: openai.AsyncOpenAI, name: str) -> None:
    model = await client.models.retrieve(name)
    assert (model.id, model.to_dict()["usina_model"]) == (name, CHAT.id)


async def test_an_arn_is_a_name_too(client: openai.AsyncOpenAI) -> None:
    arn = CHAT.arn("us-east-1")
    assert "/" in arn
    assert quote(arn, safe="") != arn
    assert (await client.models.retrieve(arn)).to_dict()["usina_model"] == CHAT.id


async def test_an_unknown_model_is_not_found(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        await client.models.retrieve("nobody")
    assert caught.value.code == "model_not_found"
