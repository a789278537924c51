from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from usina.client.api import Factory
from usina.client.errors import RefusedError, UnreachableError
from usina.client.found import read_kit
from usina.testing.front_door import REQUEST_ID, ScriptedDoor, Told, event_stream, failure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONVERSE = "POST /model/a.b/converse-stream"


@pytest.fixture
def door(tmp_path: Path) -> Iterator[ScriptedDoor]:
    with ScriptedDoor(tmp_path) as door:
        yield door


@pytest.fixture
def factory(door: ScriptedDoor) -> Factory:
    return Factory(read_kit(door.kit))


def test_all_pages_of_a_listing_are_fetched(door: ScriptedDoor, factory: Factory) -> None:
    door.tell("Usina.ListModels", {"models": [{"modelId": "a.b"}], "nextToken": "t"}, {"models": [{"modelId": "c.d"}]})
    assert [model["modelId"] for model in factory.models()] == ["a.b", "c.d"]
    assert door.sent("Usina.ListModels") == [{}, {"nextToken": "t"}]


def test_parameters_that_were_not_given_are_not_sent(door: ScriptedDoor, factory: Factory) -> None:
    door.tell("Usina.ListKeys", {"keys": []})
    assert factory.keys(account=None) == []
    assert door.sent("Usina.ListKeys") == [{}]


@pytest.mark.parametrize(
    ("code", "step"),
    [
        ("AccessDeniedException", "usina keys create"),
        ("UnrecognizedClientException", "new client kit"),
        ("ThrottlingException", "try again"),
        ("InternalServerException", "log"),
    ],
)
def test_a_refusal_tells_what_to_do_and_the_request_id(
    door: ScriptedDoor, factory: Factory, code: str, step: str
) -> None:
    door.tell("Usina.GetStatus", failure(code, "No."))
    with pytest.raises(RefusedError, match=step) as told:
        factory.status()
    assert told.value.code == code
    assert REQUEST_ID in str(told.value)
    assert len(door.seen) == 1, "a person is told at once, not after retries"


def test_operations_that_an_answer_names_become_commands(door: ScriptedDoor, factory: Factory) -> None:
    door.tell("Usina.DescribeModel", failure("ResourceNotFoundException", "No model x. ListModels shows those it has."))
    with pytest.raises(RefusedError, match="`usina models list` shows"):
        factory.model("x")


def test_wrong_parameters_are_refused_before_they_are_sent(door: ScriptedDoor, factory: Factory) -> None:
    with pytest.raises(RefusedError):
        factory.model("")
    assert not door.seen


def test_nobody_at_the_address_is_told_with_the_address(tmp_path: Path) -> None:
    with ScriptedDoor(tmp_path) as door:
        factory = Factory(read_kit(door.kit))
    with pytest.raises(UnreachableError, match="usina up"):
        factory.status()
    with pytest.raises(UnreachableError, match="usina up"):
        factory.readiness()


def test_another_ca_is_told(tmp_path: Path, door: ScriptedDoor) -> None:
    with ScriptedDoor(tmp_path / "other") as other:
        (door.kit / "ca.pem").write_text((other.kit / "ca.pem").read_text())
    with pytest.raises(UnreachableError, match="certificate"):
        Factory(read_kit(door.kit)).status()
    with pytest.raises(UnreachableError, match="certificate"):
        Factory(read_kit(door.kit)).readiness()


def test_a_bearer_token_or_proxy_of_the_outer_shell_is_not_used(
    door: ScriptedDoor, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "somebody-elses")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:9")
    door.tell(CONVERSE, event_stream([("messageStop", {"stopReason": "end_turn"})]))
    _, events = factory.chat("a.b", [{"role": "user", "content": [{"text": "hi"}]}])
    assert list(events) == [{"messageStop": {"stopReason": "end_turn"}}]
    assert door.seen[0].headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/")


def test_a_stream_that_breaks_is_a_refusal(door: ScriptedDoor, factory: Factory) -> None:
    events: list[tuple[str, dict[str, Any]]] = [
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Par"}}),
        ("throttlingException", {"message": "too busy"}),
    ]
    door.tell(CONVERSE, event_stream(events, {"x-usina-model": "c.d"}))
    headers, stream = factory.chat("a.b", [{"role": "user", "content": [{"text": "hi"}]}])
    assert headers["x-usina-model"] == "c.d"
    assert next(stream)["contentBlockDelta"]["delta"]["text"] == "Par"
    with pytest.raises(RefusedError, match="too busy"):
        next(stream)


@pytest.mark.parametrize(("status", "ready"), [(200, True), (503, False)])
def test_readiness_needs_no_identity(door: ScriptedDoor, factory: Factory, status: int, ready: bool) -> None:
    door.tell("GET /readyz", Told(b"some words\n", status))
    assert factory.readiness() == (ready, "some words")
    assert "authorization" not in door.seen[0].headers
