"""A converted Llama against Llama's own arithmetic, done here once more with numpy; and what is not converted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import gguf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.real_models import CHAT, imported
from tests.stores.models.llamas import HEADS, KEY_HEADS, WIDTH, exported
from usina.core.clock import SystemClock, SystemDice
from usina.core.errors import ValidationError
from usina.core.limits import Limits
from usina.core.ports import Row
from usina.engine.factory import EngineFactory
from usina.engine.settings import EngineSettings
from usina.stores.models.found import find
from usina.stores.models.llama import LlamaShape, convert_llama, in_engines_order, tensor_name
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("The", "Ġcapital", "Ġof", "ĠFrance", "Ġis")
LAYERS = 2


def turned(values: Any, base: float) -> Any:
    """Queries or keys turned by their positions, as Llama's published code does it: halves of a head are pairs."""
    count, half = values.shape[1], values.shape[2] // 2
    angles = np.arange(count)[:, None] / base ** (np.arange(half) / half)
    cosines, sines = np.cos(angles), np.sin(angles)
    left, right = values[..., :half], values[..., half:]
    return np.concatenate([left * cosines - right * sines, right * cosines + left * sines], -1)


def predicted(weights: Any, shape: LlamaShape, ids: list[int]) -> Any:
    """Log probabilities of the next token, in 32-bit floats."""

    def norm(x: Any, name: str) -> Any:
        return x / np.sqrt((x**2).mean(-1, keepdims=True) + shape.epsilon) * weights[name]

    count = len(ids)
    x = weights["model.embed_tokens.weight"][ids]
    for index in range(shape.layers):
        layer = f"model.layers.{index}"
        inner = norm(x, f"{layer}.input_layernorm.weight")
        q, k, v = (
            (inner @ weights[f"{layer}.self_attn.{name}_proj.weight"].T).reshape(count, heads, WIDTH).swapaxes(0, 1)
            for name, heads in (("q", HEADS), ("k", KEY_HEADS), ("v", KEY_HEADS))
        )
        q, k = turned(q, shape.rope_base), turned(k, shape.rope_base)
        k, v = (np.repeat(each, HEADS // KEY_HEADS, 0) for each in (k, v))
        scores = q @ k.swapaxes(1, 2) / np.sqrt(WIDTH) + np.triu(np.full((count, count), -np.inf), 1)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (scores / scores.sum(-1, keepdims=True)) @ v
        x = x + mixed.swapaxes(0, 1).reshape(count, -1) @ weights[f"{layer}.self_attn.o_proj.weight"].T
        inner = norm(x, f"{layer}.post_attention_layernorm.weight")
        gate = inner @ weights[f"{layer}.mlp.gate_proj.weight"].T
        up = inner @ weights[f"{layer}.mlp.up_proj.weight"].T
        x = x + (gate / (1 + np.exp(-gate)) * up) @ weights[f"{layer}.mlp.down_proj.weight"].T
    logits = norm(x[-1], "model.norm.weight") @ weights["model.embed_tokens.weight"].T
    return logits - logits.max() - np.log(np.exp(logits - logits.max()).sum())


@pytest.mark.slow
async def test_the_engine_predicts_what_llamas_own_arithmetic_predicts(tmp_path: Path) -> None:
    weights = exported(tmp_path / "llama", LAYERS, files=2)
    target = tmp_path / "model.gguf"
    shape = convert_llama(tmp_path / "llama", target, "mine", lambda _: None, quantise=False)
    tokens = gguf.GGUFReader(target).fields["tokenizer.ggml.tokens"].contents()
    expected = predicted(weights, shape, [tokens.index(word) for word in WORDS])
    records = MemoryRecords()
    body = {"runtime": "llamacpp", "state": "READY", "task": "chat", "options": {"path": str(target)}, "slots": 1}
    await records.put(Row("model", "", "local.llama", {**body, "context_tokens": 512}))
    settings = EngineSettings(default_models=(), slots=1, context_tokens=512, prompt_cache_bytes=0)
    factory = EngineFactory(tmp_path, records, SystemClock(), SystemDice(), Limits(drain_seconds=1.0), settings)
    await factory.start()
    try:
        assert await factory.ready()
        [card] = factory.catalogue.cards()
        asked = {"prompt": "The capital of France is", "max_tokens": 1, "temperature": 0.0, "logprobs": 5}
        answer = await factory.engines.call(card, "completion", asked)
        chat = [{"role": "user", "content": "Count 12 to 13."}]
        counted = await factory.engines.count(card, {"messages": chat})
    finally:
        await factory.stop()
    found = {each["id"]: each["logprob"] for each in answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]}
    assert answer["usage"]["prompt_tokens"] == len(found) == len(WORDS)
    assert set(found) == set(np.argsort(expected)[-len(found) :])
    assert all(value == pytest.approx(expected[token], abs=0.05) for token, value in found.items())
    assert counted == 18  # turns of the template around nine tokens, each digit one of its own


@pytest.mark.slow
def test_the_file_is_the_one_that_the_models_own_gguf_says(tmp_path: Path) -> None:
    exported(tmp_path / "llama", LAYERS)
    convert_llama(tmp_path / "llama", tmp_path / "made.gguf", "mine", lambda _: None, quantise=True)
    made = gguf.GGUFReader(tmp_path / "made.gguf")
    own = gguf.GGUFReader(imported(CHAT)[0] / "model.gguf")
    same = [key for key in own.fields if key.startswith(("tokenizer.", "llama.")) and not key.endswith("block_count")]
    left_out = {"tokenizer.ggml.add_space_prefix"}  # of another kind of tokeniser
    for key in set(same) - left_out:
        found = made.fields[key].contents()
        assert found == (pytest.approx(found) if isinstance(found, float) else own.fields[key].contents()), key
    before = {tensor.name: tensor for tensor in own.tensors}
    assert len(made.tensors) == 2 + 9 * LAYERS
    for tensor in made.tensors:
        assert tensor.tensor_type == before[tensor.name].tensor_type
        values, others = (gguf.quants.dequantize(each.data, each.tensor_type) for each in (tensor, before[tensor.name]))
        assert np.allclose(values, others, atol=0.02 * float(np.abs(others).max())), tensor.name


@given(st.integers(1, 4), st.integers(1, 8), st.integers(1, 5), st.randoms(use_true_random=False))
def test_rows_are_put_in_pairs_within_their_head(heads: int, pairs: int, columns: int, chance: Any) -> None:
    values = np.array([chance.random() for _ in range(heads * 2 * pairs * columns)]).reshape(-1, columns)
    ordered = in_engines_order(values, heads)
    for head in range(heads):
        start = head * 2 * pairs
        for pair in range(pairs):
            assert (ordered[start + 2 * pair] == values[start + pair]).all()
            assert (ordered[start + 2 * pair + 1] == values[start + pairs + pair]).all()


def test_tensors_have_the_names_of_gguf() -> None:
    assert tensor_name("model.layers.3.mlp.down_proj.weight") == "blk.3.ffn_down.weight"
    assert tensor_name("model.layers.3.self_attn.q_proj.bias") == tensor_name("model.vision.weight") == ""


SMALL = {
    "model_type": "llama", "num_hidden_layers": 1, "hidden_size": 8, "intermediate_size": 16, "vocab_size": 4,
    "num_attention_heads": 2, "max_position_embeddings": 4, "rms_norm_eps": 1e-5,
}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"model_type": "gemma3"}, "only llama"),
        ({"model_type": None}, "only llama"),
        ({"hidden_act": "gelu"}, "silu"),
        ({"attention_bias": True}, "biases"),
        ({"rope_scaling": {"rope_type": "llama3", "factor": 8.0}}, "scaled positions"),
        ({"rope_parameters": {"rope_type": "yarn"}}, "scaled positions"),
        ({"hidden_size": None}, "sizes"),
        ({"num_attention_heads": 0}, "sizes"),
        ({"num_hidden_layers": 1_000_000_000}, "sizes"),
    ],
)
def test_another_architecture_is_refused_with_what_to_do(tmp_path: Path, more: dict[str, Any], words: str) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "config.json").write_text(json.dumps(SMALL | more))
    with pytest.raises(ValidationError, match=words):
        _ = (find("directory", str(tmp_path)), LlamaShape.read(tmp_path))


def test_files_that_hold_another_model_than_the_config_says_are_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    (tmp_path / "config.json").write_text(json.dumps(SMALL))
    whole = {"model.embed_tokens.weight": np.zeros((4, 8), np.float32)}
    for tensors, words in (
        (whole, "1 tensors and not 12"),
        ({**whole, "model.layers.0.self_attn.q_proj.bias": np.zeros(8, np.float32)}, "is not known"),
    ):
        save_file(tensors, tmp_path / "model.safetensors")
        with pytest.raises(ValidationError, match=words):
            convert_llama(tmp_path, tmp_path / "m.gguf", "mine", lambda _: None, quantise=True)
