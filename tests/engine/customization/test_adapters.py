"""What a program left is kept only where it is an adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from usina.engine.customization.adapters import AdapterFolder
from usina.engine.jobs.container import JobError

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT, MODEL = "111122223333", "abcdefabcdef"


def write(path: Path, kind: str = "adapter", architecture: str = "llama") -> None:
    import gguf

    writer = gguf.GGUFWriter(path, architecture)
    writer.add_type(kind)
    writer.add_string("adapter.type", "lora")
    writer.add_tensor("blk.0.attn_q.weight.lora_a", np.zeros((2, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.fixture
def left(tmp_path: Path) -> Path:
    folder = tmp_path / "left"
    folder.mkdir()
    return folder


async def test_an_adapter_is_kept_under_its_digest_and_again_is_the_same(tmp_path: Path, left: Path) -> None:
    write(left / "adapter.gguf")
    adapters = AdapterFolder(tmp_path / "kept")
    kept = await adapters.keep(left, "adapter.gguf", ACCOUNT, MODEL)
    assert kept.path == f"{ACCOUNT}/{MODEL}/{kept.sha256[:16]}.gguf"
    assert (adapters.root / kept.path).read_bytes() == (left / "adapter.gguf").read_bytes()
    assert kept.size_bytes == (left / "adapter.gguf").stat().st_size
    assert await adapters.keep(left, "adapter.gguf", ACCOUNT, MODEL) == kept


@pytest.mark.parametrize(("kind", "architecture"), [("model", "llama"), ("adapter", "bert")])
async def test_what_is_no_adapter_of_a_model_we_train_is_refused(
    tmp_path: Path, left: Path, kind: str, architecture: str
) -> None:
    write(left / "adapter.gguf", kind, architecture)
    with pytest.raises(JobError, match="no adapter"):
        await AdapterFolder(tmp_path / "kept").keep(left, "adapter.gguf", ACCOUNT, MODEL)
    assert not list((tmp_path / "kept").rglob("*.gguf"))


async def test_links_and_damage_and_nothing_are_refused(tmp_path: Path, left: Path) -> None:
    adapters = AdapterFolder(tmp_path / "kept")
    secret = tmp_path / "secret"
    write(secret)
    (left / "link.gguf").symlink_to(secret)
    (left / "damaged.gguf").write_bytes(b"GGUF" + b"\xff" * 40)
    for name, said in (("link.gguf", "no adapter"), ("none.gguf", "no adapter"), ("damaged.gguf", "damaged")):
        with pytest.raises(JobError, match=said):
            await adapters.keep(left, name, ACCOUNT, MODEL)


async def test_what_no_model_has_is_swept(tmp_path: Path, left: Path) -> None:
    write(left / "adapter.gguf")
    adapters = AdapterFolder(tmp_path / "kept")
    first = await adapters.keep(left, "adapter.gguf", ACCOUNT, MODEL)
    second = await adapters.keep(left, "adapter.gguf", ACCOUNT, "000000000000")
    (adapters.root / ACCOUNT / MODEL / "draft").touch()
    adapters.sweep({first.path})
    assert [path.name for path in adapters.root.rglob("*.gguf")] == [f"{first.sha256[:16]}.gguf"]
    assert not (adapters.root / second.path).parent.exists()
    assert not (adapters.root / ACCOUNT / MODEL / "draft").exists()
    adapters.remove([first.path, "gone/already/x.gguf"])
    assert not (adapters.root / ACCOUNT / MODEL).exists()
