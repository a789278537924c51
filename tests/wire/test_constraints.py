"""Messages as AWS words them; that valid parameters pass is shown for every operation in test_every_operation.py."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.wire import oracle
from usina import wire
from usina.core.errors import ValidationError

ONE = "1 validation error detected: "
MESSAGE = {"role": "user", "content": [{"text": "hi"}]}


def refused(service: str, operation: str, document: object, labels: dict[str, str] | None = None) -> str:
    protocol = {"bedrock-runtime": "rest-json", "bedrock": "rest-json"}.get(service, "json")
    target = wire.Target(service, operation, protocol, labels or {"modelId": "a.b"})
    body = msgspec.json.encode(document)
    with pytest.raises(ValidationError) as caught:
        wire.parse(target, oracle.received("POST", "http://localhost/", [], body), body)
    return caught.value.message


def converse(**document: Any) -> str:
    return refused("bedrock-runtime", "Converse", {"messages": [MESSAGE], **document})


BOTH = {"text": "a", "image": {"format": "png", "source": {}}}


@pytest.mark.parametrize(
    ("document", "path", "constraint"),
    [
        ({"inferenceConfig": {"maxTokens": 0}}, "inferenceConfig.maxTokens", "have value greater than or equal to 1"),
        (
            {"inferenceConfig": {"temperature": 1.5}},
            "inferenceConfig.temperature",
            "have value less than or equal to 1",
        ),
        (
            {"messages": [{"role": "robot", "content": []}]},
            "messages.1.member.role",
            "satisfy enum value set: [user, assistant, system]",
        ),
        (
            {"inferenceConfig": {"stopSequences": [""]}},
            "inferenceConfig.stopSequences",
            "satisfy constraint: [Member must have length greater than or equal to 1]",
        ),
        ({"toolConfig": {"tools": []}}, "toolConfig.tools", "have length greater than or equal to 1"),
        (
            {"messages": [{"role": "user", "content": [BOTH]}]},
            "messages.1.member.content.1.member",
            "have exactly one of its members set",
        ),
        ({"inferenceConfig": {"maxTokens": "many"}}, "inferenceConfig.maxTokens", "be a number of type integer"),
        ({"messages": {}}, "messages", "be a list"),
        (
            {"messages": [MESSAGE, {"role": "user", "content": ["hi"]}]},
            "messages.2.member.content.1.member",
            "be a structure",
        ),
    ],
)
def test_a_broken_trait_is_told_by_the_path_of_its_member(document: dict[str, Any], path: str, constraint: str) -> None:
    assert f"Value at '{path}' failed to satisfy constraint: Member must {constraint}" in converse(**document)


def test_a_member_that_is_missing_is_told_as_null() -> None:
    message = converse(messages=[MESSAGE, {"role": "user"}])
    assert message.startswith(f"{ONE}Value null at 'messages.2.member.content' failed to satisfy constraint: ")
    assert message.endswith("Member must not be null")


def test_a_pattern_is_told_as_the_model_has_it() -> None:
    message = refused("bedrock-runtime", "Converse", {"messages": [MESSAGE]}, {"modelId": "no such form!"})
    assert message.startswith(f"{ONE}Value at 'modelId' failed to satisfy constraint: ")
    assert "Member must satisfy regular expression pattern: (arn:aws" in message


def test_several_failures_are_told_together_and_counted() -> None:
    message = converse(inferenceConfig={"maxTokens": 0, "topP": 2})
    assert message.startswith("2 validation errors detected: ")
    assert message.count("; ") == 1


def test_a_long_list_of_failures_is_cut_short() -> None:
    message = converse(messages=[{}] * 1_000)
    assert message.startswith("10 validation errors detected: ")


def test_capital_members_are_told_in_lower_case_as_aws_does() -> None:
    message = refused("sagemaker", "CreateModel", {"ModelName": "-bad-", "Tags": [{"Key": "k"}]})
    assert "Value at 'modelName' failed" in message
    assert "Value null at 'tags.1.member.value' failed" in message


def test_keys_and_values_of_maps_are_told_under_their_map() -> None:
    message = converse(requestMetadata={"": "x" * 300})
    assert "Value at 'requestMetadata' failed to satisfy constraint: Map keys must satisfy constraint: [" in message
    assert "Value at 'requestMetadata' failed to satisfy constraint: Map value must satisfy constraint: [" in message


def test_null_is_the_same_as_absent() -> None:
    body = msgspec.json.encode({"messages": [MESSAGE], "inferenceConfig": None, "system": None})
    target = wire.Target("bedrock-runtime", "Converse", "rest-json", {"modelId": "a.b"})
    parsed = wire.parse(target, oracle.received("POST", "http://localhost/", [], body), body)
    assert parsed == {"messages": [MESSAGE], "modelId": "a.b"}


def test_members_that_the_model_does_not_know_are_passed_over() -> None:
    body = msgspec.json.encode({"messages": [MESSAGE], "laterMember": {"a": 1}})
    target = wire.Target("bedrock-runtime", "Converse", "rest-json", {"modelId": "a.b"})
    parsed = wire.parse(target, oracle.received("POST", "http://localhost/", [], body), body)
    assert "laterMember" not in parsed


def test_a_token_for_idempotency_is_made_where_the_client_sent_none() -> None:
    target = wire.Target("bedrock", "CreateGuardrail", "rest-json", {})
    body = msgspec.json.encode({"name": "g", "blockedInputMessaging": "no", "blockedOutputsMessaging": "no"})
    received = oracle.received("POST", "http://localhost/", [], body)
    first, second = (wire.parse(target, received, body)["clientRequestToken"] for _ in range(2))
    assert first != second
