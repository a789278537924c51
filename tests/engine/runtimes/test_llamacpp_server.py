from __future__ import annotations

from typing import Any

from usina.engine.runtimes.llamacpp_server import parameters

WANTED: dict[str, Any] = {
    "path": "/m/x.gguf", "alias": "a.b", "socket": "/run/x.sock", "embedding": False, "pooling": "",
    "context_tokens": 1000, "slots": 3, "threads": 2, "gpu_layers": 0, "prompt_cache_bytes": 64 * 1_048_576,
}  # fmt: skip


def test_each_slot_has_a_whole_context_of_its_own() -> None:
    made = parameters(WANTED)
    assert (made.n_ctx, made.n_parallel, made.kv_unified) == (3000, 3, False)
    assert made.cache_ram_mib == 64
    assert made.cpuparams.n_threads == made.cpuparams_batch.n_threads == 2


def test_it_listens_on_the_socket_alone_and_fetches_nothing() -> None:
    made = parameters(WANTED)
    assert list(made.hostnames) == ["/run/x.sock"]
    assert made.offline
    assert not made.ui
    assert {made.endpoint_slots, made.endpoint_props, made.endpoint_metrics} == {False}
    assert made.verbosity <= 1  # above it, llama.cpp writes prompts


def test_an_embedding_model_takes_a_whole_text_in_one_batch() -> None:
    made = parameters(WANTED | {"embedding": True, "pooling": "cls"})
    assert made.embedding
    assert made.n_ubatch >= 1000
    assert made.pooling_type.name.endswith("CLS")
