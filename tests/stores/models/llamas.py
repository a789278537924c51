"""The default model's own weights as its makers would publish them: a folder of safetensors in the order of Llama."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import gguf
import numpy as np
from safetensors.numpy import save_file

from tests.engine.real_models import CHAT, imported

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
HEADS, KEY_HEADS, WIDTH = 9, 3, 64


def exported(folder: Path, layers: int, *, files: int = 1) -> dict[str, Any]:
    """Write the model's first layers into the folder; gives its weights by name."""
    reader = gguf.GGUFReader(imported(CHAT)[0] / "model.gguf")
    weights: dict[str, Any] = {}
    for tensor in reader.tensors:
        name = _name(tensor.name, layers)
        if name:
            values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float16).astype(np.float32)
            weights[name] = _halves(values) if tensor.name.endswith(("attn_q.weight", "attn_k.weight")) else values
    folder.mkdir(parents=True, exist_ok=True)
    keys = sorted(weights)
    for number in range(files):
        part = {key: np.ascontiguousarray(weights[key].astype(np.float16)) for key in keys[number::files]}
        save_file(part, folder / (f"model-{number}.safetensors" if files > 1 else "model.safetensors"))
    (folder / "config.json").write_text(json.dumps(config(reader, layers)))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer(reader)))
    (folder / "tokenizer_config.json").write_text(json.dumps(settings(reader)))
    return weights


def _name(written: str, layers: int) -> str:
    if not written.startswith("blk."):
        return {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}[written]
    _, number, part, _ = written.split(".")
    return f"model.layers.{number}.{_NAMES[part]}.weight" if int(number) < layers else ""


def _halves(values: Any) -> Any:
    """Rows of each head with the two values of a pair half a head apart."""
    heads = values.reshape(-1, WIDTH, values.shape[1])
    return np.concatenate([heads[:, 0::2], heads[:, 1::2]], axis=1).reshape(values.shape)


def config(reader: Any, layers: int) -> dict[str, Any]:
    fields = reader.fields
    return {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "num_hidden_layers": layers,
        "hidden_size": HEADS * WIDTH,
        "intermediate_size": 1_536,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KEY_HEADS,
        "max_position_embeddings": 8_192,
        "vocab_size": 49_152,
        "rms_norm_eps": 1e-5,
        "rope_theta": fields["llama.rope.freq_base"].contents(),
        "tie_word_embeddings": True,
    }


def tokenizer(reader: Any) -> dict[str, Any]:
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    types = reader.fields["tokenizer.ggml.token_type"].contents()
    return {
        "model": {
            "type": "BPE",
            "vocab": {token: number for number, token in enumerate(tokens)},
            "merges": reader.fields["tokenizer.ggml.merges"].contents(),
        },
        "added_tokens": [
            {"id": number, "content": token, "special": True}
            for number, (token, kind) in enumerate(zip(tokens, types, strict=True))
            if kind == 3
        ],
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Digits", "individual_digits": True},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
            ],
        },
    }


def settings(reader: Any) -> dict[str, Any]:
    return {
        "bos_token": "<|im_start|>",
        "eos_token": "<|im_end|>",
        "unk_token": "<|endoftext|>",
        "pad_token": {"content": "<|im_end|>"},
        "add_bos_token": False,
        "chat_template": reader.fields["tokenizer.chat_template"].contents(),
    }
