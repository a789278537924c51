"""Which model a request names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from usina.core.errors import ValidationError
from usina.core.ports import Resolution
from usina.services.bedrock_runtime.models import output_limit, resolve, resolve_chat, touches, trace
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.world import call_of, world

CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"


def test_policy_judges_the_model_that_answers_and_knows_the_alias() -> None:
    ports = world(aliases={CLAUDE: CHAT.id})
    (model,) = touches(call_of({"modelId": CLAUDE}), ports)
    assert (model.type, model.id) == ("Model", CHAT.id)
    assert model.attributes["alias"] == CLAUDE
    assert model.attributes["known"] is True


def test_policy_judges_an_unknown_model_by_the_name_that_was_asked_for() -> None:
    (model,) = touches(call_of({"modelId": "nobody.knows"}), world())
    assert model.id == "nobody.knows"
    assert model.attributes["known"] is False


def test_policy_judges_the_inference_profile_too() -> None:
    ports = world(aliases={"us.anthropic.claude": CHAT.id})
    arn = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude"
    model, profile = touches(call_of({"modelId": arn}), ports)
    assert model.id == CHAT.id
    assert (profile.type, profile.id, profile.account) == ("InferenceProfile", arn, "111122223333")


def test_an_unknown_model_is_refused_in_bedrocks_words() -> None:
    with pytest.raises(ValidationError, match=r"^The provided model identifier is invalid\.$"):
        resolve(call_of({"modelId": "nobody.knows"}), world())


def test_the_meter_knows_the_model_before_it_answers() -> None:
    call = call_of({"modelId": CLAUDE})
    resolve(call, world(aliases={CLAUDE: CHAT.id}))
    assert call.meter.model == CHAT.id


def test_an_embedding_model_does_not_talk() -> None:
    with pytest.raises(ValidationError, match="doesn't support the model that you provided"):
        resolve_chat(call_of({"modelId": EMBEDDING.id}), world())


def test_the_trace_names_the_model_behind_an_alias_or_a_profile_only() -> None:
    assert trace(Resolution(CHAT, CHAT.id), "us-east-1") is None
    named = {"promptRouter": {"invokedModelId": f"arn:aws:bedrock:us-east-1::foundation-model/{CHAT.id}"}}
    assert trace(Resolution(CHAT, CLAUDE, alias=CLAUDE), "us-east-1") == named
    assert trace(Resolution(CHAT, "x", profile_arn="arn:..."), "us-east-1") == named


def test_more_tokens_than_the_model_can_give_are_refused_by_its_own_name() -> None:
    small = replace(CHAT, max_output_tokens=100)
    assert output_limit(100, Resolution(small, small.id)) == 100
    assert output_limit(None, Resolution(small, small.id)) is None
    with pytest.raises(ValidationError, match="exceeds the model limit of 100"):
        output_limit(101, Resolution(small, small.id))


def test_a_bound_made_for_another_model_bounds_nothing_behind_an_alias() -> None:
    small = replace(CHAT, max_output_tokens=100)
    assert output_limit(64_000, Resolution(small, CLAUDE, alias=CLAUDE)) is None
    assert output_limit(99, Resolution(small, CLAUDE, alias=CLAUDE)) == 99


def test_without_a_limit_of_its_own_the_window_is_the_limit() -> None:
    card = replace(CHAT, max_output_tokens=0, context_tokens=50)
    with pytest.raises(ValidationError, match="limit of 50"):
        output_limit(51, Resolution(card, card.id))
