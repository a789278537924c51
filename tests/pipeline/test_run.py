"""The order of the stages is law: no handler runs unproved, unpermitted or unrecorded, and every record is closed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from usina.core.clock import SystemClock
from usina.core.errors import EngineError, Kind, SignatureError, ThrottledError, UnavailableError
from usina.core.operation import Access, Call, Operation, Received, Resource, Result
from usina.pipeline.run import Pipeline
from usina.sovereignty.identity import Authenticator, Proof
from usina.sovereignty.ledger import Ledger
from usina.sovereignty.policy import Policy, install_shipped
from usina.testing.world import principal, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from usina.core.ports import Ports
    from usina.pipeline.closing import Seen
    from usina.wire import Reply

BODY = b'{"messages":[{"role":"user","content":[{"text":"tell nobody"}]}]}'
CREDENTIAL = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/bedrock/aws4_request"


class StubAuthenticator:
    """Proves everybody to be the developer it was given, or refuses everybody."""

    def __init__(self, roles: tuple[str, ...] | None) -> None:
        self._roles = roles

    async def authenticate(self, received: Received, service: str | None = None) -> Proof:
        if self._roles is None:
            raise SignatureError("no", kind=Kind.SIGNATURE_MISMATCH)
        return Proof(principal(roles=self._roles), received.body, "stub")


@dataclass
class Line:
    """A pipeline with a handler of the test's own in the place of Converse."""

    pipeline: Pipeline
    ledger: Ledger
    seen: list[Seen] = field(default_factory=list)
    ran: list[Call[Any]] = field(default_factory=list)

    async def send(self, path: str = "/model/m/converse", body: bytes = BODY) -> Reply:
        headers = (("authorization", CREDENTIAL), ("content-type", "application/json"), ("host", "localhost"))
        received = Received("POST", path, "", headers, body, False, "127.0.0.1", f"r-{len(self.seen)}", 1.0)
        return await self.pipeline.answer(received)

    async def records(self) -> list[dict[str, Any]]:
        return [dict(record) for record in await self.ledger.tail(after=0, most=100)]


async def _answer(_call: Call[Any], _ports: Ports) -> Result:
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": "secret answer"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
        "metrics": {"latencyMs": 1},
    }


def _touch_model(_call: Call[Any], _ports: Ports) -> tuple[Resource, ...]:
    attributes: Mapping[str, str | bool] = {
        "provider": "p", "task": "chat", "runtime": "fake", "alias": "", "known": True,
    }  # fmt: skip
    return (Resource("Model", "m", attributes=attributes),)


def _line(
    tmp_path: Path,
    handler: Any = _answer,
    roles: tuple[str, ...] | None = ("developer",),
    touches: Any = _touch_model,
    name: str = "Converse",
) -> Line:
    ran: list[Call[Any]] = []

    async def handle(call: Call[Any], ports: Ports) -> Result:
        ran.append(call)
        result: Result = await handler(call, ports)
        return result

    operation = Operation("bedrock-runtime", name, Access.USE, touches, handle)
    operations = {(operation.service, operation.name): operation}
    clock = SystemClock()
    install_shipped(tmp_path / "policies")
    policy = Policy.load(tmp_path / "policies", operations, clock)
    ledger = Ledger.open_folder(tmp_path / "ledger", tmp_path / "ledger.key", clock)
    seen: list[Seen] = []
    authenticator = cast("Authenticator", StubAuthenticator(roles))
    pipeline = Pipeline(authenticator, operations, policy, ledger, world(), seen.append)
    return Line(pipeline, ledger, seen, ran)


def _body(reply: Reply) -> bytes:
    assert isinstance(reply.body, bytes)
    return reply.body


async def test_an_allowed_request_is_recorded_before_and_after_and_answered(tmp_path: Path) -> None:
    line = _line(tmp_path)
    reply = await line.send()
    assert reply.status == 200
    assert json.loads(_body(reply))["stopReason"] == "end_turn"
    intent, outcome = (await line.records())[-2:]
    assert (intent["kind"], outcome["kind"]) == ("intent", "outcome")
    assert intent["operation"] == "Converse"
    assert intent["resources"] == ["m"]
    assert outcome["status"] == "done"
    assert dict(reply.headers)["x-usina-record"] == str(intent["seq"])
    assert [seen.outcome for seen in line.seen] == ["done"]


async def test_a_handler_can_add_headers_that_the_output_shape_has_no_member_for(tmp_path: Path) -> None:
    async def tell(call: Call[Any], ports: Ports) -> Result:
        call.meter.headers = {"X-Amzn-Bedrock-Input-Token-Count": "5"}
        return await _answer(call, ports)

    reply = await _line(tmp_path, tell).send()
    assert dict(reply.headers)["X-Amzn-Bedrock-Input-Token-Count"] == "5"


async def test_neither_prompt_nor_answer_is_in_the_ledger(tmp_path: Path) -> None:
    line = _line(tmp_path)
    await line.send()
    await line.ledger.shutdown()
    written = b"".join(path.read_bytes() for path in (tmp_path / "ledger").rglob("*") if path.is_file())
    assert b"tell nobody" not in written
    assert b"secret answer" not in written


async def test_the_intent_is_durable_before_the_handler_runs(tmp_path: Path) -> None:
    durable_then: list[tuple[int, int]] = []

    async def look(call: Call[Any], ports: Ports) -> Result:
        durable_then.append((line.ledger.status.durable, line.ledger.status.records))
        return await _answer(call, ports)

    line = _line(tmp_path, look)
    await line.send()
    durable, records = durable_then[0]
    assert durable == records >= 1


async def test_who_is_not_proved_gets_nothing_and_leaves_no_record(tmp_path: Path) -> None:
    line = _line(tmp_path, roles=None)
    before = await line.records()
    reply = await line.send()
    assert reply.status == 403
    assert line.ran == []
    assert await line.records() == before
    assert [seen.outcome for seen in line.seen] == ["unknown-caller"]


@pytest.mark.parametrize("roles", [(), ("auditor",), ("nobody-knows-this-role",)])
async def test_whom_no_policy_permits_is_refused_and_the_refusal_recorded(
    tmp_path: Path, roles: tuple[str, ...]
) -> None:
    line = _line(tmp_path, roles=roles)
    reply = await line.send()
    assert reply.status == 403
    assert line.ran == []
    assert (await line.records())[-1]["kind"] == "refusal"


async def test_an_operation_that_touches_nothing_is_refused(tmp_path: Path) -> None:
    line = _line(tmp_path, roles=("administrator",), touches=lambda _call, _ports: ())
    assert (await line.send()).status == 403
    assert line.ran == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/model/m/converse", b"{", 400),
        ("/model/m/converse", b'{"messages":5}', 400),
        ("/model/m/invoke", BODY, 501),
        ("/no/such/path", BODY, 404),
    ],
)
async def test_a_bad_request_of_a_known_caller_is_a_4xx_or_not_served_and_recorded(
    tmp_path: Path, path: str, body: bytes, status: int
) -> None:
    line = _line(tmp_path)
    reply = await line.send(path, body)
    assert reply.status in {status, 501 if status == 404 else status}
    assert line.ran == []
    assert (await line.records())[-1]["kind"] == "refusal"


async def test_an_error_of_the_handler_closes_the_record_as_failed(tmp_path: Path) -> None:
    async def full(_call: Call[Any], _ports: Ports) -> Result:
        raise ThrottledError("queue full", retry_after_seconds=7)

    line = _line(tmp_path, full)
    reply = await line.send()
    assert reply.status == 429
    assert {name.lower(): value for name, value in reply.headers}["retry-after"] == "7"
    outcome = (await line.records())[-1]
    assert (outcome["status"], outcome["error"]) == ("failed", "throttled")


async def test_a_bug_closes_the_record_as_broken_and_goes_up_to_the_door(tmp_path: Path) -> None:
    async def bug(_call: Call[Any], _ports: Ports) -> Result:
        raise ZeroDivisionError

    line = _line(tmp_path, bug)
    with pytest.raises(ZeroDivisionError):
        await line.send()
    assert (await line.records())[-1]["status"] == "broken"


async def test_when_the_ledger_cannot_write_nothing_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = _line(tmp_path)

    async def cannot(_self: Ledger, _intent: Any) -> Any:
        raise UnavailableError("disk full")

    monkeypatch.setattr(Ledger, "open", cannot)
    reply = await line.send()
    assert reply.status == 503
    assert line.ran == []


def _streaming(events: list[Mapping[str, Any]], error: Exception | None = None) -> Any:
    async def handler(call: Call[Any], _ports: Ports) -> Result:
        call.meter.model = "m"

        async def batches() -> AsyncIterator[list[Mapping[str, Any]]]:
            for event in events:
                yield [event]
            if error is not None:
                raise error

        return {"stream": batches()}

    return handler


async def _drain(reply: Reply) -> bytes:
    assert not isinstance(reply.body, bytes)
    return b"".join([piece async for piece in reply.body])


START: Mapping[str, Any] = {"messageStart": {"role": "assistant"}}


async def test_a_stream_keeps_its_record_open_until_its_last_byte(tmp_path: Path) -> None:
    line = _line(tmp_path, _streaming([START, {"messageStop": {"stopReason": "end_turn"}}]), name="ConverseStream")
    reply = await line.send("/model/m/converse-stream")
    assert line.ledger.status.open == 1
    await _drain(reply)
    assert line.ledger.status.open == 0
    assert (await line.records())[-1]["status"] == "done"
    assert dict(reply.headers)["x-usina-model"] == "m"


async def test_a_stream_that_breaks_says_so_to_the_client_and_in_the_record(tmp_path: Path) -> None:
    line = _line(tmp_path, _streaming([START], EngineError("the engine stopped")), name="ConverseStream")
    reply = await line.send("/model/m/converse-stream")
    body = await _drain(reply)
    assert b"exception" in body
    outcome = (await line.records())[-1]
    assert (outcome["status"], outcome["error"]) == ("broken", "engine-failed")


async def test_a_client_that_leaves_in_mid_stream_leaves_a_broken_record(tmp_path: Path) -> None:
    line = _line(tmp_path, _streaming([START] * 5), name="ConverseStream")
    reply = await line.send("/model/m/converse-stream")
    assert not isinstance(reply.body, bytes)
    pieces = cast("Any", reply.body)
    await anext(pieces)
    await pieces.aclose()
    outcome = (await line.records())[-1]
    assert (outcome["status"], outcome["error"]) == ("broken", "ClientGone")


async def test_a_cancelled_request_leaves_a_broken_record(tmp_path: Path) -> None:
    running = asyncio.Event()

    async def forever(_call: Call[Any], _ports: Ports) -> Result:
        running.set()
        await asyncio.Event().wait()
        raise AssertionError

    line = _line(tmp_path, forever)
    task = asyncio.create_task(line.send())
    await running.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await line.records())[-1]["status"] == "broken"
