"""Writes a BERT embedding model (safetensors, WordPiece vocabulary) as GGUF in 16-bit floats. Needs numpy, not torch.

Names and keys: gguf-py's constants for `MODEL_ARCH.BERT`; vocabulary form: llama.cpp's WordPiece tokeniser marks the
start of a word with U+2581 where BERT marks a continuation with "##".
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LAYER = re.compile(r"encoder\.layer\.(\d+)\.(.+)\.(weight|bias)")
_IN_LAYER = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
_GLOBAL = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm.weight": "token_embd_norm.weight",
    "embeddings.LayerNorm.bias": "token_embd_norm.bias",
}
_EXACT = ("position_embd.weight", "token_types.weight")  # added to activations: the engine wants them in 32 bits
_WORD_START = "\u2581"
_SPECIAL = {
    "bos_token": "[CLS]",
    "cls_token": "[CLS]",
    "seperator_token": "[SEP]",  # the format's own spelling
    "eos_token": "[SEP]",
    "unknown_token": "[UNK]",
    "padding_token": "[PAD]",
    "mask_token": "[MASK]",
}
_NORMAL, _CONTROL = 1, 3  # token types of the format
_TOKEN_TYPES = 2


@dataclass(frozen=True, slots=True)
class BertShape:
    """The numbers of a BERT model, checked."""

    layers: int
    width: int
    inner_width: int
    heads: int
    positions: int
    epsilon: float

    @classmethod
    def read(cls, folder: Path) -> BertShape:
        """From `config.json`. Raises: ValidationError where it is not a BERT that can be converted."""
        config = read_object(folder / "config.json")
        if config.get("model_type") != "bert" or config.get("hidden_act", "gelu") != "gelu":
            raise ValidationError("Only BERT models with the gelu activation can be converted from safetensors.")
        if config.get("position_embedding_type", "absolute") != "absolute":
            raise ValidationError("Only BERT models with absolute positions can be converted.")
        try:
            return cls(
                layers=int(config["num_hidden_layers"]),
                width=int(config["hidden_size"]),
                inner_width=int(config["intermediate_size"]),
                heads=int(config["num_attention_heads"]),
                positions=int(config["max_position_embeddings"]),
                epsilon=float(config.get("layer_norm_eps", 1e-12)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValidationError("config.json does not say the model's sizes.") from error


def convert_bert(folder: Path, target: Path, name: str, tell: Callable[[float], None]) -> BertShape:
    """Write the model in `folder` as the GGUF file `target`. Tells the share done, 0..1."""
    import gguf
    import numpy as np
    from safetensors import safe_open

    shape = BertShape.read(folder)
    writer = gguf.GGUFWriter(target, "bert")
    _write_header(writer, shape, name, pooling(folder))
    _write_vocabulary(writer, vocabulary(folder))
    with safe_open(folder / "model.safetensors", framework="numpy") as file:
        names = [key for key in file.keys() if tensor_name(key)]  # noqa: SIM118 - it is not a dict
        if len(names) != len(_GLOBAL) + 2 * len(_IN_LAYER) * shape.layers:
            raise ValidationError("model.safetensors does not hold the tensors of a BERT of that size.")
        for index, key in enumerate(names):
            values = file.get_tensor(key).astype(np.float32)
            written = tensor_name(key)
            if values.ndim > 1 and written not in _EXACT:
                values = values.astype(np.float16)
            writer.add_tensor(written, np.ascontiguousarray(values))
            tell(0.9 * (index + 1) / len(names))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    tell(1.0)
    return shape


def tensor_name(key: str) -> str:
    """GGUF's name for a tensor of BERT; empty for those that an embedding does not need (pooler, position ids)."""
    key = key.removeprefix("bert.")
    if key in _GLOBAL:
        return _GLOBAL[key]
    if (match := _LAYER.fullmatch(key)) and match[2] in _IN_LAYER:
        return f"blk.{match[1]}.{_IN_LAYER[match[2]]}.{match[3]}"
    return ""


def vocabulary(folder: Path) -> list[str]:
    """WordPiece tokens in order of id, from `vocab.txt` or `tokenizer.json`."""
    plain = folder / "vocab.txt"
    if plain.exists():
        return plain.read_text("utf-8").splitlines()
    model = read_object(folder / "tokenizer.json").get("model", {})
    if model.get("type") != "WordPiece":
        raise ValidationError("The model has no WordPiece vocabulary.")
    return sorted(model["vocab"], key=lambda token: int(model["vocab"][token]))


def pooling(folder: Path) -> str:
    """`mean` or `cls`, as the model's own pooling layer says."""
    path = folder / "1_Pooling" / "config.json"
    if not path.exists():
        return "mean"
    config = read_object(path)
    if config.get("pooling_mode_cls_token"):
        return "cls"
    if not config.get("pooling_mode_mean_tokens", True):
        raise ValidationError("The model's pooling is neither mean nor cls.")
    return "mean"


def _write_header(writer: Any, shape: BertShape, name: str, pooled: str) -> None:
    import gguf

    writer.add_name(name)
    writer.add_context_length(shape.positions)
    writer.add_embedding_length(shape.width)
    writer.add_feed_forward_length(shape.inner_width)
    writer.add_block_count(shape.layers)
    writer.add_head_count(shape.heads)
    writer.add_layer_norm_eps(shape.epsilon)
    writer.add_causal_attention(False)  # noqa: FBT003 - the writer's own signature
    writer.add_pooling_type(gguf.PoolingType.MEAN if pooled == "mean" else gguf.PoolingType.CLS)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)


def _write_vocabulary(writer: Any, tokens: list[str]) -> None:
    special = {token for token in tokens if token.startswith("[") and token.endswith("]")}
    written = [token if token in special else _marked(token) for token in tokens]
    writer.add_tokenizer_model("bert")
    writer.add_token_type_count(_TOKEN_TYPES)
    writer.add_token_list(written)
    writer.add_token_types([_CONTROL if token in special else _NORMAL for token in tokens])
    for key, token in _SPECIAL.items():
        if token not in special:
            raise ValidationError(f"The vocabulary has no {token}.")
        writer.add_uint32(f"tokenizer.ggml.{key}_id", tokens.index(token))


def _marked(token: str) -> str:
    return token[2:] if token.startswith("##") else _WORD_START + token


def read_object(path: Path) -> dict[str, Any]:
    """A JSON object in a model's folder. Raises: ValidationError where it is missing or none."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ValidationError(f"{path.name} is missing or is not JSON.") from error
    if not isinstance(value, dict):
        raise ValidationError(f"{path.name} is not a JSON object.")
    return value
