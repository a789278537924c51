from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from usina.cli.chat import Talk
from usina.client.api import Factory
from usina.client.errors import RefusedError
from usina.client.found import read_kit
from usina.testing.front_door import REQUEST_ID, ScriptedDoor, event_stream, failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]

PATH = "POST /model/a.b/converse-stream"


def words(*pieces: str, stop: str = "end_turn") -> Any:
    events: list[tuple[str, dict[str, Any]]] = [
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}}) for piece in pieces
    ]
    events += [
        ("messageStop", {"stopReason": stop}),
        ("metadata", {"usage": {"inputTokens": 7, "outputTokens": 3, "totalTokens": 10}, "metrics": {"latencyMs": 1}}),
    ]
    return event_stream(events, {"x-usina-model": "really.this"})


def test_an_answer_is_printed_and_nothing_else(run: Run, door: ScriptedDoor) -> None:
    door.tell(PATH, words("Par", "is"))
    done = run("chat", "a.b", "Capital?", "--system", "Be short.", "--temperature", "0", "--max-tokens", "9")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "Paris\n", "")
    assert door.sent(PATH) == [
        {
            "messages": [{"role": "user", "content": [{"text": "Capital?"}]}],
            "system": [{"text": "Be short."}],
            "inferenceConfig": {"maxTokens": 9, "temperature": 0.0},
        }
    ]


def test_the_prompt_may_come_from_standard_input(run: Run, door: ScriptedDoor) -> None:
    door.tell(PATH, words("Paris"))
    assert run("chat", "a.b", input="Capital\nof France?\n").stdout == "Paris\n"
    assert door.sent(PATH)[0]["messages"][0]["content"][0]["text"] == "Capital\nof France?"


def test_words_alone_are_a_prompt_for_the_first_model_that_chats(run: Run, door: ScriptedDoor) -> None:
    summary = {"modelId": "a.b", "modelArn": "arn"}
    door.tell("GET /foundation-models?byOutputModality=TEXT", {"modelSummaries": [summary]})
    door.tell(PATH, words("Paris"))
    assert run("chat", "What is the capital?").stdout == "Paris\n"


def test_without_a_model_that_chats_the_way_to_one_is_told(run: Run, door: ScriptedDoor) -> None:
    door.tell("GET /foundation-models?byOutputModality=TEXT", {"modelSummaries": []})
    done = run("chat", "What is the capital?")
    assert done.exit_code == 1
    assert "usina models import" in done.stderr


def test_an_empty_prompt_is_wrong_use(run: Run, door: ScriptedDoor) -> None:
    assert run("chat", "a.b", input=" \n").exit_code == 2


def test_an_unknown_model_is_told_with_where_to_look(run: Run, door: ScriptedDoor) -> None:
    door.tell(PATH, failure("ValidationException", "The provided model identifier is invalid."))
    done = run("chat", "a.b", "hi")
    assert done.exit_code == 1
    assert "usina models list" in done.stderr


def test_a_stream_that_breaks_exits_1_and_keeps_what_was_said(run: Run, door: ScriptedDoor) -> None:
    piece = ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Par"}})
    door.tell(PATH, event_stream([piece, ("modelStreamErrorException", {"message": "the engine stopped"})]))
    done = run("chat", "a.b", "hi")
    assert done.exit_code == 1
    assert done.stdout == "Par"
    assert "the engine stopped" in done.stderr


def test_a_conversation_carries_what_was_said(door: ScriptedDoor) -> None:
    door.tell(PATH, words("Hello"), words("Ada", stop="max_tokens"))
    talk = Talk(Factory(read_kit(door.kit)), "a.b", {})
    assert "".join(talk.ask("I am Ada")) == "Hello"
    assert "".join(talk.ask("Who am I?")) == "Ada"
    assert [message["content"][0]["text"] for message in door.sent(PATH)[1]["messages"]] == [
        "I am Ada",
        "Hello",
        "Who am I?",
    ]
    assert talk.request_id == REQUEST_ID
    assert talk.summary.startswith("[really.this: 7 tokens in, 3 out, ")
    assert talk.summary.endswith("ended by max_tokens]")


def test_an_answer_that_ended_early_is_not_part_of_the_conversation(door: ScriptedDoor) -> None:
    door.tell(PATH, words("Hello"), event_stream([("throttlingException", {"message": "busy"})]))
    talk = Talk(Factory(read_kit(door.kit)), "a.b", {})
    "".join(talk.ask("one"))
    with pytest.raises(RefusedError):
        "".join(talk.ask("two"))
    assert len(talk.messages) == 2


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str | type[BaseException]) -> None:
    """Somebody at a terminal who types these."""
    waiting = iter(lines)

    def read(_prompt: str) -> str:
        line = next(waiting)
        if isinstance(line, type):
            raise line
        return line

    monkeypatch.setattr("builtins.input", read)
    monkeypatch.setattr(sys.stdin.__class__, "isatty", lambda _self: True, raising=False)


def test_talking_goes_on_until_exit(run: Run, door: ScriptedDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    from usina.cli import chat

    door.tell(PATH, words("Hello"), words("Again"), failure("ThrottlingException", "busy"), words("New"))
    typed(monkeypatch, "one", "two", "", "/help", "three", "/new", "four", EOFError)
    chat._converse(Talk(Factory(read_kit(door.kit)), "a.b", {}))
    assert [len(sent["messages"]) for sent in door.sent(PATH)] == [1, 3, 5, 1]


@pytest.mark.parametrize("ending", ["/exit", "/quit", EOFError, KeyboardInterrupt])
def test_talking_ends_when_asked(
    door: ScriptedDoor, monkeypatch: pytest.MonkeyPatch, ending: str | type[BaseException]
) -> None:
    from usina.cli import chat

    typed(monkeypatch, ending)
    chat._converse(Talk(Factory(read_kit(door.kit)), "a.b", {}))
    assert not door.seen
