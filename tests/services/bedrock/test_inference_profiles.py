"""Inference profiles of the site and of accounts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.errors import ConflictError, LimitExceededError, NotFoundError, ValidationError
from usina.core.ports import Row
from usina.services.bedrock.inference_profiles import (
    create_inference_profile,
    delete_inference_profile,
    get_inference_profile,
    list_inference_profiles,
)
from usina.services.bedrock.tags import list_tags_for_resource
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.world import ACCOUNT, call_of, principal, world

if TYPE_CHECKING:
    from usina.core.ports import Ports

CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"
TITAN = "amazon.titan-embed-text-v2:0"
REGIONAL = f"us.{CLAUDE}"
MODEL_ARN = f"arn:aws:bedrock:us-east-1::foundation-model/{CHAT.id}"
OTHER = principal("999988887777")


def site() -> Ports:
    return world(aliases={CLAUDE: CHAT.id, f"eu.{CLAUDE}": CHAT.id, "gpt-3.5-turbo": CHAT.id, TITAN: EMBEDDING.id})


async def create(ports: Ports, name: str = "team a", source: str = MODEL_ARN, who: Any = None, **more: Any) -> str:
    call = call_of({"inferenceProfileName": name, "modelSource": {"copyFrom": source}, **more}, who)
    answer = await create_inference_profile(call, ports)
    assert answer["status"] == "ACTIVE"
    return answer["inferenceProfileArn"]


async def get(ports: Ports, identifier: str, who: Any = None) -> Any:
    return await get_inference_profile(call_of({"inferenceProfileIdentifier": identifier}, who), ports)


async def names(ports: Ports, who: Any = None, **asked: Any) -> list[str]:
    answer = await list_inference_profiles(call_of(asked, who), ports)
    return [summary["inferenceProfileId"] for summary in answer["inferenceProfileSummaries"]]


async def test_a_profile_that_was_made_leads_to_its_model() -> None:
    ports = site()
    arn = await create(ports, description="For team a")
    profile = await get(ports, arn)
    assert arn == f"arn:aws:bedrock:us-east-1:{ACCOUNT}:application-inference-profile/{profile['inferenceProfileId']}"
    assert profile["inferenceProfileName"] == "team a"
    assert profile["description"] == "For team a"
    assert profile["models"] == [{"modelArn": MODEL_ARN}]
    assert (profile["status"], profile["type"]) == ("ACTIVE", "APPLICATION")
    assert profile["createdAt"].timestamp() == ports.clock.now()
    found = ports.catalogue.resolve(arn, ACCOUNT)
    assert found is not None
    assert (found.card.id, found.profile_arn, found.alias) == (CHAT.id, arn, "")
    assert await get(ports, profile["inferenceProfileId"]) == profile


async def test_a_profile_of_an_alias_names_the_known_model_and_the_one_that_answers() -> None:
    ports = site()
    claude = f"arn:aws:bedrock:us-east-1::foundation-model/{CLAUDE}"
    regional = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:inference-profile/{REGIONAL}"
    for name, source in (("a", claude), ("b", regional)):
        profile = await get(ports, await create(ports, name, source))
        assert profile["models"] == [{"modelArn": claude}, {"modelArn": MODEL_ARN}]


async def test_a_known_id_with_a_region_before_it_is_a_profile_of_the_site() -> None:
    profile = await get(site(), REGIONAL)
    assert profile["inferenceProfileArn"] == f"arn:aws:bedrock:us-east-1:{ACCOUNT}:inference-profile/{REGIONAL}"
    assert profile["inferenceProfileName"] == "US anthropic claude 3 haiku 20240307 v1 0"
    assert profile["description"] == f"Answered by {CHAT.id}"
    assert profile["type"] == "SYSTEM_DEFINED"
    assert profile["models"][-1] == {"modelArn": MODEL_ARN}


async def test_a_region_before_an_unknown_id_is_no_profile() -> None:
    with pytest.raises(NotFoundError):
        await get(site(), "us.nobody.knows")


async def test_the_listing_has_the_sites_profiles_first() -> None:
    ports = site()
    arn = await create(ports)
    own = arn.rpartition("/")[2]
    assert await names(ports) == [f"eu.{CLAUDE}", REGIONAL, own]
    assert await names(ports, typeEquals="SYSTEM_DEFINED") == [f"eu.{CLAUDE}", REGIONAL]
    assert await names(ports, typeEquals="APPLICATION") == [own]


async def test_pages_together_are_the_whole_listing() -> None:
    ports = site()
    for number in range(5):
        await create(ports, f"team {number}")
    whole, token, pages = await names(ports), None, []
    while True:
        asked = {"maxResults": 2, **({"nextToken": token} if token else {})}
        answer = await list_inference_profiles(call_of(asked), ports)
        pages += [summary["inferenceProfileId"] for summary in answer["inferenceProfileSummaries"]]
        token = answer.get("nextToken")
        if token is None:
            break
    assert pages == whole
    assert len(whole) == 7


@pytest.mark.parametrize("token", ["x", "eA==", "####", "////"])
async def test_a_token_that_is_none_of_ours_is_refused(token: str) -> None:
    with pytest.raises(ValidationError, match="nextToken is invalid"):
        await names(site(), nextToken=token)


async def test_a_name_is_taken_once() -> None:
    ports = site()
    await create(ports, clientRequestToken="one")
    with pytest.raises(ConflictError, match="name team a already exists"):
        await create(ports, clientRequestToken="two")


async def test_the_same_request_again_gives_the_same_profile() -> None:
    ports = site()
    arn = await create(ports, clientRequestToken="one")
    assert await create(ports, clientRequestToken="one") == arn
    with pytest.raises(ConflictError):
        await create(ports, source=f"arn:aws:bedrock:us-east-1::foundation-model/{CLAUDE}", clientRequestToken="one")


async def test_two_requests_at_once_make_one_profile() -> None:
    ports = site()
    made = await asyncio.gather(create(ports), create(ports), return_exceptions=True)
    assert sorted(type(result).__name__ for result in made) == ["ConflictError", "str"]


async def test_a_source_that_leads_nowhere_is_refused() -> None:
    for source in ("arn:aws:bedrock:us-east-1::foundation-model/nobody.knows", "arn:aws:s3:::bucket"):
        with pytest.raises(ValidationError, match="model identifier is invalid"):
            await create(site(), source=source)
    with pytest.raises(ValidationError, match="copyFrom"):
        await create_inference_profile(call_of({"inferenceProfileName": "x", "modelSource": {}}), site())


async def test_tags_come_with_the_profile() -> None:
    ports = site()
    arn = await create(ports, tags=[{"key": "team", "value": "a"}])
    assert await list_tags_for_resource(call_of({"resourceARN": arn}), ports) == {
        "tags": [{"key": "team", "value": "a"}]
    }


async def test_an_account_has_its_quota() -> None:
    ports = site()
    for number in range(1_000):
        await ports.records.put(Row("inference-profile", ACCOUNT, f"p{number}", {"profile": {}, "model": CHAT.id}))
    with pytest.raises(LimitExceededError, match="at most 1000"):
        await create(ports)


async def test_a_deleted_profile_leads_nowhere() -> None:
    ports = site()
    arn = await create(ports)
    assert await delete_inference_profile(call_of({"inferenceProfileIdentifier": arn}), ports) == {}
    assert ports.catalogue.resolve(arn, ACCOUNT) is None
    with pytest.raises(NotFoundError):
        await get(ports, arn)
    with pytest.raises(NotFoundError):
        await delete_inference_profile(call_of({"inferenceProfileIdentifier": arn}), ports)


async def test_the_sites_profiles_are_not_an_accounts_to_delete() -> None:
    with pytest.raises(ValidationError, match="defined by the site"):
        await delete_inference_profile(call_of({"inferenceProfileIdentifier": REGIONAL}), site())


async def test_tenants_never_see_each_others_profiles() -> None:
    ports = site()
    arn = await create(ports)
    identifier = arn.rpartition("/")[2]
    assert await names(ports, OTHER, typeEquals="APPLICATION") == []
    for name in (arn, identifier):
        with pytest.raises(NotFoundError):
            await get(ports, name, OTHER)
        with pytest.raises(NotFoundError):
            await delete_inference_profile(call_of({"inferenceProfileIdentifier": name}, OTHER), ports)
        assert ports.catalogue.resolve(name, OTHER.account) is None
    with pytest.raises(ValidationError, match="model identifier is invalid"):
        await create(ports, "theirs", arn, OTHER)
    assert await create(ports, who=OTHER) != arn


def touched(handler: Any, arguments: dict[str, Any], ports: Ports) -> tuple[str, str, str]:
    (served,) = handler.__dict__["__operations__"]
    (resource,) = served.touches(call_of(arguments), ports)
    return (resource.type, resource.id, resource.account)


def test_policy_judges_the_profile_and_whose_it_is() -> None:
    ports = site()
    foreign = "arn:aws:bedrock:us-east-1:999988887777:application-inference-profile/abc"
    asked = {"inferenceProfileIdentifier": foreign}
    assert touched(get_inference_profile, asked, ports) == ("InferenceProfile", foreign, "999988887777")
    kind, arn, account = touched(delete_inference_profile, {"inferenceProfileIdentifier": "abc"}, ports)
    assert (kind, account) == ("InferenceProfile", ACCOUNT)
    assert arn == f"arn:aws:bedrock:us-east-1:{ACCOUNT}:application-inference-profile/abc"
    assert touched(create_inference_profile, {"inferenceProfileName": "a"}, ports)[2] == ACCOUNT
    assert touched(list_inference_profiles, {}, ports) == ("Account", ACCOUNT, ACCOUNT)
