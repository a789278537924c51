from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import gguf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from usina.core.errors import ValidationError
from usina.stores.models.header import read_header

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, **more: Any) -> Path:
    path = folder / "x.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(2048)
    writer.add_embedding_length(64)
    writer.add_block_count(2)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_file_type(7)
    writer.add_token_list([f"t{number}" for number in range(100)])
    writer.add_token_types([1] * 100)
    for key, value in more.items():
        writer.add_string(f"general.{key}", value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_the_header_says_what_the_catalogue_needs(tmp_path: Path) -> None:
    header = read_header(written(tmp_path, name="Ünïcode"))
    assert header.architecture == "llama"
    assert header.number("context_length") == 2048
    assert header.number("nothing", 5) == 5
    assert header.quantisation == "Q8_0"
    assert header.values["general.name"] == "Ünïcode"
    assert header.lengths["tokenizer.ggml.tokens"] == 100
    assert header.cache_bytes_per_token == 2 * 2 * 16 * 2 * 2  # layers, heads, width, keys and values, bytes


def raw(kind: int, value: bytes, *, keys: int = 1, version: int = 3, tensors: int = 0) -> bytes:
    key = b"general.x"
    return b"GGUF" + struct.pack("<IQQQ", version, tensors, keys, len(key)) + key + struct.pack("<I", kind) + value


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "cut short"),
        (b"GG", "cut short"),
        (b"PK\x03\x04" + bytes(100), "not a GGUF"),
        (raw(4, bytes(4), version=1), "version 1"),
        (raw(4, bytes(4), version=0x03000000), "version"),
        (raw(4, bytes(4), keys=2**60), "more than a model has"),
        (raw(4, bytes(4), tensors=2**60), "more than a model has"),
        (raw(4, b"\0"), "cut short"),
        (raw(8, struct.pack("<Q", 2**63)), "at most"),
        (raw(8, struct.pack("<Q", 1000)), "cut short"),
        (raw(9, struct.pack("<IQ", 4, 2**62)), "at most"),
        (raw(9, struct.pack("<IQ", 4, 1_000_000)), "cut short"),
        (raw(9, struct.pack("<IQ", 9, 1) * 10), "unknown kind"),
        (raw(77, b""), "unknown kind"),
    ],
)
def test_a_header_that_lies_is_refused_before_anything_is_allocated(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    with pytest.raises(ValidationError, match=reason):
        read_header(path)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_header_with_changed_bytes_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    sound = tmp_path / "x.gguf"
    content = bytearray(sound.read_bytes() if sound.exists() else written(tmp_path).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    changed = tmp_path / "changed.gguf"
    changed.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with suppress(ValidationError):
        read_header(changed)
