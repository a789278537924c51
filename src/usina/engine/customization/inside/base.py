"""The base model and its tokenizer, out of the GGUF file that the site's engine runs: nothing is fetched."""

from __future__ import annotations

import os
from typing import Any

from .records import DataError

# How this architecture's matrices are called in GGUF, by their names in transformers.
MATRICES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
ARCHITECTURES = ("llama",)
_QUANTISER = ("quantization_method", "is_quantized", "_is_quantized", "is_loaded_in_4bit", "hf_quantizer")


def load(path: str) -> tuple[Any, Any]:
    """The model, frozen and in 32-bit floats, and its tokenizer.

    Raises: DataError where this kind of model cannot be trained.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    architecture = str(_read_once()(path).fields["general.architecture"].contents())
    if architecture not in ARCHITECTURES:
        raise DataError(
            f"Models of the architecture {architecture} cannot be customized on this site; those of "
            f"{', '.join(ARCHITECTURES)} can."
        )
    folder, name = os.path.split(path)
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32)
    for attribute in _QUANTISER:  # the weights are whole numbers no longer; peft would think they were
        if attribute in vars(model):
            delattr(model, attribute)
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.config.use_cache = False
    model.requires_grad_(requires_grad=False)
    return model, tokenizer


def _read_once() -> Any:
    """Give gguf's reader a memory: it takes seconds for a vocabulary, and transformers makes one three times."""
    import gguf

    known: dict[str, Any] = {}
    plain = gguf.GGUFReader

    def reader(path: Any, *more: Any) -> Any:
        if str(path) not in known:
            known[str(path)] = plain(path, *more)
        return known[str(path)]

    vars(gguf)["GGUFReader"] = reader
    return reader


def adapted(model: Any, rank: int, seed: int) -> Any:
    """The model with a fresh adapter on all of its matrices."""
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)
    targets = [name.rpartition(".")[2] for name in MATRICES]
    config = LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules=targets, task_type="CAUSAL_LM")
    return get_peft_model(model, config)
