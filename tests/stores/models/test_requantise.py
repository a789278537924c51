from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gguf
import numpy as np

from usina.stores.models.requantise import requantise

if TYPE_CHECKING:
    from pathlib import Path


def made(path: Path, kind: gguf.GGMLQuantizationType) -> dict[str, Any]:
    chance = np.random.default_rng(1)
    matrices = {"blk.0.attn_q.weight": chance.normal(size=(8, 64)), "odd.weight": chance.normal(size=(4, 20))}
    vectors = {"blk.0.attn_norm.weight": chance.normal(size=64)}
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_string("tokenizer.chat_template", "old")
    writer.add_array("tokenizer.ggml.scores", [0.5, 1.5])
    writer.add_file_type(3)
    for name, values in matrices.items():
        whole = values.shape[1] % 32 == 0
        data = gguf.quants.quantize(values.astype(np.float32), kind) if whole else values.astype(np.float32)
        writer.add_tensor(name, data, raw_dtype=kind if whole else None)
    for name, values in vectors.items():
        writer.add_tensor(name, values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return {**matrices, **vectors}


def tensors(path: Path) -> dict[str, Any]:
    return {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}


def test_matrices_become_8_bits_and_stay_close_to_what_they_were(tmp_path: Path) -> None:
    source, target = tmp_path / "a.gguf", tmp_path / "b.gguf"
    values = made(source, gguf.GGMLQuantizationType.F16)
    shares: list[float] = []
    requantise(source, target, {"tokenizer.chat_template": "new", "general.sampling.temp": 0.25}, shares.append)
    found = tensors(target)
    assert found["blk.0.attn_q.weight"].tensor_type == gguf.GGMLQuantizationType.Q8_0
    assert found["odd.weight"].tensor_type == gguf.GGMLQuantizationType.F32
    assert found["blk.0.attn_norm.weight"].tensor_type == gguf.GGMLQuantizationType.F32
    read = gguf.quants.dequantize(found["blk.0.attn_q.weight"].data, gguf.GGMLQuantizationType.Q8_0)
    assert np.abs(read - values["blk.0.attn_q.weight"]).max() < 0.03
    fields = gguf.GGUFReader(target).fields
    assert fields["tokenizer.chat_template"].contents() == "new"
    assert fields["general.sampling.temp"].contents() == 0.25
    assert fields["tokenizer.ggml.scores"].contents() == [0.5, 1.5]
    assert fields["general.file_type"].contents() == 7
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_correction_alone_leaves_every_tensor_as_it_was(tmp_path: Path) -> None:
    source, target = tmp_path / "a.gguf", tmp_path / "b.gguf"
    made(source, gguf.GGMLQuantizationType.Q4_1)
    requantise(source, target, {"tokenizer.chat_template": "new"}, lambda _share: None, quantise=False)
    before, after = tensors(source), tensors(target)
    for name, tensor in before.items():
        assert after[name].tensor_type == tensor.tensor_type
        assert np.array_equal(after[name].data, tensor.data)
        assert list(after[name].shape) == list(tensor.shape)
    assert gguf.GGUFReader(target).fields["general.file_type"].contents() == 3
