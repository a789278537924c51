"""Vocabularies of byte-level BPE, and the tokenisers that are not taken for one."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import gguf
import pytest

from usina.core.errors import ValidationError
from usina.stores.models.vocabulary import cut_of, write_vocabulary

if TYPE_CHECKING:
    from pathlib import Path

BYTES = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
DIGITS = {"type": "Digits", "individual_digits": True}
LLAMA_3 = {
    "type": "Split",
    "pattern": {
        "Regex": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+"
    },
    "behavior": "Isolated",
    "invert": False,
}
TOKENIZER: dict[str, Any] = {
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]},
    "added_tokens": [{"id": 3, "content": "<end>", "special": True}, {"id": 4, "content": "<tool>", "special": False}],
    "pre_tokenizer": BYTES,
    "post_processor": {
        "type": "Sequence",
        "processors": [BYTES, {"type": "TemplateProcessing", "single": [{"SpecialToken": {}}, {"Sequence": {}}]}],
    },
}


def sequence(*steps: Any) -> dict[str, Any]:
    return {"type": "Sequence", "pretokenizers": list(steps)}


@pytest.mark.parametrize(
    ("cut", "name"),
    [
        (BYTES, "gpt-2"),
        (sequence(DIGITS, BYTES), "smollm"),
        (sequence(LLAMA_3, {**BYTES, "use_regex": False}), "llama-bpe"),
    ],
)
def test_known_cuts_have_the_engines_name(cut: Any, name: str) -> None:
    assert cut_of(cut) == name


@pytest.mark.parametrize(
    "cut",
    [
        None,
        {"type": "Metaspace"},
        sequence(),
        sequence(BYTES, DIGITS),
        sequence({**DIGITS, "individual_digits": False}, BYTES),
        sequence({**LLAMA_3, "pattern": {"Regex": r"\s+"}}, {**BYTES, "use_regex": False}),
        {**BYTES, "add_prefix_space": True},
        "BPE",
    ],
)
def test_a_cut_that_is_nearly_a_known_one_is_refused(cut: Any) -> None:
    with pytest.raises(ValidationError, match="not known here"):
        cut_of(cut)


def made(folder: Path, changes: Any = None, words: int = 6, settings: Any = None) -> Any:
    tokenizer = copy.deepcopy(TOKENIZER)
    tokenizer["model"] |= changes or {}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    if settings is not None:
        (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    writer = gguf.GGUFWriter(folder / "m.gguf", "llama")
    write_vocabulary(writer, folder, words)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return gguf.GGUFReader(folder / "m.gguf").fields


def test_tokens_kinds_merges_and_template_are_written(tmp_path: Path) -> None:
    (tmp_path / "chat_template.jinja").write_text("{{ messages }}")
    fields = made(tmp_path, settings={"eos_token": {"content": "<end>"}, "bos_token": "nowhere"})
    assert fields["tokenizer.ggml.tokens"].contents() == ["a", "b", "ab", "<end>", "<tool>", "[PAD5]"]
    assert fields["tokenizer.ggml.token_type"].contents() == [1, 1, 1, 3, 4, 5]
    assert fields["tokenizer.ggml.merges"].contents() == ["a b"]
    assert fields["tokenizer.ggml.eos_token_id"].contents() == 3
    assert fields["tokenizer.ggml.add_bos_token"].contents() is True
    assert fields["tokenizer.chat_template"].contents() == "{{ messages }}"
    assert "tokenizer.ggml.bos_token_id" not in fields


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"type": "Unigram"}, 6),
        ({"byte_fallback": True}, 6),
        ({"vocab": ["a"]}, 6),
        ({"vocab": {"a": 9}}, 6),
        ({"vocab": {"a": -1}}, 6),
        ({"vocab": {"a": "0"}}, 6),
        ({"merges": None}, 6),
        ({"merges": ["ab"]}, 6),
        ({"merges": [["a", "b", "c"]]}, 6),
        ({}, 3),
        ({}, 1 << 40),
    ],
)
def test_a_vocabulary_that_is_none_is_refused(tmp_path: Path, changes: dict[str, Any], words: int) -> None:
    with pytest.raises(ValidationError):
        made(tmp_path, changes, words)
