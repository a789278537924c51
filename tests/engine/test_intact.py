from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.clock import SystemClock
from usina.core.errors import EngineError
from usina.core.ports import ModelCard
from usina.engine.intact import Intact

if TYPE_CHECKING:
    from pathlib import Path


class Later(SystemClock):
    """An hour after a file was written."""

    def now(self) -> float:
        return super().now() + 3_600


def card_of(path: Path, content: bytes) -> ModelCard:
    return ModelCard(
        id="a.b", name="b", provider="a", task="chat", runtime="llamacpp", context_tokens=10,
        sha256=hashlib.sha256(content).hexdigest(), options={"path": str(path)},
    )  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"as imported")
    return file


def test_the_file_that_was_imported_passes_and_is_read_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    real = hashlib.file_digest

    def noted(file: Any, kind: str) -> Any:
        read.append(kind)
        return real(file, kind)

    monkeypatch.setattr(hashlib, "file_digest", noted)
    intact, card = Intact(Later()), card_of(path, b"as imported")
    intact.check(card)
    intact.check(card)
    assert len(read) == 1


def test_a_file_that_was_changed_since_is_caught_though_size_and_time_are_the_same(path: Path) -> None:
    intact, card = Intact(SystemClock()), card_of(path, b"as imported")
    intact.check(card)
    before = path.stat()
    path.write_bytes(b"is poisoned")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(EngineError, match="import it again"):
        intact.check(card)


def test_another_file_put_in_its_place_is_caught(path: Path) -> None:
    intact, card = Intact(Later()), card_of(path, b"as imported")
    intact.check(card)
    other = path.with_name("other")
    other.write_bytes(b"is poisoned")
    other.replace(path)
    with pytest.raises(EngineError, match="not the one that was imported"):
        intact.check(card)


def test_a_file_that_is_gone_is_told_with_what_to_do(path: Path) -> None:
    path.unlink()
    with pytest.raises(EngineError, match="cannot be read"):
        Intact(SystemClock()).check(card_of(path, b"as imported"))


def test_an_engine_elsewhere_has_no_file_here() -> None:
    Intact(SystemClock()).check(
        ModelCard(id="a.b", name="b", provider="a", task="chat", runtime="attached", context_tokens=10)
    )
