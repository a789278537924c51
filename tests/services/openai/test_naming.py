from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from usina.core.errors import NotFoundError, ValidationError
from usina.services.openai.naming import answering_model, touch_model
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.world import call_of

if TYPE_CHECKING:
    from usina.core.operation import Call
    from usina.core.ports import Ports


def asking(model: str) -> Call[Any]:
    return call_of({"model": model})


def test_policy_judges_the_model_behind_an_alias_and_sees_the_alias(ports: Ports) -> None:
    (resource,) = touch_model(asking("gpt-4o-mini"), ports)
    assert (resource.type, resource.id) == ("Model", CHAT.id)
    assert resource.attributes["alias"] == "gpt-4o-mini"
    assert resource.attributes["known"] is True


def test_policy_judges_an_unknown_name_as_unknown(ports: Ports) -> None:
    (resource,) = touch_model(asking("nobody"), ports)
    assert (resource.id, resource.attributes["known"]) == ("nobody", False)


def test_policy_judges_the_inference_profile_on_the_way(ports: Ports) -> None:
    arn = f"arn:aws:bedrock:us-east-1:111122223333:inference-profile/{CHAT.id}"
    model, profile = touch_model(asking(arn), ports)
    assert (model.id, profile.type, profile.id) == (CHAT.id, "InferenceProfile", arn)


def test_the_meter_learns_who_answers(ports: Ports) -> None:
    call = asking("gpt-4o-mini")
    assert answering_model(call, ports, "chat") is CHAT
    assert call.meter.model == CHAT.id


def test_a_model_of_another_task_or_none_is_refused(ports: Ports) -> None:
    with pytest.raises(ValidationError):
        answering_model(asking(EMBEDDING.id), ports, "chat")
    with pytest.raises(ValidationError):
        answering_model(asking(CHAT.id), ports, "embedding")
    with pytest.raises(NotFoundError):
        answering_model(asking("nobody"), ports, "chat")
