"""How a body is told apart, and how its errors are worded."""

from __future__ import annotations

import json

import msgspec
import pytest

from usina.core.errors import ValidationError
from usina.core.ports import Resolution
from usina.services.bedrock_runtime.families import family_of
from usina.services.bedrock_runtime.families.family import convert, decode
from usina.testing.catalogue import CHAT, EMBEDDING


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    role: str


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    messages: list[Inner]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{}", "Malformed input request: #: required key [messages] not found, please reformat your input"),
        (b'{"messages": 1}', "#/messages: expected array, got int"),
        (b'{"messages": [{}]}', "#/messages/0: required key [role] not found"),
        (b'{"messages": [{"role": 1}]}', "#/messages/0/role: expected str, got int"),
        (b'{"messages": [], "x": 1}', "#: extraneous key [x] is not permitted"),
        (b"{", "Malformed input request, please reformat"),
    ],
)
def test_an_error_names_the_member_as_bedrock_does(body: bytes, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        decode(msgspec.json.Decoder(Outer), body)
    assert words in caught.value.message


def test_a_part_of_a_body_is_named_by_its_place() -> None:
    with pytest.raises(ValidationError, match="#/messages/3/role: expected str, got int"):
        convert({"role": 1}, Inner, "#/messages/3")


@pytest.mark.parametrize(
    ("asked", "family"),
    [
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", "anthropic"),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", "anthropic"),
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic"),
        ("meta.llama3-1-8b-instruct-v1:0", "llama"),
        ("eu.meta.llama3-2-1b-instruct-v1:0", "llama"),
        ("mistral.mistral-7b-instruct-v0:2", "mistral"),
        ("amazon.titan-text-express-v1", "titan-text"),
        ("amazon.titan-tg1-large", "titan-text"),
        ("apac.amazon.nova-lite-v1:0", "nova"),
        ("openai.gpt-oss-20b-1:0", "openai"),
        ("qwen.qwen3-32b-v1:0", "openai"),
    ],
)
def test_a_known_id_names_its_family(asked: str, family: str) -> None:
    assert family_of(Resolution(CHAT, asked, alias=asked), b"not looked at").name == family
    arn = f"arn:aws:bedrock:us-east-1::foundation-model/{asked}"
    assert family_of(Resolution(CHAT, arn), b"").name == family


@pytest.mark.parametrize(
    ("asked", "family"), [("amazon.titan-embed-text-v2:0", "titan-embed"), ("cohere.embed-english-v3", "cohere-embed")]
)
def test_a_known_id_of_embeddings_names_its_family(asked: str, family: str) -> None:
    assert family_of(Resolution(EMBEDDING, asked, alias=asked), b"").name == family


@pytest.mark.parametrize("asked", ["cohere.command-r-v1:0", "us.deepseek.r1-v1:0", "ai21.jamba-1-5-mini-v1:0"])
def test_a_known_id_of_a_form_that_is_not_served_says_so(asked: str) -> None:
    with pytest.raises(ValidationError, match="Use Converse"):
        family_of(Resolution(CHAT, asked, alias=asked), b"{}")


@pytest.mark.parametrize(
    ("body", "family"),
    [
        ({"anthropic_version": "bedrock-2023-05-31", "messages": []}, "anthropic"),
        ({"inputText": "a"}, "titan-text"),
        ({"schemaVersion": "messages-v1", "messages": []}, "nova"),
        ({"inferenceConfig": {}, "messages": []}, "nova"),
        ({"prompt": "a", "max_gen_len": 1}, "llama"),
        ({"prompt": "a", "max_tokens": 1}, "mistral"),
        ({"messages": []}, "openai"),
    ],
)
def test_a_local_model_takes_every_familys_body(body: object, family: str) -> None:
    assert family_of(Resolution(CHAT, CHAT.id), json.dumps(body).encode()).name == family


@pytest.mark.parametrize(("body", "family"), [({"inputText": "a"}, "titan-embed"), ({"texts": ["a"]}, "cohere-embed")])
def test_a_local_embedding_model_takes_both_familys_bodies(body: object, family: str) -> None:
    assert family_of(Resolution(EMBEDDING, EMBEDDING.id), json.dumps(body).encode()).name == family
