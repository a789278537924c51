from __future__ import annotations

from typing import Any

import pytest

from usina.core.ports import EngineStatus, Row
from usina.engine.catalogue import SHIPPED_SWITCH, SiteCatalogue, shipped_ids
from usina.engine.settings import EngineSettings
from usina.testing.records import MemoryRecords

ACCOUNT, OTHER = "111122223333", "444455556666"
CHAT, EMBEDDING = "huggingfacetb.smollm2-135m-instruct", "sentence-transformers.all-minilm-l6-v2"
CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"
PROFILE = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:application-inference-profile/abc123"


def model(task: str, **more: Any) -> dict[str, Any]:
    return {"runtime": "llamacpp", "state": "READY", "task": task, "context_tokens": 8192, "created_at": 1.0, **more}


async def catalogue(*rows: Row, settings: EngineSettings | None = None) -> SiteCatalogue:
    records = MemoryRecords()
    for row in (Row("model", "", CHAT, model("chat")), Row("model", "", EMBEDDING, model("embedding")), *rows):
        await records.put(row)
    made = SiteCatalogue(records, settings or EngineSettings(), "us-east-1")
    await made.reload()
    return made


def alias(name: str, target: str) -> Row:
    return Row("alias", "", name, {"model": target})


def profile(account: str, name: str, target: str) -> Row:
    arn = f"arn:aws:bedrock:us-east-1:{account}:application-inference-profile/{name}"
    return Row("inference-profile", account, name, {"profile": {"inferenceProfileArn": arn}, "model": target})


async def test_a_model_is_found_by_its_id_and_its_arn() -> None:
    found = await catalogue()
    arn = f"arn:aws:bedrock:us-east-1::foundation-model/{CHAT}"
    for name in (CHAT, arn):
        resolution = found.resolve(name, ACCOUNT)
        assert resolution is not None
        assert (resolution.card.id, resolution.asked, resolution.alias, resolution.profile_arn) == (CHAT, name, "", "")


async def test_an_alias_leads_to_its_model_by_every_name_of_it() -> None:
    found = await catalogue(alias(CLAUDE, CHAT))
    for name in (CLAUDE, f"arn:aws:bedrock:eu-west-1::foundation-model/{CLAUDE}"):
        resolution = found.resolve(name, ACCOUNT)
        assert resolution is not None
        assert (resolution.card.id, resolution.alias) == (CHAT, CLAUDE)
    assert found.aliases() == {CLAUDE: CHAT}


@pytest.mark.parametrize("prefix", ["us.", "eu.", "apac.", "global."])
async def test_a_cross_region_profile_leads_to_what_follows_its_prefix(prefix: str) -> None:
    found = await catalogue(alias(CLAUDE, CHAT))
    arn = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:inference-profile/{prefix}{CLAUDE}"
    for name in (prefix + CLAUDE, arn):
        resolution = found.resolve(name, ACCOUNT)
        assert resolution is not None
        assert (resolution.card.id, resolution.alias, resolution.profile_arn) == (CHAT, CLAUDE, arn)
    assert found.resolve(arn, OTHER) is None


async def test_an_application_profile_serves_its_own_account_only() -> None:
    found = await catalogue(profile(ACCOUNT, "abc123", f"arn:aws:bedrock:us-east-1::foundation-model/{CHAT}"))
    for name in (PROFILE, "abc123"):
        resolution = found.resolve(name, ACCOUNT)
        assert resolution is not None
        assert (resolution.card.id, resolution.profile_arn) == (CHAT, PROFILE)
        assert found.resolve(name, OTHER) is None


async def test_a_profile_may_lead_to_a_cross_region_profile_of_an_alias() -> None:
    found = await catalogue(alias(CLAUDE, CHAT), profile(ACCOUNT, "abc123", f"us.{CLAUDE}"))
    resolution = found.resolve(PROFILE, ACCOUNT)
    assert resolution is not None
    assert (resolution.card.id, resolution.profile_arn) == (CHAT, PROFILE)


async def test_profiles_that_lead_in_a_circle_lead_nowhere() -> None:
    found = await catalogue(profile(ACCOUNT, "a", "b"), profile(ACCOUNT, "b", "a"))
    assert found.resolve("a", ACCOUNT) is None


@pytest.mark.parametrize(
    "name",
    [
        "", "unknown", "us.", "us.unknown", "arn:", "arn:aws:bedrock:us-east-1::foundation-model/unknown",
        f"arn:aws:s3:us-east-1::foundation-model/{CHAT}", f"arn:aws:bedrock:us-east-1:{OTHER}:foundation-model/{CHAT}",
        f"arn:aws:bedrock:us-east-1:{ACCOUNT}:inference-profile/{CHAT}",
        f"arn:aws:bedrock:us-east-1:{ACCOUNT}:model/{CHAT}",
        f"arn:aws:bedrock:us-east-1::foundation-model/arn:aws:bedrock:us-east-1::foundation-model/{CHAT}",
    ],
)  # fmt: skip
async def test_a_name_that_means_nothing_leads_nowhere(name: str) -> None:
    assert (await catalogue()).resolve(name, ACCOUNT) is None


async def test_the_shipped_aliases_are_off_until_switched_on() -> None:
    assert not (await catalogue()).aliases()
    for found in (
        await catalogue(settings=EngineSettings(aws_aliases=True)),
        await catalogue(alias(SHIPPED_SWITCH, CHAT)),
    ):
        assert found.aliases()[CLAUDE] == CHAT
        assert found.aliases()["amazon.titan-embed-text-v2:0"] == EMBEDDING
        assert SHIPPED_SWITCH not in found.aliases()
        assert len(found.aliases()) == sum(len(ids) for ids in shipped_ids().values())


async def test_a_sites_own_alias_stands_over_the_shipped_one() -> None:
    newer = Row("model", "", "local.newer", model("chat", created_at=2.0))
    found = await catalogue(newer, alias(SHIPPED_SWITCH, CHAT), alias(CLAUDE, "local.newer"))
    assert found.aliases()[CLAUDE] == "local.newer"
    assert found.aliases()["amazon.nova-lite-v1:0"] == CHAT
    found = await catalogue(newer, alias(SHIPPED_SWITCH, "local.newer"))
    assert found.aliases()[CLAUDE] == "local.newer"
    assert found.aliases()["cohere.embed-english-v3"] == EMBEDDING


async def test_an_alias_of_a_model_that_is_gone_is_not_in_force() -> None:
    found = await catalogue(alias(CLAUDE, "gone.model"))
    assert not found.aliases()
    assert found.resolve(CLAUDE, ACCOUNT) is None


async def test_a_card_shows_the_state_of_its_engine() -> None:
    found = await catalogue()
    states: list[EngineStatus] = [EngineStatus(CHAT, "BACKOFF", 1, 0, 0, "killed by signal 9")]
    found.observe(lambda: states)
    found.refresh()
    assert [(card.id, card.state, card.state_reason) for card in found.cards()] == [
        (CHAT, "STARTING", "killed by signal 9"),
        (EMBEDDING, "READY", ""),
    ]
    states[0] = EngineStatus(CHAT, "FAILED", 5, 0, 0, "exit status 1")
    found.refresh()
    assert found.cards()[0].state == "FAILED"


async def test_slots_fit_into_the_memory_for_the_cache() -> None:
    row = Row("model", "", "local.big", model("chat", cache_bytes_per_token=100_000, context_tokens=100_000))
    found = await catalogue(row, settings=EngineSettings(cache_memory_bytes=2_000_000_000, context_tokens=8_192))
    card = next(card for card in found.cards() if card.id == "local.big")
    assert card.context_tokens == 8_192
    assert card.options["slots"] == "2"
    assert card.tools


async def test_more_rows_than_a_page_are_all_read() -> None:
    records = MemoryRecords()
    for account in (ACCOUNT, OTHER):
        for number in range(600):
            await records.put(profile(account, f"p{number:04}", CHAT))
    await records.put(Row("model", "", CHAT, model("chat")))
    found = SiteCatalogue(records, EngineSettings(), "us-east-1")
    await found.reload()
    assert found.resolve("p0599", OTHER) is not None
    assert found.resolve("p0000", OTHER) is not None
