from __future__ import annotations

import asyncio
import hashlib
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.federation.cloud_server import ANSWER, EVENTS, cloud_server, failure, http, stream
from tests.federation.gates import BODY, MODEL, OPEN, PROMPT, REDACTED, SECRET, UPSTREAM, chunks_of, gated
from usina.core.cloud import Budget
from usina.core.errors import (
    AccessDeniedError,
    ApiError,
    EngineError,
    EngineTimeoutError,
    LimitExceededError,
    ThrottledError,
    UnavailableError,
    ValidationError,
)
from usina.sovereignty.ledger import Ledger
from usina.sovereignty.policy.shipped import shipped as shipped_policies
from usina.testing.clock import VirtualClock
from usina.testing.world import principal

if TYPE_CHECKING:
    from pathlib import Path


WHOLE = http(ANSWER)
FORBID = """
@id("cloud.not-secret")
forbid (principal, action == Usina::Action::"usina:SendToCloud", resource)
when { resource.labels.contains("secret") };
"""


async def test_a_request_that_policy_lets_out_is_recorded_before_it_leaves_and_closed_after(
    tmp_path: Path, tls: Path
) -> None:
    async with cloud_server(tls, WHOLE) as server, gated(tmp_path, server) as site:
        answer = await site.engines().call(site.card, "chat", BODY)
        assert answer["choices"][0]["message"]["content"] == "Hello from afar"
        assert answer["usage"]["total_tokens"] == 12
        (seen,) = server.seen
        intent, outcome = await site.recorded()
    assert seen.line == "POST /model/anthropic.far-model-v1%3A0/converse HTTP/1.1"
    assert seen.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIAOFTHESITE/")
    assert intent["kind"] == "intent"
    assert (intent["service"], intent["operation"], intent["resources"]) == ("usina", "SendToCloud", [MODEL])
    assert intent["request_sha256"] == hashlib.sha256(seen.body).hexdigest()
    assert intent["request_bytes"] == len(seen.body)
    assert intent["destination"] == f"localhost:{server.port}"
    assert intent["labels"] == ["public"]
    assert intent["policy_ids"] == ["cloud.open"]
    assert intent["cause"] == 1
    assert (outcome["intent"], outcome["status"], outcome["http_status"]) == (intent["seq"], "done", 200)
    assert (outcome["input_tokens"], outcome["output_tokens"]) == (7, 5)


async def test_the_way_out_knows_the_policy_and_the_record(tmp_path: Path, tls: Path) -> None:
    async with cloud_server(tls, WHOLE) as server, gated(tmp_path, server) as site:
        await site.engines().call(site.card, "chat", BODY)
        record = (await site.recorded())[0]["seq"]
        assert site.egress.asked == [("cloud", "localhost", server.port, "cloud.open", str(record))]


async def test_a_refused_label_never_leaves_and_the_refusal_is_recorded(tmp_path: Path, tls: Path) -> None:
    async with cloud_server(tls, WHOLE) as server, gated(tmp_path, server) as site:
        for labels in (("secret",), ("public", "secret")):
            with pytest.raises(AccessDeniedError, match="no policy of this site lets this request leave") as refused:
                await site.engines(labels).call(site.card, "chat", BODY)
            assert PROMPT not in refused.value.message
            with pytest.raises(AccessDeniedError):
                await chunks_of(site, labels)
        assert (server.connections, site.egress.asked) == (0, [])
        records = await site.recorded()
        assert await site.used() == (0, 0, 0)
    assert [record["kind"] for record in records] == ["refusal"] * 4
    assert records[0]["labels"] == ["secret"]
    assert records[0]["error"] == "access-denied"
    assert records[0]["request_bytes"] > len(PROMPT)


async def test_a_forbid_wins_over_what_opens_the_cloud(tmp_path: Path, tls: Path) -> None:
    wide = OPEN.replace('when { ["public"].containsAll(resource.labels) }', "")
    async with cloud_server(tls, WHOLE) as server, gated(tmp_path, server, wide + FORBID) as site:
        await site.engines(("internal",)).call(site.card, "chat", BODY)
        with pytest.raises(AccessDeniedError):
            await site.engines(("secret",)).call(site.card, "chat", BODY)
        assert len(server.seen) == 1
        assert (await site.recorded())[-1]["policy_ids"] == ["cloud.not-secret"]


async def test_the_cloud_is_closed_to_every_role_where_no_policy_names_the_act(tmp_path: Path, tls: Path) -> None:
    shipped = b"".join(shipped_policies().values()).decode()
    everything = '@id("all.of-it") permit (principal, action, resource);'
    service = '@id("all.of-ours") permit (principal, action in Usina::Action::"usina", resource);'
    async with cloud_server(tls, WHOLE) as server, gated(tmp_path, server, everything + service + shipped) as site:
        for role in ("administrator", "tenant-administrator", "operator", "developer", "auditor"):
            with pytest.raises(AccessDeniedError):
                await site.engines((), principal(roles=(role,))).call(site.card, "chat", BODY)
        assert server.connections == 0


async def test_a_policy_may_open_the_cloud_by_the_group_of_acts_for_one_account_and_destination(
    tmp_path: Path, tls: Path
) -> None:
    policy = """
    @id("cloud.one-account")
    permit (principal in Usina::Account::"111122223333", action in Usina::Action::"egress", resource)
    when { resource.upstream == "%s" && resource.destination like "localhost:*" && resource.protocol == "bedrock" };
    """
    async with cloud_server(tls, WHOLE) as server, gated(tmp_path, server, policy % UPSTREAM) as site:
        await site.engines().call(site.card, "chat", BODY)
        with pytest.raises(AccessDeniedError):
            await site.engines(who=principal("444455556666")).call(site.card, "chat", BODY)
        assert len(server.seen) == 1


async def test_where_policy_demands_it_personal_data_is_taken_out_and_counted(tmp_path: Path, tls: Path) -> None:
    body = {**BODY, "messages": [{"role": "user", "content": "write to ada@example.com, not bob@example.com"}]}
    async with cloud_server(tls, WHOLE) as server, gated(tmp_path, server, REDACTED) as site:
        await site.engines().call(site.card, "chat", body)
        text = server.seen[0].json()["messages"][0]["content"][0]["text"]
        intent = (await site.recorded())[0]
        assert b"example.com" not in bytes(server.raw)
    assert text == "write to [EMAIL_1], not [EMAIL_2]"
    assert intent["redacted"] == {"EMAIL": 2}
    assert intent["policy_ids"] == ["cloud.redacted"]


async def test_what_a_policy_lets_out_as_it_is_is_not_changed(tmp_path: Path, tls: Path) -> None:
    body = {**BODY, "messages": [{"role": "user", "content": "write to ada@example.com"}]}
    async with cloud_server(tls, WHOLE) as server, gated(tmp_path, server, OPEN + REDACTED) as site:
        await site.engines().call(site.card, "chat", body)
        assert b"ada@example.com" in server.seen[0].body
        await site.engines(("internal",)).call(site.card, "chat", body)
        assert b"ada@example.com" not in server.seen[1].body


async def test_where_personal_data_cannot_be_seen_nothing_leaves(tmp_path: Path, tls: Path) -> None:
    async with (
        cloud_server(tls, WHOLE) as server,
        gated(tmp_path, server, REDACTED, protocol="openai", access_key_id="") as site,
    ):
        with pytest.raises(ValidationError, match="which needs text"):
            await site.engines().call(site.card, "completion", {"prompt": [1, 2, 3]})
        assert server.connections == 0


async def test_a_stream_comes_as_it_is_sent_and_ends_with_its_usage(tmp_path: Path, tls: Path) -> None:
    async with cloud_server(tls, stream(EVENTS)) as server, gated(tmp_path, server) as site:
        chunks = await chunks_of(site)
        outcome = (await site.recorded())[1]
        assert server.seen[0].line.split()[1].endswith("/converse-stream")
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks if chunk["choices"])
    assert text == "Hello from afar"
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["total_tokens"] == 12
    assert (outcome["status"], outcome["output_tokens"]) == ("done", 5)


@pytest.mark.parametrize(
    ("told", "error", "code"),
    [
        (stream(EVENTS, cut=30), EngineError, "LostAnswer"),
        (stream(EVENTS[:3]), EngineError, "engine-failed"),
        (stream([*EVENTS[:3], ("throttlingException", {"message": "slow"})]), ThrottledError, "throttled"),
        (
            stream([*EVENTS[:3], ("modelStreamErrorException", {"message": "no"})]),
            EngineError,
            "engine-failed",
        ),
        (stream([("contentBlockDelta", {"odd": 1})]), EngineError, "engine-failed"),
    ],
    ids=["cut", "no end", "throttled", "error", "nonsense"],
)
async def test_a_stream_that_breaks_is_an_error_and_is_not_asked_for_again(
    tmp_path: Path, tls: Path, told: bytes, error: type[ApiError], code: str
) -> None:
    async with cloud_server(tls, told) as server, gated(tmp_path, server) as site:
        with pytest.raises(error):
            await chunks_of(site)
        outcome = (await site.recorded())[1]
        requests, _, tokens = await site.used()
        assert len(server.seen) == 1
    assert (outcome["status"], outcome["error"]) == ("broken", code)
    assert requests == 1
    assert tokens > 50  # what was reserved stands: nobody knows what it cost


async def test_a_reader_who_goes_away_closes_the_connection_and_the_record(tmp_path: Path, tls: Path) -> None:
    async with cloud_server(tls, stream(EVENTS)) as server, gated(tmp_path, server) as site:
        batches: Any = site.engines().stream(site.card, "chat", BODY)
        await anext(batches)
        await batches.aclose()
        outcome = (await site.recorded())[1]
    assert (outcome["status"], outcome["error"]) == ("broken", "ClientGone")


@pytest.mark.parametrize(
    ("told", "error", "again"),
    [
        (failure(429, "ThrottlingException", headers={"retry-after": "7"}), ThrottledError, True),
        (failure(400, "ServiceQuotaExceededException"), LimitExceededError, False),
        (failure(400, "ValidationException", "the tool is odd"), ValidationError, False),
        (failure(403, "UnrecognizedClientException"), EngineError, False),
        (failure(404, "ResourceNotFoundException"), EngineError, False),
        (failure(500, "InternalServerException"), EngineError, False),
        (failure(503, "ServiceUnavailableException"), UnavailableError, True),
        (failure(408, "ModelTimeoutException"), EngineTimeoutError, False),
        (http(b"<html>", 502), EngineError, False),
    ],
    ids=["429", "quota", "400", "403", "404", "500", "503", "408", "502"],
)
async def test_what_the_endpoint_refuses_is_told_in_our_words_once_and_costs_no_tokens(
    tmp_path: Path, tls: Path, told: bytes, error: type[ApiError], again: bool
) -> None:
    async with cloud_server(tls, told) as server, gated(tmp_path, server) as site:
        with pytest.raises(error) as refused:
            await site.engines().call(site.card, "chat", BODY)
        with pytest.raises(error):
            await chunks_of(site)
        outcomes = [record for record in await site.recorded() if record["kind"] == "outcome"]
        requests, _, tokens = await site.used()
        assert len(server.seen) == 2
    assert {outcome["status"] for outcome in outcomes} == {"failed"}
    assert (requests, tokens) == (2, 0)
    assert (site.meter.headers is None) == again
    assert SECRET not in refused.value.message


@pytest.mark.parametrize(
    "told",
    [None, http(ANSWER, cut=5), b"HTTP/1.1 200 OK\r\n", b"SSH-2.0-none\r\n\r\n", http(b"x" * 200_000)],
    ids=["closed", "cut", "no head", "not http", "too large"],
)
async def test_an_answer_that_does_not_come_whole_may_have_been_billed_and_is_not_asked_for_again(
    tmp_path: Path, tls: Path, told: bytes | None
) -> None:
    async with cloud_server(tls, told) as server, gated(tmp_path, server) as site:
        with pytest.raises(EngineError, match="may have been billed"):
            await site.engines().call(site.card, "chat", BODY)
        outcome = (await site.recorded())[1]
        requests, _, tokens = await site.used()
        assert len(server.seen) == 1
    assert (outcome["status"], outcome["error"]) == ("broken", "LostAnswer")
    assert (requests, tokens > 50) == (1, True)
    assert site.meter.headers == {"x-should-retry": "false"}


@pytest.mark.parametrize("told", [b"not json", b"{}", b"[]", b'{"output":{"message":{}}}'])
async def test_an_answer_that_makes_no_sense_is_a_failure(tmp_path: Path, tls: Path, told: bytes) -> None:
    async with cloud_server(tls, http(told)) as server, gated(tmp_path, server) as site:
        with pytest.raises(EngineError, match="makes no sense"):
            await site.engines().call(site.card, "chat", BODY)
        assert (await site.recorded())[1]["error"] == "BadAnswer"


async def test_an_endpoint_with_a_certificate_of_another_authority_gets_nothing(tmp_path: Path, tls: Path) -> None:
    async with cloud_server(tls, WHOLE) as server, cloud_server(tmp_path / "other", WHOLE) as other:
        async with gated(tmp_path, server, authority_pem=other.authority_pem) as site:
            with pytest.raises(UnavailableError, match="certificate is not one that this link trusts"):
                await site.engines().call(site.card, "chat", BODY)
            outcome = (await site.recorded())[1]
            assert await site.used() == (0, 0, 0)
        assert not server.seen
    assert (outcome["status"], outcome["error"]) == ("failed", "NotSent")


async def test_without_a_pin_an_authority_that_the_machine_does_not_know_is_not_believed(
    tmp_path: Path, tls: Path
) -> None:
    async with cloud_server(tls, WHOLE) as server, gated(tmp_path, server, authority_pem="") as site:
        with pytest.raises(UnavailableError, match="certificate"):
            await site.engines().call(site.card, "chat", BODY)
        assert not server.seen


async def test_an_endpoint_that_is_not_there_is_not_billed(tmp_path: Path, tls: Path) -> None:
    async with cloud_server(tls, WHOLE) as server, gated(tmp_path, server) as site:
        await site.models.put(replace(site.source, address="https://localhost:1"))
        with pytest.raises(UnavailableError, match="was not asked: it cannot be reached"):
            await site.engines().call(site.card, "chat", BODY)
        assert await site.used() == (0, 0, 0)


async def test_a_spent_budget_refuses_before_anything_leaves_and_the_next_day_begins_anew(
    tmp_path: Path, tls: Path
) -> None:
    async with cloud_server(tls, WHOLE) as server, gated(tmp_path, server) as site:
        await site.budgets.set_budget(Budget("", requests=1))
        await site.engines().call(site.card, "chat", BODY)
        with pytest.raises(LimitExceededError, match="1 of 1 requests of today are used"):
            await site.engines().call(site.card, "chat", BODY)
        assert len(server.seen) == 1
        assert [record["kind"] for record in await site.recorded()] == ["intent", "outcome", "refusal"]
        await site.clock.sleep(86_400)
        await site.engines().call(site.card, "chat", BODY)
        assert len(server.seen) == 2


async def test_neither_the_ledger_nor_the_rows_hold_what_was_said_or_the_credentials(tmp_path: Path, tls: Path) -> None:
    async with cloud_server(tls, WHOLE) as server, gated(tmp_path, server) as site:
        await site.engines().call(site.card, "chat", BODY)
        with pytest.raises(AccessDeniedError):
            await site.engines(("secret",)).call(site.card, "chat", BODY)
        rows = [str(await site.records.list(kind)) for kind in ("cloud-model", "model", "cloud-used")]
    files = b"".join(path.read_bytes() for path in (tmp_path / "ledger").iterdir())
    for secret in (PROMPT, "Hello from afar", SECRET):
        assert secret.encode() not in files
        assert secret not in "".join(rows)


async def test_a_factory_that_is_killed_while_it_waits_has_counted_and_finds_the_act_open(
    tmp_path: Path, tls: Path
) -> None:
    async with cloud_server(tls, None) as server:
        hold = asyncio.Event()
        arrived = asyncio.Event()

        async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            arrived.set()
            await hold.wait()
            writer.close()

        server.serve = never  # type: ignore[method-assign]
        async with gated(tmp_path, server) as site:
            waiting = asyncio.create_task(site.engines().call(site.card, "chat", BODY))
            await asyncio.wait_for(arrived.wait(), 20)
            kinds = [record["kind"] for record in await site.recorded()]
            requests, size_bytes, tokens = await site.used()
            shutil.copytree(tmp_path / "ledger", tmp_path / "left")  # as a kill leaves it
            hold.set()
            with pytest.raises(EngineError):
                await waiting
    assert kinds == ["intent"]
    assert (requests, size_bytes > 0, tokens > 50) == (1, True, True)
    again = Ledger.open_folder(tmp_path / "left", tmp_path / "keys" / "ledger.key", VirtualClock())
    outcome = (await again.tail(after=0, most=10))[1]
    assert (outcome["intent"], outcome["status"], outcome["error"]) == (1, "broken", "FactoryStopped")
    await again.shutdown()
