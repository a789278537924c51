"""Invocations are handed on to be logged for accounts that asked for it: whole answers, streams, and what failed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.pipeline.test_run import BODY, Line, _body, _line
from usina.core.errors import EngineError, ThrottledError
from usina.testing.invocations import ListedInvocations
from usina.testing.world import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from usina.core.invocations import Invocation
    from usina.core.operation import Call, Result
    from usina.core.ports import Ports


def logged(line: Line, *accounts: str) -> tuple[Line, list[Invocation]]:
    """The line with logging for these accounts, and what is offered."""
    invocations = ListedInvocations()
    invocations.accounts.update(accounts)
    return replace(line, pipeline=replace(line.pipeline, invocations=invocations)), invocations.offered


async def test_a_whole_answer_is_offered_as_the_client_sees_it(tmp_path: Path) -> None:
    line, offered = logged(_line(tmp_path), ACCOUNT)
    reply = await line.send()
    (one,) = offered
    assert (one.account, one.operation, one.model_id, one.request) == (ACCOUNT, "Converse", "m", BODY)
    assert one.answer == _body(reply)
    assert one.request_id == "r-0"


async def test_nothing_is_offered_of_accounts_that_did_not_ask(tmp_path: Path) -> None:
    line, offered = logged(_line(tmp_path), "999988887777")
    assert (await line.send()).status == 200
    assert not offered


async def test_nothing_is_offered_of_requests_that_were_refused(tmp_path: Path) -> None:
    line, offered = logged(_line(tmp_path, roles=("auditor",)), ACCOUNT)
    assert (await line.send()).status == 403
    assert not offered


async def test_what_failed_is_offered_with_its_code(tmp_path: Path) -> None:
    async def busy(_call: Call[Any], _ports: Ports) -> Result:
        raise ThrottledError("busy")

    line, offered = logged(_line(tmp_path, busy), ACCOUNT)
    assert (await line.send()).status == 429
    assert [(one.error_code, one.answer) for one in offered] == [("throttled", b"")]


async def _events(*, broken: bool) -> AsyncIterator[list[dict[str, Any]]]:
    yield [{"messageStart": {"role": "assistant"}}]
    yield [{"contentBlockDelta": {"delta": {"text": "secret"}, "contentBlockIndex": 0}}]
    if broken:
        raise EngineError("gone")
    yield [{"messageStop": {"stopReason": "end_turn"}}]


async def _streamed(tmp_path: Path, *, broken: bool) -> list[Invocation]:
    async def answer(call: Call[Any], _ports: Ports) -> Result:
        call.meter.output_tokens = 1
        return {"stream": _events(broken=broken)}

    line, offered = logged(_line(tmp_path, answer, name="ConverseStream"), ACCOUNT)
    reply = await line.send("/model/m/converse-stream")
    assert not isinstance(reply.body, bytes)
    assert not offered
    assert b"".join([piece async for piece in reply.body])
    return offered


async def test_a_stream_is_offered_when_it_has_ended_with_all_its_events(tmp_path: Path) -> None:
    (one,) = await _streamed(tmp_path, broken=False)
    assert not isinstance(one.answer, bytes)
    assert [next(iter(event)) for event in one.answer] == ["messageStart", "contentBlockDelta", "messageStop"]
    assert one.output_tokens == 1


async def test_a_stream_that_broke_is_offered_with_what_came(tmp_path: Path) -> None:
    (one,) = await _streamed(tmp_path, broken=True)
    assert "messageStop" not in json.dumps(one.answer)
    assert "secret" in json.dumps(one.answer)
