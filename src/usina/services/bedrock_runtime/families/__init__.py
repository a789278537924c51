"""Which family an InvokeModel body is of: by the name that was asked for, and by its shape where that says nothing.

A program sends the body of the model it was written for. An id of Amazon Bedrock names the family, whatever model
answers behind the alias; a local model's own id takes every family's body, told apart by its members.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from usina.core.errors import ValidationError
from usina.core.ids import Arn
from usina.services.bedrock_runtime.families import (
    anthropic,
    cohere_embed,
    llama,
    mistral,
    nova,
    openai,
    titan_embed,
    titan_text,
)
from usina.services.bedrock_runtime.families.family import decode, malformed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.ports import Resolution
    from usina.services.bedrock_runtime.families.family import Family

BY_PREFIX: Final[Sequence[tuple[str, Family]]] = (
    ("anthropic.", anthropic.FAMILY),
    ("meta.llama", llama.FAMILY),
    ("mistral.", mistral.FAMILY),
    ("amazon.titan-embed-text", titan_embed.FAMILY),
    ("amazon.titan-t", titan_text.FAMILY),  # titan-text-..., titan-tg1-...
    ("amazon.nova", nova.FAMILY),
    ("cohere.embed", cohere_embed.FAMILY),
    ("openai.", openai.FAMILY),
    ("qwen.", openai.FAMILY),
    ("deepseek.v", openai.FAMILY),
    ("google.gemma", openai.FAMILY),
)
# Known ids whose programs expect a form that nobody wrote here: another family's form would only confuse them.
UNSERVED: Final = ("ai21.", "cohere.command", "cohere.rerank", "deepseek.r1", "writer.", "amazon.titan-embed-image")
_REGION: Final = re.compile(r"(?:us|eu|apac|global|us-gov|jp|au|ca|sa|me|af)\.")


class _Peek(msgspec.Struct):
    """The members that tell bodies apart."""

    anthropic_version: msgspec.Raw = msgspec.Raw()
    inputText: msgspec.Raw = msgspec.Raw()  # noqa: N815 - the format's name
    texts: msgspec.Raw = msgspec.Raw()
    inputs: msgspec.Raw = msgspec.Raw()
    schemaVersion: msgspec.Raw = msgspec.Raw()  # noqa: N815 - the format's name
    inferenceConfig: msgspec.Raw = msgspec.Raw()  # noqa: N815 - the format's name
    max_gen_len: msgspec.Raw = msgspec.Raw()
    prompt: msgspec.Raw = msgspec.Raw()
    messages: msgspec.Raw = msgspec.Raw()


_decoder = msgspec.json.Decoder(_Peek)


def family_of(found: Resolution, body: bytes) -> Family:
    """The family that reads this body.

    Raises:
        ValidationError: the body is not JSON, of no known family, or of one whose task is not the model's.
    """
    family = _by_name(found) or _by_shape(body, found.card.task)
    is_embedding = family in {titan_embed.FAMILY, cohere_embed.FAMILY}
    if is_embedding != (found.card.task == "embedding"):
        raise ValidationError(
            f"The model {found.card.id} is for {found.card.task}: "
            f"it doesn't support a request of the {family.name} family."
        )
    return family


def _by_name(found: Resolution) -> Family | None:
    arn = Arn.parse(found.asked)
    name = found.alias or (found.asked if arn is None else arn.resource.partition("/")[2])
    region = _REGION.match(name)
    if region:
        name = name[region.end() :]
    if name.startswith(UNSERVED):
        raise ValidationError(
            f"This site does not serve InvokeModel requests in the form of {name}. Use Converse with this model."
        )
    for prefix, family in BY_PREFIX:
        if name.startswith(prefix):
            return family
    return None


def _by_shape(body: bytes, task: str) -> Family:
    peek = decode(_decoder, body)
    marks: tuple[tuple[msgspec.Raw, Family], ...] = (
        (peek.anthropic_version, anthropic.FAMILY),
        (peek.inputText, titan_embed.FAMILY if task == "embedding" else titan_text.FAMILY),
        (peek.texts, cohere_embed.FAMILY),
        (peek.inputs, cohere_embed.FAMILY),
        (peek.schemaVersion, nova.FAMILY),
        (peek.inferenceConfig, nova.FAMILY),
        (peek.max_gen_len, llama.FAMILY),
        (peek.prompt, mistral.FAMILY),
        (peek.messages, openai.FAMILY),
    )
    for mark, family in marks:
        if bytes(mark):
            return family
    raise malformed(
        "#: none of the keys [anthropic_version, messages, prompt, inputText, texts] that tell the form was found"
    )
