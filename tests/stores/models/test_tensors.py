"""Safetensors as the format's own writer makes them, and as nobody should."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from usina.core.errors import ValidationError
from usina.stores.models.tensors import TensorFiles

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tensors") / "model.safetensors"


def written(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


@given(st.lists(st.floats(width=16, allow_nan=False), min_size=1, max_size=30), st.sampled_from(["float16", "float32"]))
def test_what_the_formats_own_writer_wrote_is_read(place: Path, values: list[float], kind: str) -> None:
    array = np.array(values, kind)
    place.write_bytes(save({"a": array, "b": array.reshape(1, -1)}, {"format": "pt"}))
    files = TensorFiles([place])
    assert sorted(files.names()) == ["a", "b"]
    assert files.shape("b") == (1, len(values))
    assert (files.floats("a") == array.astype(np.float32)).all()


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_brain_floats_are_the_upper_halves_of_floats(place: Path, values: list[float]) -> None:
    upper = (np.array(values, np.float32).view(np.uint32) >> 16).astype(np.uint16)
    header = {"a": {"dtype": "BF16", "shape": [len(values)], "data_offsets": [0, 2 * len(values)]}}
    place.write_bytes(written(header, upper.tobytes()))
    found = TensorFiles([place]).floats("a")
    assert np.allclose(found, np.array(values, np.float32), rtol=2**-7, atol=1e-37)


def tensor(**more: Any) -> dict[str, Any]:
    return {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **more}}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 8,
        written(b"[" * 90_000),
        written(b"nonsense"),
        written([]),
        written(tensor(), b"\0" * 7),
        written(tensor(), b"\0" * 8, length=1 << 60),
        written(tensor(data_offsets=[0, 1 << 60]), b"\0" * 8),
        written(tensor(data_offsets=[-8, 0]), b"\0" * 8),
        written(tensor(data_offsets=[8, 0]), b"\0" * 8),
        written(tensor(data_offsets=[0]), b"\0" * 8),
        written(tensor(data_offsets=[True, 8]), b"\0" * 8),
        written(tensor(shape=[3]), b"\0" * 8),
        written(tensor(shape=[-1, -2]), b"\0" * 8),
        written(tensor(shape=[1 << 40, 0]), b"\0" * 8),
        written(tensor(shape="2"), b"\0" * 8),
        written(tensor(dtype="I64"), b"\0" * 8),
        written({"a": 7}, b"\0" * 8),
    ],
)
def test_what_is_not_sound_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValidationError):
        TensorFiles([path])


def test_two_files_with_one_tensor_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(written(tensor(), b"\0" * 8))
    with pytest.raises(ValidationError, match="in two files"):
        TensorFiles([tmp_path / "a", tmp_path / "b"])
