"""boto3, unchanged, with the kit's environment: what a program written for Amazon Bedrock does."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3
import jsonschema
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.journeys.running import EMBEDDING_MODEL, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.running import Factory

NO_RETRY = Config(retries={"max_attempts": 1, "mode": "standard"}, read_timeout=120)
WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
    "required": ["city", "unit"],
    "additionalProperties": False,
}


@pytest.fixture
def runtime(kit: dict[str, str]) -> Iterator[Any]:
    with closing(boto3.Session().client("bedrock-runtime", config=NO_RETRY)) as client:
        yield client


def say(text: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"text": text}]}]


def test_converse_answers_with_usage_and_the_model_that_answered(runtime: Any, model: str) -> None:
    answer = runtime.converse(
        modelId=model, messages=say("Count from one to five."), inferenceConfig={"maxTokens": 24, "temperature": 0.0}
    )
    assert answer["output"]["message"]["role"] == "assistant"
    assert answer["output"]["message"]["content"][0]["text"].strip()
    assert answer["stopReason"] in {"end_turn", "max_tokens"}
    usage = answer["usage"]
    assert 0 < usage["outputTokens"] <= 24
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]
    assert answer["metrics"]["latencyMs"] > 0
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-usina-model"] == model
    assert answer["ResponseMetadata"]["RequestId"]


def test_converse_stream_brings_the_same_text_in_many_events(runtime: Any, model: str) -> None:
    asked = {
        "modelId": model,
        "messages": say("Name three colours."),
        "inferenceConfig": {"maxTokens": 24, "temperature": 0.0},
    }
    whole = runtime.converse(**asked)
    events = list(runtime.converse_stream(**asked)["stream"])
    assert events[0] == {"messageStart": {"role": "assistant"}}
    deltas = [event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event]
    assert len(deltas) > 1
    assert "".join(deltas) == whole["output"]["message"]["content"][0]["text"]
    assert {"messageStop": {"stopReason": whole["stopReason"]}} in events
    assert events[-1]["metadata"]["usage"]["outputTokens"] == whole["usage"]["outputTokens"]


def test_a_system_prompt_and_a_stop_sequence_are_obeyed(runtime: Any, model: str) -> None:
    answer = runtime.converse(
        modelId=model,
        system=[{"text": "You repeat exactly what the user writes."}],
        messages=say("alpha beta gamma"),
        inferenceConfig={"maxTokens": 32, "temperature": 0.0, "stopSequences": ["a"]},
    )
    assert answer["stopReason"] == "stop_sequence"
    assert "a" not in answer["output"]["message"]["content"][0]["text"]


def test_a_forced_tool_gets_arguments_that_fit_its_schema(runtime: Any, model: str) -> None:
    answer = runtime.converse(
        modelId=model,
        messages=say("What is the weather in Lisbon in celsius?"),
        toolConfig={
            "tools": [{"toolSpec": {"name": "weather", "description": "Weather", "inputSchema": {"json": WEATHER}}}],
            "toolChoice": {"tool": {"name": "weather"}},
        },
        inferenceConfig={"maxTokens": 96, "temperature": 0.0},
    )
    assert answer["stopReason"] == "tool_use"
    use = answer["output"]["message"]["content"][-1]["toolUse"]
    assert use["name"] == "weather"
    jsonschema.validate(use["input"], WEATHER)


def test_a_tool_result_is_taken_up_in_the_next_turn(runtime: Any, model: str) -> None:
    turns = [
        *say("What is the weather in Lisbon?"),
        {
            "role": "assistant",
            "content": [{"toolUse": {"toolUseId": "t1", "name": "weather", "input": {"city": "Lisbon"}}}],
        },
        {"role": "user", "content": [{"toolResult": {"toolUseId": "t1", "content": [{"json": {"degrees": 21}}]}}]},
    ]
    tools = [{"toolSpec": {"name": "weather", "inputSchema": {"json": WEATHER}}}]
    answer = runtime.converse(
        modelId=model,
        messages=turns,
        toolConfig={"tools": tools},
        inferenceConfig={"maxTokens": 24, "temperature": 0.0},
    )
    assert answer["usage"]["outputTokens"] > 0


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_invoke_model_speaks_the_messages_of_anthropic(runtime: Any, model: str, stream: bool) -> None:
    body = json.dumps(
        {
            "anthropic_version": "bedrock-2023-05-31",
            "max_tokens": 16,
            "messages": [{"role": "user", "content": [{"type": "text", "text": "Say hello."}]}],
        }
    )
    if not stream:
        answer = json.loads(runtime.invoke_model(modelId=model, body=body)["body"].read())
        assert answer["type"] == "message"
        assert answer["content"][0]["text"]
        assert answer["usage"]["output_tokens"] > 0
        return
    events = runtime.invoke_model_with_response_stream(modelId=model, body=body)["body"]
    kinds = [json.loads(event["chunk"]["bytes"])["type"] for event in events]
    assert kinds[0] == "message_start"
    assert kinds[-1] == "message_stop"
    assert kinds.count("content_block_delta") > 1


def test_embeddings_of_near_texts_are_nearer_than_those_of_far_ones(runtime: Any) -> None:
    def embedding(text: str) -> list[float]:
        answer = runtime.invoke_model(modelId=EMBEDDING_MODEL, body=json.dumps({"inputText": text}))
        vector: list[float] = json.loads(answer["body"].read())["embedding"]
        return vector

    def product(left: list[float], right: list[float]) -> float:
        return sum(a * b for a, b in zip(left, right, strict=True))

    cat, kitten, engine = (embedding(text) for text in ("a cat", "a kitten", "the steam engine of a ship"))
    assert product(cat, kitten) > product(cat, engine)


def test_count_tokens_agrees_with_what_a_call_reports(runtime: Any, model: str) -> None:
    messages = say("How many tokens is this?")
    counted = runtime.count_tokens(modelId=model, input={"converse": {"messages": messages}})["inputTokens"]
    used = runtime.converse(modelId=model, messages=messages, inferenceConfig={"maxTokens": 1})["usage"]["inputTokens"]
    assert counted == used


def test_the_catalogue_lists_both_models_and_describes_one(kit: dict[str, str], model: str) -> None:
    with closing(boto3.Session().client("bedrock", config=NO_RETRY)) as bedrock:
        listed = {item["modelId"] for item in bedrock.list_foundation_models()["modelSummaries"]}
        assert {model, EMBEDDING_MODEL} <= listed
        details = bedrock.get_foundation_model(modelIdentifier=model)["modelDetails"]
        assert details["responseStreamingSupported"] is True


def test_sts_says_who_one_is_and_a_session_of_it_works(kit: dict[str, str], model: str) -> None:
    with closing(boto3.Session().client("sts", config=NO_RETRY)) as sts:
        identity = sts.get_caller_identity()
        assert identity["Arn"].startswith(f"arn:aws:iam::{identity['Account']}:user/")
        session = sts.get_session_token()["Credentials"]
    borrowed = boto3.Session(
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    with closing(borrowed.client("bedrock-runtime", config=NO_RETRY)) as runtime:
        assert runtime.converse(modelId=model, messages=say("Hi"), inferenceConfig={"maxTokens": 2})["usage"]


def code_of(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def test_an_unknown_model_is_refused(runtime: Any) -> None:
    with pytest.raises(ClientError) as refused:
        runtime.converse(modelId="nobody.knows-this", messages=say("Hi"))
    assert code_of(refused.value) in {"ValidationException", "ResourceNotFoundException"}


def test_an_image_is_refused_with_a_reason(runtime: Any, model: str) -> None:
    image = {"image": {"format": "png", "source": {"bytes": b"\x89PNG"}}}
    with pytest.raises(ClientError) as refused:
        runtime.converse(modelId=model, messages=[{"role": "user", "content": [image]}])
    assert code_of(refused.value) == "ValidationException"
    assert "image" in str(refused.value).lower()


def test_a_prompt_longer_than_the_context_is_refused(runtime: Any, model: str) -> None:
    with pytest.raises(ClientError) as refused:
        runtime.converse(modelId=model, messages=say("word " * 40_000), inferenceConfig={"maxTokens": 1})
    assert code_of(refused.value) == "ValidationException"


def test_a_wrong_secret_is_refused_as_aws_refuses_it(kit: dict[str, str], factory: Factory, model: str) -> None:
    key = boto3.Session().get_credentials()
    assert key is not None
    stranger = boto3.Session(aws_access_key_id=key.access_key, aws_secret_access_key="x" * 40)
    with (
        closing(stranger.client("bedrock-runtime", config=NO_RETRY)) as runtime,
        pytest.raises(ClientError) as refused,
    ):
        runtime.converse(modelId=model, messages=say("Hi"))
    assert code_of(refused.value) in {"InvalidSignatureException", "SignatureDoesNotMatch"}


def test_an_operation_that_is_not_served_is_refused_in_its_own_protocol(kit: dict[str, str]) -> None:
    with (
        closing(boto3.Session().client("bedrock", config=NO_RETRY)) as bedrock,
        pytest.raises(ClientError) as refused,
    ):
        bedrock.list_guardrails()
    assert code_of(refused.value) == "UnknownOperationException"


def proved(factory: Factory, request_id: str) -> str:
    """The proof, once a head is signed over it."""
    done = factory.command("ledger", "prove", request_id)
    return done.stdout if done.returncode == 0 else ""


def test_an_act_is_found_in_the_ledger_by_its_request_id(
    kit: dict[str, str], factory: Factory, runtime: Any, model: str
) -> None:
    answer = runtime.converse(modelId=model, messages=say("secret-word-7781"), inferenceConfig={"maxTokens": 2})
    request_id = answer["ResponseMetadata"]["RequestId"]
    proof = wait_until(lambda: proved(factory, request_id), 30, "a signed head over the record")
    assert request_id in proof
    ledger = b"".join(path.read_bytes() for path in (factory.home / "ledger").rglob("*") if path.is_file())
    assert request_id.encode() in ledger
    assert b"secret-word-7781" not in ledger
