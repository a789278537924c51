"""Writes a GGUF file again with its matrices in 8 bits, and with what its header says wrongly put right.

Once, at import: 8 bits answer like the smaller forms they come from and run faster on a CPU, where the engine has its
best kernels for them. Small vectors (norms, biases) stay 32-bit floats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_FILE_TYPE_Q8_0 = 7
_OWN_KEYS = ("general.architecture", "general.file_type", "general.quantization_version")
_BLOCK = 32  # values of one Q8_0 block: a row must be a multiple of it


def requantise(
    source: Path, target: Path, corrections: Mapping[str, Any], tell: Callable[[float], None], *, quantise: bool = True
) -> None:
    """Write `source` again as `target`; `corrections` replace values of the header, or are added.

    Tells the share done, 0..1.


    Raises: ValueError, KeyError and the like from the gguf package where the file is not sound.
    """
    import gguf
    import numpy as np

    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, reader.fields["general.architecture"].contents())
    for key, item in reader.fields.items():
        if key.startswith("GGUF.") or key in _OWN_KEYS:
            continue
        kind = item.types[0]
        inner = item.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(key, corrections.get(key, item.contents()), kind, sub_type=inner)
    for key in corrections.keys() - reader.fields.keys():
        value = corrections[key]
        writer.add_float32(key, value) if isinstance(value, float) else writer.add_string(key, value)
    file_type = reader.fields["general.file_type"].contents() if "general.file_type" in reader.fields else 1
    writer.add_file_type(_FILE_TYPE_Q8_0 if quantise else file_type)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    q8 = gguf.GGMLQuantizationType.Q8_0
    for index, tensor in enumerate(reader.tensors):
        if not quantise:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
        else:
            values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32, copy=False)
            if tensor.tensor_type == q8:
                writer.add_tensor(tensor.name, tensor.data, raw_dtype=q8)
            elif values.ndim == 1 or values.shape[-1] % _BLOCK:
                writer.add_tensor(tensor.name, values)
            else:
                writer.add_tensor(tensor.name, gguf.quants.quantize(values, q8), raw_dtype=q8)
        tell(0.9 * (index + 1) / len(reader.tensors))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    tell(1.0)
