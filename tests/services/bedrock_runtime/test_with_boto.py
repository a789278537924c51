"""What botocore's own client sends and gets to see, over our codec and handlers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError

from usina.core.errors import EngineError, NotReadyError, ThrottledError
from usina.testing.aws_client import connect
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.engines import ScriptedEngines, chat_answer, chat_chunk, tool_call, usage
from usina.testing.world import world

CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"
SAY = [{"role": "user", "content": [{"text": "Hi there"}]}]
TRACE = {"promptRouter": {"invokedModelId": f"arn:aws:bedrock:us-east-1::foundation-model/{CHAT.id}"}}
TOOLS = {"tools": [{"toolSpec": {"name": "add", "inputSchema": {"json": {"type": "object"}}}}]}


def client(*script: Any) -> Any:
    return connect("bedrock-runtime", world(engines=ScriptedEngines().play(*script), aliases={CLAUDE: CHAT.id}))


def told(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_converse_comes_through_with_the_name_of_who_answered() -> None:
    assert told(client().converse(modelId=CLAUDE, messages=SAY)) == {
        "output": {"message": {"role": "assistant", "content": [{"text": "You said: Hi there"}]}},
        "stopReason": "end_turn",
        "usage": {
            "inputTokens": 2,
            "outputTokens": 4,
            "totalTokens": 6,
            "cacheReadInputTokens": 0,
            "cacheWriteInputTokens": 0,
        },
        "metrics": {"latencyMs": 0},
        "trace": TRACE,
    }


def test_everything_converse_can_say_comes_through() -> None:
    answer = chat_answer(
        "Ok", tool_calls=[tool_call("add", '{"a":[1,2.5,null]}')], finish_reason="tool_calls", used=usage(9, 3, 4)
    )
    made = client(answer).converse(
        modelId=CHAT.id,
        messages=[{"role": "user", "content": [{"text": "Hi"}, {"cachePoint": {"type": "default"}}]}],
        system=[{"text": "Be kind."}],
        inferenceConfig={"maxTokens": 5, "temperature": 0.5, "topP": 0.5, "stopSequences": ["END"]},
        toolConfig={**TOOLS, "toolChoice": {"any": {}}},
        additionalModelRequestFields={"top_k": 3},
        additionalModelResponseFieldPaths=["/stop_reason"],
        requestMetadata={"team": "a"},
        performanceConfig={"latency": "standard"},
        serviceTier={"type": "default"},
        outputConfig={
            "textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"schema": '{"type":"object"}'}}}
        },
    )
    assert made["output"]["message"]["content"][1]["toolUse"]["input"] == {"a": [1, 2.5, None]}
    assert made["usage"]["cacheReadInputTokens"] == 4
    assert made["additionalModelResponseFields"] == {"stop_reason": "tool_use"}
    assert made["serviceTier"] == {"type": "default"}


def test_a_conversation_with_tools_goes_back_as_it_came() -> None:
    runtime = client(chat_answer("", tool_calls=[tool_call("add", "{}")], finish_reason="tool_calls"), chat_answer("2"))
    first = runtime.converse(modelId=CHAT.id, messages=SAY, toolConfig=TOOLS)["output"]["message"]
    (use,) = first["content"]
    result = {"toolResult": {"toolUseId": use["toolUse"]["toolUseId"], "content": [{"json": {"sum": 2}}]}}
    turns = [*SAY, first, {"role": "user", "content": [result]}]
    assert runtime.converse(modelId=CHAT.id, messages=turns, toolConfig=TOOLS)["stopReason"] == "end_turn"


def test_converse_stream_comes_through() -> None:
    events = list(client().converse_stream(modelId=CLAUDE, messages=SAY)["stream"])
    assert events[0] == {"messageStart": {"role": "assistant"}}
    assert "".join(event["contentBlockDelta"]["delta"]["text"] for event in events[1:-3]) == "You said: Hi there"
    assert events[-3:-1] == [
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "end_turn"}},
    ]
    assert events[-1]["metadata"]["trace"] == TRACE
    assert events[-1]["metadata"]["usage"]["totalTokens"] == 6


def test_a_broken_stream_ends_in_the_streams_own_error() -> None:
    broken = [[chat_chunk({"content": "a"})], EngineError("The model's engine stopped.")]
    stream = client(broken).converse_stream(modelId=CHAT.id, messages=SAY)["stream"]
    events = iter(stream)
    assert next(events) == {"messageStart": {"role": "assistant"}}
    assert next(events)["contentBlockDelta"]["delta"] == {"text": "a"}
    with pytest.raises(EventStreamError) as caught:
        next(events)
    assert caught.value.response["Error"]["Code"] == "modelStreamErrorException"


def test_invoke_model_comes_through_whole_and_streamed() -> None:
    runtime = client()
    body = json.dumps({"prompt": "Hi", "max_gen_len": 5})
    answer = runtime.invoke_model(modelId=CHAT.id, body=body)
    assert answer["contentType"] == "application/json"
    assert json.loads(answer["body"].read())["generation"] == "You said: Hi"
    stream = runtime.invoke_model_with_response_stream(modelId=CHAT.id, body=body)["body"]
    chunks = [json.loads(event["chunk"]["bytes"]) for event in stream]
    assert "".join(chunk["generation"] for chunk in chunks) == "You said: Hi"
    assert "amazon-bedrock-invocationMetrics" in chunks[-1]


def test_count_tokens_comes_through() -> None:
    runtime = client()
    assert runtime.count_tokens(modelId=CHAT.id, input={"converse": {"messages": SAY}})["inputTokens"] == 2
    body = json.dumps({"prompt": "a b c", "max_gen_len": 5}).encode()
    assert runtime.count_tokens(modelId=CHAT.id, input={"invokeModel": {"body": body}})["inputTokens"] == 3


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (ThrottledError("busy", retry_after_seconds=2.0), "ThrottlingException", 429),
        (NotReadyError("starting"), "ModelNotReadyException", 429),
        (EngineError("crashed"), "ModelErrorException", 424),
    ],
)
def test_an_engines_refusal_is_the_services_own_error(error: Exception, code: str, status: int) -> None:
    for method in ("converse", "converse_stream"):
        with pytest.raises(ClientError) as caught:
            getattr(client(error), method)(modelId=CHAT.id, messages=SAY)
        assert caught.value.response["Error"]["Code"] == code
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize(
    ("model", "words"),
    [("nobody.knows", "The provided model identifier is invalid."), (EMBEDDING.id, "doesn't support the model")],
)
def test_a_model_that_cannot_answer_is_a_validation_exception(model: str, words: str) -> None:
    runtime = client()
    with pytest.raises(runtime.exceptions.ValidationException, match=words):
        runtime.converse(modelId=model, messages=SAY)
