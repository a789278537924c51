"""Prompts in the template of the model they were meant for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.services.bedrock_runtime.families.prompts import ask_of, turns_of

LLAMA_3 = (
    "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe kind.<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\nHello<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nWho?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
)
LLAMA_4 = "<|begin_of_text|><|header_start|>user<|header_end|>\n\nHi<|eot|><|header_start|>assistant<|header_end|>\n\n"
LLAMA_2 = "<s>[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nHi [/INST] Hello </s><s>[INST] Who? [/INST]"
FOUR = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Hello"},
    {"role": "user", "content": "Who?"},
]


def test_known_templates_are_taken_apart() -> None:
    assert turns_of(LLAMA_3) == FOUR
    assert turns_of(LLAMA_2) == FOUR
    assert turns_of(LLAMA_4) == [{"role": "user", "content": "Hi"}]
    assert turns_of("<s>[INST] Hi [/INST]") == [{"role": "user", "content": "Hi"}]


@pytest.mark.parametrize(
    "prompt",
    [
        "Once upon a time",
        "before [INST] Hi [/INST]",
        "[INST] Hi",
        "[INST] Hi [/INST] and I answered",
        "[INST] Hi [/INST][INST] Who? [/INST]",
        "words <|start_header_id|>user<|end_header_id|>\n\nHi",
        "<|start_header_id|>ipython<|end_header_id|>\n\nHi",
        "<|start_header_id|>user<|end_header_id|>Hi<|eot_id|><|start_header_id|>assistant<|end_header_id|>Well",
        "<|start_header_id|>assistant<|end_header_id|>",
        "",
    ],
)
def test_anything_else_is_completed_as_it_is(prompt: str) -> None:
    assert turns_of(prompt) == []
    assert ask_of(prompt, {"seed": None, "top_k": 0}) == ("completion", {"prompt": prompt, "top_k": 0})


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "[INST]",
                "[/INST]",
                "<s>",
                "</s>",
                "<<SYS>>",
                "<</SYS>>",
                "a",
                "<|eot_id|>",
                "<|start_header_id|>user<|end_header_id|>",
                " ",
            ]
        ),
        max_size=12,
    ).map("".join)
)
def test_any_mixture_of_marks_is_read_without_failing(prompt: str) -> None:
    turns = turns_of(prompt)
    assert not turns or turns[-1]["role"] == "user"
