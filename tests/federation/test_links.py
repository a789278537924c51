from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.clock import SystemClock, SystemDice
from usina.core.cloud import CLOUD, CloudSource
from usina.core.errors import ConflictError, NotFoundError, UnavailableError, ValidationError
from usina.core.ports import Row
from usina.door.tls import ensure_tls
from usina.federation.links import LINK, SiteCloudModels, place_of
from usina.sovereignty.keyring_seal import purpose_seal
from usina.testing.catalogue import CHAT, FakeCatalogue
from usina.testing.clock import VirtualClock
from usina.testing.records import MemoryRecords
from usina.testing.world import SITE_KEY

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = CloudSource(
    "cloud.far", "bedrock", "https://far.internal/api/", "far-v1", region="eu-central-1",
    access_key_id="AKIAEXAMPLE", secret="a-secret", session_token="a-token",
)  # fmt: skip


def models_of(records: MemoryRecords | None = None, key: bytes = SITE_KEY) -> tuple[SiteCloudModels, MemoryRecords]:
    records = records or MemoryRecords()
    catalogue = FakeCatalogue((CHAT,), {"an.alias": CHAT.id}, records)
    return SiteCloudModels(records, catalogue, purpose_seal(key, "cloud", SystemDice()), VirtualClock()), records


ROW = Row("model", "", "", {"runtime": "llamacpp"})


@pytest.fixture(scope="module")
def pem(tls: Path) -> str:
    return ensure_tls(tls, ["localhost", "127.0.0.1"], SystemClock()).authority.read_text()


async def changed(records: MemoryRecords, **changes: Any) -> None:
    """A row as somebody with the database in his hands leaves it."""
    row = await records.get(LINK, "", SOURCE.model_id)
    assert row is not None
    await records.put(replace(row, body={**row.body, "source": row.body["source"] | changes}))


async def test_credentials_are_sealed_and_never_shown() -> None:
    models, records = models_of()
    put = await models.put(SOURCE)
    assert (put.source.secret, put.source.session_token) == ("", "")
    assert await models.models() == [put]
    for kind in (LINK, "model"):
        assert "a-secret" not in str(await records.list(kind))
    assert "a-secret" not in repr(SOURCE)
    link = await models.link(SOURCE.model_id)
    assert (link.source.secret, link.source.session_token) == ("a-secret", "a-token")
    assert "a-secret" not in repr(link)


async def test_the_catalogue_learns_of_the_model_and_not_of_its_credentials() -> None:
    models, records = models_of()
    await models.put(SOURCE)
    row = await records.get("model", "", SOURCE.model_id)
    assert row is not None
    assert (row.body["runtime"], row.body["state"], row.body["max_output_tokens"]) == (CLOUD, "READY", 4_096)


@pytest.mark.parametrize(
    "change",
    [{"address": "https://evil.internal"}, {"region": "us-east-1"}, {"protocol": "openai"}, {"authority_pem": ""}],
    ids=lambda change: next(iter(change)),
)
async def test_credentials_do_not_open_for_another_place(pem: str, change: dict[str, str]) -> None:
    models, records = models_of()
    pinned = replace(SOURCE, authority_pem=pem)
    await models.put(pinned)
    await changed(records, **change)
    with pytest.raises(UnavailableError, match="belong to another address or site"):
        await models.link(SOURCE.model_id)


async def test_credentials_do_not_open_with_another_sites_key() -> None:
    models, records = models_of()
    await models.put(SOURCE)
    other, _ = models_of(records, bytes(32))
    with pytest.raises(UnavailableError):
        await other.link(SOURCE.model_id)
    await changed(records, secret="no base64!")
    with pytest.raises(UnavailableError):
        await models.link(SOURCE.model_id)


async def test_a_change_keeps_the_credentials_only_where_they_go_to_the_same_place() -> None:
    models, _ = models_of()
    await models.put(SOURCE)
    bare = replace(SOURCE, secret="", session_token="")
    await models.put(replace(bare, upstream_model="far-v2", max_output_tokens=10))
    link = await models.link(SOURCE.model_id)
    assert (link.source.upstream_model, link.source.secret) == ("far-v2", "a-secret")
    for moved in (replace(bare, address="https://else.internal"), replace(bare, access_key_id="AKIAOTHER")):
        with pytest.raises(ValidationError, match="Credentials are missing"):
            await models.put(moved)
    with pytest.raises(ValidationError, match="Credentials are missing"):
        await models.put(replace(bare, model_id="cloud.new"))


async def test_an_id_of_the_sites_own_models_and_aliases_is_taken() -> None:
    models, records = models_of()
    await records.put(replace(ROW, name=CHAT.id))
    with pytest.raises(ConflictError, match="is a model of this site"):
        await models.put(replace(SOURCE, model_id=CHAT.id))
    with pytest.raises(ConflictError, match="is an alias"):
        await models.put(replace(SOURCE, model_id="an.alias"))


@pytest.mark.parametrize(
    "address",
    [
        "http://far.internal", "far.internal", "https://", "https://user@far.internal", "https://far.internal/?a=b",
        "https://far.internal/#x", "https://far.internal:99999", "https://far.internal/a b", "https://[::1", "ftp://x",
        "https://far.internal/\r\nx: y",
    ],
)  # fmt: skip
async def test_an_address_that_is_not_plain_https_is_refused(address: str) -> None:
    models, records = models_of()
    with pytest.raises(ValidationError, match="https://HOST"):
        await models.put(replace(SOURCE, address=address))
    assert not await records.list(LINK)


def test_a_place_is_named_with_its_port_where_that_is_not_the_usual_one() -> None:
    assert str(place_of("https://far.internal/v1/")) == "far.internal"
    assert str(place_of("https://far.internal:8443")) == "far.internal:8443"
    assert str(place_of("https://[2001:db8::1]:8443")) == "[2001:db8::1]:8443"
    assert place_of("https://far.internal/v1/").prefix == "/v1"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"protocol": "openai"}, "takes an API key"),
        ({"region": ""}, "region"),
        ({"secret": "two words"}, "character that cannot be"),
        ({"secret": "a\r\nhost: evil"}, "character that cannot be"),
        ({"authority_pem": "no certificate"}, "not a certificate"),
        ({"authority_pem": "x" * 300_000}, "too large"),
    ],
)
async def test_what_cannot_work_is_refused_when_it_is_put(change: dict[str, str], problem: str) -> None:
    models, _ = models_of()
    with pytest.raises(ValidationError, match=problem):
        await models.put(replace(SOURCE, **change))  # type: ignore[arg-type]


async def test_a_removed_model_is_gone_with_its_credentials() -> None:
    models, records = models_of()
    await models.put(SOURCE)
    await models.remove(SOURCE.model_id)
    assert not await records.list(LINK)
    assert not await records.list("model")
    with pytest.raises(NotFoundError):
        await models.remove(SOURCE.model_id)
    with pytest.raises(UnavailableError, match="add it again"):
        await models.link(SOURCE.model_id)
