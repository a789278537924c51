from __future__ import annotations

from dataclasses import replace

from usina.core.custom import base_part, custom_model_arn, holder_arn, names_of
from usina.core.models import judged
from usina.core.ports import Resolution
from usina.testing.catalogue import CHAT

ACCOUNT = "111122223333"
TUNED = custom_model_arn("us-east-1", ACCOUNT, CHAT.id, "0123456789ab")
CARD = replace(CHAT, id=TUNED, account=ACCOUNT, base=CHAT.id)


def test_an_accounts_own_model_is_judged_as_the_accounts() -> None:
    [resource] = judged(Resolution(CARD, TUNED), TUNED, ACCOUNT)
    assert (resource.type, resource.id, resource.account) == ("CustomModel", TUNED, ACCOUNT)


def test_what_it_was_reached_through_is_judged_too() -> None:
    for kind, resource_type in (
        ("custom-model-deployment", "CustomModelDeployment"),
        ("provisioned-model", "ProvisionedModel"),
    ):
        arn = holder_arn(kind, "us-east-1", ACCOUNT, "abcdefabcdef")
        _, through = judged(Resolution(CARD, arn, deployment_arn=arn), arn, ACCOUNT)
        assert (through.type, through.id, through.account) == (resource_type, arn, ACCOUNT)


def test_a_name_that_leads_nowhere_is_a_model_that_is_not_known() -> None:
    [resource] = judged(None, TUNED, ACCOUNT)
    assert (resource.type, resource.account, resource.attributes["known"]) == ("Model", "", False)


def test_a_base_stands_in_arns_in_the_characters_that_aws_allows() -> None:
    assert base_part(CHAT.id) == CHAT.id
    assert base_part("Acme_Corp.Big.Model:1") == "acme-corp.big-model-1"
    assert base_part("plain") == "plain.model"


def test_a_deployment_holds_the_model_that_answers_and_the_next() -> None:
    assert names_of({"model": "a", "next": "b"}) == ("a", "b")
    assert names_of({"model": "a", "next": ""}) == ("a",)
