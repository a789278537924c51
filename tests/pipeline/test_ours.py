"""The factory's own requests for a role: judged, recorded and answered like a client's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.pipeline.test_run import Line, _line
from usina.core.errors import EngineError, ThrottledError
from usina.pipeline.ours import OurRequests
from usina.sovereignty.keyring_rows import role_principal
from usina.testing.world import ACCOUNT, principal

if TYPE_CHECKING:
    from pathlib import Path

    from usina.core.operation import Call, Result
    from usina.core.ports import Ports

BODY = b'{"messages":[{"role":"user","content":[{"text":"tell nobody"}]}]}'


def ours(line: Line) -> OurRequests:
    return OurRequests(line.pipeline)


async def test_a_request_for_a_role_is_judged_recorded_and_answered(tmp_path: Path) -> None:
    line = _line(tmp_path)
    answered = await ours(line)(principal(), "Converse", "m", BODY)
    assert (answered.status, answered.input_tokens, answered.output_tokens) == (200, 1, 2)
    assert b"secret answer" in answered.body
    intent, outcome = (await line.records())[-2:]
    assert (intent["principal"], intent["operation"], outcome["status"]) == (principal().arn, "Converse", "done")
    assert line.ran[0].arguments["modelId"] == "m"
    assert [seen.outcome for seen in line.seen] == ["done"]


async def test_a_role_that_nothing_permits_is_refused_and_nothing_runs(tmp_path: Path) -> None:
    line = _line(tmp_path)
    role = role_principal(ACCOUNT, "batch", "BedrockBatch", "", "AROAEXAMPLE")
    answered = await ours(line)(role, "Converse", "m", BODY)
    assert (answered.status, answered.code) == (403, "AccessDeniedException")
    assert "not authorized to perform: bedrock-runtime:Converse" in answered.message
    assert not line.ran
    assert (await line.records())[-1]["kind"] == "refusal"


async def test_a_body_that_is_malformed_and_a_busy_model_are_answers_too(tmp_path: Path) -> None:
    async def busy(_call: Call[Any], _ports: Ports) -> Result:
        raise ThrottledError("busy")

    line = _line(tmp_path, busy)
    assert (await ours(line)(principal(), "Converse", "m", b'{"messages": 7}')).status == 400
    answered = await ours(line)(principal(), "Converse", "m", BODY)
    assert (answered.status, answered.code, answered.message) == (429, "ThrottlingException", "busy")


async def test_tokens_of_invoke_model_are_read_where_clients_read_them(tmp_path: Path) -> None:
    async def answer(call: Call[Any], _ports: Ports) -> Result:
        call.meter.headers = {"X-Amzn-Bedrock-Input-Token-Count": "7", "X-Amzn-Bedrock-Output-Token-Count": "5"}
        return {"body": call.arguments["body"], "contentType": "application/json"}

    line = _line(tmp_path, answer, name="InvokeModel")
    answered = await ours(line)(principal(), "InvokeModel", "m", BODY)
    assert (answered.body, answered.input_tokens, answered.output_tokens) == (BODY, 7, 5)


async def test_an_error_after_which_nobody_should_ask_again_says_so(tmp_path: Path) -> None:
    async def lost(call: Call[Any], _ports: Ports) -> Result:
        call.meter.headers = {"x-should-retry": "false"} if call.arguments["modelId"] == "far" else None
        raise EngineError("lost")

    line = _line(tmp_path, lost)
    assert (await ours(line)(principal(), "Converse", "far", BODY)).final
    assert not (await ours(line)(principal(), "Converse", "near", BODY)).final
