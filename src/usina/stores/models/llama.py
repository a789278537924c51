"""Writes a model of the Llama architecture (safetensors, byte-level BPE) as GGUF. Needs numpy, not torch.

Names and keys: gguf-py's constants for `MODEL_ARCH.LLAMA`. The engine turns neighbouring values of queries and keys by
their positions, where these files pair a value with the one half a head further: their rows are put in the engine's
order. What would change the arithmetic and is not known here (scaled positions, biases, other tokenisers) is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from usina.core.errors import ValidationError
from usina.stores.models.bert import read_object
from usina.stores.models.tensors import TensorFiles
from usina.stores.models.vocabulary import write_vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LAYER = re.compile(r"model\.layers\.(\d+)\.(.+)\.weight")
_IN_LAYER = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_GLOBAL = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}
_NEEDLESS = ".rotary_emb.inv_freq"  # follows from the config
_BLOCK = 32  # values of one Q8_0 block: a row must be a multiple of it
_MOST_LAYERS = 1_000


@dataclass(frozen=True, slots=True)
class LlamaShape:
    """The numbers of a Llama model, checked."""

    layers: int
    width: int
    inner_width: int
    heads: int
    key_heads: int
    head_width: int
    positions: int
    words: int
    epsilon: float
    rope_base: float
    tied: bool

    @classmethod
    def read(cls, folder: Path) -> LlamaShape:
        """From `config.json`. Raises: ValidationError where it is not a Llama that can be converted."""
        config = read_object(folder / "config.json")
        if config.get("model_type") != "llama" or config.get("hidden_act", "silu") != "silu":
            raise ValidationError("Only Llama models with the silu activation are converted. Convert others to GGUF.")
        rope = config.get("rope_parameters") or {}
        scaling = config.get("rope_scaling") or rope
        if scaling and scaling.get("rope_type", scaling.get("type", "default")) != "default":
            raise ValidationError("Models with scaled positions (rope_scaling) are not converted. Convert it to GGUF.")
        if config.get("attention_bias") or config.get("mlp_bias"):
            raise ValidationError("Llama models with biases are not converted. Convert it to GGUF.")
        try:
            heads, width = int(config["num_attention_heads"]), int(config["hidden_size"])
            shape = cls(
                layers=int(config["num_hidden_layers"]),
                width=width,
                inner_width=int(config["intermediate_size"]),
                heads=heads,
                key_heads=int(config.get("num_key_value_heads") or heads),
                head_width=int(config.get("head_dim") or width // heads),
                positions=int(config["max_position_embeddings"]),
                words=int(config["vocab_size"]),
                epsilon=float(config["rms_norm_eps"]),
                rope_base=float(rope.get("rope_theta") or config.get("rope_theta") or 10_000.0),
                tied=bool(config.get("tie_word_embeddings")),
            )
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise ValidationError("config.json does not say the model's sizes.") from error
        if not 0 < shape.layers <= _MOST_LAYERS or min(shape.key_heads, shape.head_width) < 1 or shape.head_width % 2:
            raise ValidationError("config.json says sizes that no model has.")
        return shape

    def size_of(self, written: str) -> tuple[int, ...]:
        """What a tensor's shape must be, by its name in GGUF."""
        queries, keys = self.heads * self.head_width, self.key_heads * self.head_width
        sizes = {
            "token_embd": (self.words, self.width),
            "output": (self.words, self.width),
            "attn_q": (queries, self.width),
            "attn_k": (keys, self.width),
            "attn_v": (keys, self.width),
            "attn_output": (self.width, queries),
            "ffn_gate": (self.inner_width, self.width),
            "ffn_up": (self.inner_width, self.width),
            "ffn_down": (self.width, self.inner_width),
        }
        return sizes.get(written.split(".")[-2], (self.width,))


def convert_llama(
    folder: Path, target: Path, name: str, tell: Callable[[float], None], *, quantise: bool
) -> LlamaShape:
    """Write the model in `folder` as the GGUF file `target`, its matrices in 8 bits or 16-bit floats.

    Tells the share done, 0..1. Raises: ValidationError where the files are not those of such a model.
    """
    import gguf

    shape = LlamaShape.read(folder)
    files = TensorFiles(sorted(folder.glob("*.safetensors")))
    wanted = _wanted(files, shape)
    writer = gguf.GGUFWriter(target, "llama")
    _write_header(writer, shape, name, quantise=quantise)
    write_vocabulary(writer, folder, shape.words)
    for index, (source, written) in enumerate(wanted.items()):
        values = files.floats(source)
        if written.endswith(("attn_q.weight", "attn_k.weight")):
            values = in_engines_order(values, shape.heads if "attn_q" in written else shape.key_heads)
        _write(writer, written, values, quantise=quantise)
        tell(0.9 * (index + 1) / len(wanted))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    tell(1.0)
    return shape


def tensor_name(key: str) -> str:
    """GGUF's name for a tensor of Llama; empty where it has none."""
    if key in _GLOBAL:
        return _GLOBAL[key]
    if (match := _LAYER.fullmatch(key)) and match[2] in _IN_LAYER:
        return f"blk.{match[1]}.{_IN_LAYER[match[2]]}.weight"
    return ""


def in_engines_order(values: Any, heads: int) -> Any:
    """Rows of queries or keys with the two values of a pair side by side."""
    rows, columns = values.shape
    return values.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _wanted(files: TensorFiles, shape: LlamaShape) -> dict[str, str]:
    """Tensor -> its name in GGUF, all that the model has and no other."""
    found = {key: tensor_name(key) for key in files.names() if not key.endswith(_NEEDLESS)}
    if shape.tied:
        found.pop("lm_head.weight", None)
    unknown = [key for key, written in found.items() if not written]
    count = len(_GLOBAL) - shape.tied + len(_IN_LAYER) * shape.layers
    if unknown or len(found) != count:
        what = f"the tensor {unknown[0][:100]} is not known" if unknown else f"{len(found)} tensors and not {count}"
        raise ValidationError(f"The files do not hold a Llama of the size that config.json says: {what}.")
    for key, written in found.items():
        if files.shape(key) != shape.size_of(written):
            raise ValidationError(f"The tensor {key[:100]} has not the shape that config.json says.")
    return found


def _write(writer: Any, name: str, values: Any, *, quantise: bool) -> None:
    import gguf
    import numpy as np

    if values.ndim == 1:
        writer.add_tensor(name, values)
    elif quantise and not values.shape[-1] % _BLOCK:
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(name, gguf.quants.quantize(np.ascontiguousarray(values), kind), raw_dtype=kind)
    else:
        writer.add_tensor(name, np.ascontiguousarray(values.astype(np.float16)))


def _write_header(writer: Any, shape: LlamaShape, name: str, *, quantise: bool) -> None:
    import gguf

    writer.add_name(name)
    writer.add_context_length(shape.positions)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner_width)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.key_heads)
    writer.add_key_length(shape.head_width)
    writer.add_value_length(shape.head_width)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_vocab_size(shape.words)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0 if quantise else gguf.LlamaFileType.MOSTLY_F16)
