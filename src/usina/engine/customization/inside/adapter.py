"""A trained adapter as files: GGUF for the site's engine, safetensors for everybody else."""

from __future__ import annotations

import os
import re
from typing import Any

from .base import MATRICES

_NAME = re.compile(r"base_model\.model\.model\.layers\.(\d+)\.(.+)\.lora_([AB])\.weight")
_HEADS = {"self_attn.q_proj": "num_attention_heads", "self_attn.k_proj": "num_key_value_heads"}


def write(model: Any, folder: str) -> None:
    """Write `adapter.gguf`, `adapter_model.safetensors` and `adapter_config.json`."""
    model.peft_config["default"].base_model_name_or_path = ""  # a path inside, which means nothing to anybody
    model.save_pretrained(folder)
    readme = os.path.join(folder, "README.md")  # noqa: PTH118 - a path inside
    if os.path.exists(readme):  # noqa: PTH110 - the same
        os.unlink(readme)  # noqa: PTH108 - the same: what peft says of models on its hub
    _write_gguf(model, os.path.join(folder, "adapter.gguf"))  # noqa: PTH118 - the same


def _write_gguf(model: Any, path: str) -> None:
    import gguf
    import numpy as np
    from peft import get_peft_model_state_dict

    config = model.config
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(model.peft_config["default"].lora_alpha))
    for name, tensor in sorted(get_peft_model_state_dict(model).items()):
        found = _NAME.fullmatch(name)
        if found is None:
            raise RuntimeError("the adapter has a matrix that no engine knows")
        layer, module, half = found.groups()
        values = tensor.detach().float().numpy()
        if half == "B" and module in _HEADS:
            values = _permuted(values, getattr(config, _HEADS[module]))
        writer.add_tensor(f"blk.{layer}.{MATRICES[module]}.weight.lora_{half.lower()}", np.ascontiguousarray(values))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _permuted(values: Any, heads: int) -> Any:
    """Rows in the order that llama.cpp has them in: halves of each head's rotation side by side, not one after another
    (`LlamaModel.permute` in convert_hf_to_gguf.py of ggml-org/llama.cpp).
    """
    rows = values.shape[0]
    return values.reshape(heads, 2, rows // heads // 2, *values.shape[1:]).swapaxes(1, 2).reshape(values.shape)
