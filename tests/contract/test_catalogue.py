"""What handlers may rely on of `Catalogue` and `ModelStore`, run over the site's own and the fakes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.engine.adapters import deploy, put_custom
from tests.engine.factories import FAKE, fake_factory
from usina.core.errors import NotFoundError
from usina.core.ports import ModelCard, Row
from usina.testing.catalogue import FakeCatalogue, FakeModelStore
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from usina.core.ports import Catalogue, ModelStore, Records

ACCOUNT, OTHER = "111122223333", "444455556666"
ALIAS = "anthropic.claude-3-haiku-20240307-v1:0"
PROFILE = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:application-inference-profile/abc123"


@dataclass
class Case:
    catalogue: Catalogue
    store: ModelStore
    records: Records
    home: Path


@asynccontextmanager
async def running(kind: str, home: Path) -> AsyncIterator[Case]:
    records = MemoryRecords()
    if kind == "fake":
        card = ModelCard(id=FAKE, name="Fake", provider="x", task="chat", runtime="fake", context_tokens=2048)
        catalogue = FakeCatalogue([card], records=records)
        yield Case(catalogue, FakeModelStore(catalogue), records, home)
    else:
        async with fake_factory(home, records=records) as (factory, _):
            await factory.ready()
            yield Case(factory.catalogue, factory.models, records, home)


@pytest.fixture(params=["fake", "site"])
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    async with running(request.param, tmp_path) as one:
        yield one


async def test_a_model_is_found_by_its_id_and_arn_and_a_stranger_is_not(case: Case) -> None:
    assert [card.id for card in case.catalogue.cards()] == [FAKE]
    for name in (FAKE, f"arn:aws:bedrock:us-east-1::foundation-model/{FAKE}"):
        found = case.catalogue.resolve(name, ACCOUNT)
        assert found is not None
        assert (found.card.id, found.asked, found.alias, found.profile_arn) == (FAKE, name, "", "")
    for name in ("", "nothing", "arn:aws:bedrock:us-east-1::foundation-model/nothing", "arn:aws:s3:::x"):
        assert case.catalogue.resolve(name, ACCOUNT) is None


async def test_an_alias_is_in_force_as_soon_as_it_is_set_and_until_it_is_taken_away(case: Case) -> None:
    await case.store.set_alias(ALIAS, FAKE)
    assert case.catalogue.aliases() == {ALIAS: FAKE}
    found = case.catalogue.resolve(ALIAS, ACCOUNT)
    assert found is not None
    assert (found.card.id, found.alias) == (FAKE, ALIAS)
    await case.store.set_alias(ALIAS, None)
    assert case.catalogue.resolve(ALIAS, ACCOUNT) is None
    with pytest.raises(NotFoundError):
        await case.store.set_alias(ALIAS, None)
    with pytest.raises(NotFoundError):
        await case.store.set_alias(ALIAS, "nothing")


async def test_an_inference_profile_is_its_own_accounts_after_a_reload(case: Case) -> None:
    body = {"profile": {"inferenceProfileArn": PROFILE}, "model": FAKE}
    await case.records.put(Row("inference-profile", ACCOUNT, "abc123", body))
    await case.catalogue.reload()
    for name in (PROFILE, "abc123"):
        found = case.catalogue.resolve(name, ACCOUNT)
        assert found is not None
        assert (found.card.id, found.profile_arn) == (FAKE, PROFILE)
        assert case.catalogue.resolve(name, OTHER) is None


async def test_a_custom_model_and_what_deploys_it_are_their_own_accounts_after_a_reload(case: Case) -> None:
    (case.home / "adapters").mkdir(exist_ok=True)
    (case.home / "adapters" / "1.gguf").write_text("one")
    model, arn = await put_custom(case.records, FAKE, 1, "1.gguf"), await deploy(case.records, 1, 1)
    await case.catalogue.reload()
    for name, through in ((model, ""), (arn, arn)):
        found = case.catalogue.resolve(name, ACCOUNT)
        assert found is not None
        assert (found.card.id, found.card.account, found.card.base) == (model, ACCOUNT, FAKE)
        assert (found.asked, found.deployment_arn) == (name, through)
        assert case.catalogue.resolve(name, OTHER) is None
    assert [card.id for card in case.catalogue.cards()] == [FAKE]


async def test_a_removed_model_is_gone_and_cannot_be_removed_again(case: Case) -> None:
    assert [status.model for status in case.store.engines()] == [FAKE]
    await case.store.remove_model(FAKE)
    assert not case.catalogue.cards()
    assert case.catalogue.resolve(FAKE, ACCOUNT) is None
    with pytest.raises(NotFoundError):
        await case.store.remove_model(FAKE)


async def test_no_import_runs_where_none_was_started(case: Case) -> None:
    assert case.store.progress(FAKE) == ("", 1.0)
