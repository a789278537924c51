from __future__ import annotations

import pickle
import zipfile
from typing import TYPE_CHECKING

import pytest

from usina.core.errors import ValidationError
from usina.stores.models.pickles import refuse_pickles

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "name", ["pytorch_model.bin", "x.pt", "X.PKL", "model.ckpt", "a.pth", "b.joblib", "c.pkl.gguf", "d.npy"]
)
def test_a_file_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"harmless")
    with pytest.raises(ValidationError, match="pickle"):
        refuse_pickles([tmp_path / name])


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_pickle_is_refused_under_any_name(tmp_path: Path, protocol: int) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(pickle.dumps({"a": 1}, protocol=protocol))
    with pytest.raises(ValidationError, match="pickle"):
        refuse_pickles([path])


@pytest.mark.parametrize(
    ("inner", "content"), [("data.pkl", b"x"), ("a/data", pickle.dumps([1])), ("weights.bin", b"x")]
)
def test_a_pickle_inside_an_archive_is_refused(tmp_path: Path, inner: str, content: bytes) -> None:
    path = tmp_path / "model.safetensors"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
        archive.writestr(inner, content)
    with pytest.raises(ValidationError, match="holds"):
        refuse_pickles([path])


def test_a_broken_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"PK\x03\x04" + b"x" * 100)
    with pytest.raises(ValidationError, match="cannot be read"):
        refuse_pickles([path])


def test_other_files_pass(tmp_path: Path) -> None:
    for name, content in {"a.gguf": b"GGUF", "b.safetensors": b"\x10" + bytes(7) + b"{}", "c.json": b"{}"}.items():
        (tmp_path / name).write_bytes(content)
    refuse_pickles(sorted(tmp_path.iterdir()))
