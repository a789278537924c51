"""What llama.cpp is told, read back from its own parameters: in a process of its own, as it runs.

In one process the package's compiled parts and those of other packages exclude each other.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

WANTED: dict[str, Any] = {
    "path": "/m/x.gguf", "alias": "a.b", "socket": "/run/x.sock", "embedding": False, "pooling": "",
    "context_tokens": 1000, "slots": 3, "threads": 2, "gpu_layers": 0, "prompt_cache_bytes": 64 * 1_048_576,
    "adapters": [],
}  # fmt: skip
READ = """
import json, sys
from usina.engine.runtimes.llamacpp_server import parameters
made = parameters(json.loads(sys.argv[1]))
names = "n_ctx n_parallel kv_unified cache_ram_mib offline ui endpoint_slots endpoint_props endpoint_metrics verbosity"
told = {name: getattr(made, name) for name in (names + " embedding n_ubatch").split()}
told["threads"] = [made.cpuparams.n_threads, made.cpuparams_batch.n_threads]
told["hostnames"] = list(made.hostnames)
told["pooling"] = made.pooling_type.name
told["adapters"] = [[each.path, each.scale] for each in made.lora_adapters]
told["apart"] = made.lora_init_without_apply
print(json.dumps(told))
"""


def parameters(wanted: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", READ, json.dumps(wanted)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_each_slot_has_a_whole_context_of_its_own() -> None:
    made = parameters(WANTED)
    assert (made["n_ctx"], made["n_parallel"], made["kv_unified"]) == (3000, 3, False)
    assert made["cache_ram_mib"] == 64
    assert made["threads"] == [2, 2]


def test_it_listens_on_the_socket_alone_and_fetches_nothing() -> None:
    made = parameters(WANTED)
    assert made["hostnames"] == ["/run/x.sock"]
    assert made["offline"]
    assert not made["ui"]
    assert {made["endpoint_slots"], made["endpoint_props"], made["endpoint_metrics"]} == {False}
    assert made["verbosity"] <= 1  # above it, llama.cpp writes prompts


def test_an_embedding_model_takes_a_whole_text_in_one_batch() -> None:
    made = parameters(WANTED | {"embedding": True, "pooling": "cls"})
    assert made["embedding"]
    assert made["n_ubatch"] >= 1000
    assert made["pooling"].endswith("CLS")


def test_adapters_are_loaded_in_order_and_without_effect_until_a_request_names_one() -> None:
    made = parameters(WANTED | {"adapters": ["/a/1.gguf", "/a/2.gguf"]})
    assert made["adapters"] == [["/a/1.gguf", 0.0], ["/a/2.gguf", 0.0]]
    assert made["apart"]
    assert parameters(WANTED)["adapters"] == []
