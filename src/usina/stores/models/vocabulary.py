"""Writes the vocabulary of a byte-level BPE tokeniser (`tokenizer.json`) into a GGUF file.

How a text is cut before the pairs are merged is not data in GGUF but a name that the engine knows. It is told here by
the tokeniser's own rules, exactly: near enough would make other tokens of some texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.errors import ValidationError
from usina.stores.models.bert import read_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NORMAL, _CONTROL, _USER_DEFINED, _UNUSED = 1, 3, 4, 5  # token types of the format
_MOST_WORDS = 4_000_000
_LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_SPECIAL = {"bos": "bos_token", "eos": "eos_token", "unknown": "unk_token", "padding": "pad_token"}


def write_vocabulary(writer: Any, folder: Path, words: int) -> None:
    """Add tokens, merges and the chat template.

    Raises: ValidationError where the tokeniser is of another kind, or holds more than `words` tokens.
    """
    found = read_object(folder / "tokenizer.json")
    model = found.get("model") or {}
    if model.get("type") != "BPE" or model.get("byte_fallback"):
        raise ValidationError("Only byte-level BPE tokenisers are converted. Convert the model to GGUF.")
    tokens, types = _tokens(model.get("vocab"), found.get("added_tokens") or [], words)
    settings = read_object(folder / "tokenizer_config.json") if (folder / "tokenizer_config.json").exists() else {}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(cut_of(found.get("pre_tokenizer")))
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(_merges(model.get("merges")))
    writer.add_add_bos_token(_adds_bos(found, settings))
    _write_special(writer, tokens, settings)
    template = _template(folder, settings)
    if template:
        writer.add_chat_template(template)


def cut_of(pre_tokenizer: Any) -> str:
    """The engine's name for how texts are cut. Raises: ValidationError where it has none that is known here."""
    steps = pre_tokenizer.get("pretokenizers", [pre_tokenizer]) if isinstance(pre_tokenizer, dict) else []
    told = [_step(step) for step in steps]
    known = {
        ("digits", "bytes-regex"): "smollm",
        ("split", "bytes"): "llama-bpe",
        ("bytes-regex",): "gpt-2",
    }
    name = known.get(tuple(told))
    if name is None:
        raise ValidationError("How the tokeniser cuts texts is not known here. Convert the model to GGUF.")
    return name


def _step(step: Any) -> str:
    kind = step.get("type") if isinstance(step, dict) else None
    if kind == "Digits" and step.get("individual_digits"):
        return "digits"
    if kind == "ByteLevel" and not step.get("add_prefix_space"):
        return "bytes-regex" if step.get("use_regex", True) else "bytes"
    if kind == "Split" and step.get("behavior") == "Isolated" and not step.get("invert"):
        return "split" if (step.get("pattern") or {}).get("Regex") == _LLAMA_3 else ""
    return ""


def _tokens(vocabulary: Any, added: Any, words: int) -> tuple[list[str], list[int]]:
    if not isinstance(vocabulary, dict) or not isinstance(added, list) or not 0 < words <= _MOST_WORDS:
        raise ValidationError("tokenizer.json has no vocabulary.")
    tokens = [f"[PAD{number}]" for number in range(words)]
    types = [_UNUSED] * words
    entries = [(token, number, _NORMAL) for token, number in vocabulary.items()]
    entries += [(entry["content"], entry["id"], _CONTROL if entry.get("special") else _USER_DEFINED) for entry in added]
    for token, number, kind in entries:
        if not isinstance(token, str) or type(number) is not int or not 0 <= number < words:
            raise ValidationError("tokenizer.json has a token outside of the model's vocabulary.")
        tokens[number], types[number] = token, kind
    return tokens, types


def _merges(merges: Any) -> list[str]:
    """Pairs as `left right`; newer files write them as two texts."""
    if not isinstance(merges, list):
        raise ValidationError("tokenizer.json has no merges.")
    joined = [" ".join(pair) if isinstance(pair, list) else pair for pair in merges]
    if not all(isinstance(pair, str) and pair.count(" ") == 1 for pair in joined):
        raise ValidationError("tokenizer.json has a merge that is not of two parts.")
    return joined


def _adds_bos(found: Mapping[str, Any], settings: Mapping[str, Any]) -> bool:
    """Whether a text begins with the token of beginnings: Llama 3's tokeniser says so in its last step."""
    if "add_bos_token" in settings:
        return bool(settings["add_bos_token"])
    last = found.get("post_processor") or {}
    steps = last.get("processors", [last])
    return any(step.get("type") == "TemplateProcessing" and "SpecialToken" in step["single"][0] for step in steps)


def _write_special(writer: Any, tokens: list[str], settings: Mapping[str, Any]) -> None:
    numbers = {token: number for number, token in enumerate(tokens)}
    for name, key in _SPECIAL.items():
        token = settings.get(key)
        token = token.get("content") if isinstance(token, dict) else token
        if isinstance(token, str) and token in numbers:
            writer.add_uint32(f"tokenizer.ggml.{name}_token_id", numbers[token])


def _template(folder: Path, settings: Mapping[str, Any]) -> str:
    beside = folder / "chat_template.jinja"
    if beside.exists():
        return beside.read_text("utf-8")
    template = settings.get("chat_template")
    return template if isinstance(template, str) else ""
