"""The child process of `llamacpp.py`: one model, one llama.cpp server, until SIGTERM. Takes its parameters as JSON.

It imports little: its start is part of the time to ready. It listens on the socket it was told, and calls nobody.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

_QUIET = 1  # llama.cpp's log level: errors only, so that no prompt is ever in the log
_MEBIBYTE = 1_048_576


def parameters(wanted: dict[str, Any]) -> Any:
    """llama.cpp's own parameters from ours."""
    import xllamacpp

    made = xllamacpp.CommonParams()
    made.model.path = wanted["path"]
    made.model_alias = {wanted["alias"]}
    made.hostnames = [wanted["socket"]]
    made.n_parallel = wanted["slots"]
    made.n_ctx = wanted["context_tokens"] * wanted["slots"]
    made.kv_unified = False  # each slot has its own room: one long prompt cannot take another's
    made.cpuparams.n_threads = wanted["threads"]
    made.cpuparams_batch.n_threads = wanted["threads"]
    made.n_gpu_layers = wanted["gpu_layers"]
    made.cache_ram_mib = wanted["prompt_cache_bytes"] // _MEBIBYTE
    made.n_threads_http = wanted["slots"] + 4  # every kept connection holds one
    made.ui = False
    made.offline = True
    made.endpoint_slots = False
    made.endpoint_props = False
    made.endpoint_metrics = False
    made.verbosity = _QUIET
    if wanted["adapters"]:
        loaded = []
        for path in wanted["adapters"]:
            adapter = xllamacpp.CommonAdapterLoraInfo()
            adapter.path, adapter.scale = path, 0.0  # loaded and without effect: a request says which one counts
            loaded.append(adapter)
        made.lora_adapters = loaded
        made.lora_init_without_apply = True
    if wanted["embedding"]:
        made.embedding = True
        made.n_ubatch = made.n_batch = max(wanted["context_tokens"], 512)  # a text must fit into one batch
        pooling = (wanted["pooling"] or "mean").upper()
        made.pooling_type = getattr(xllamacpp.llama_pooling_type, f"LLAMA_POOLING_TYPE_{pooling}")
    return made


def main() -> None:
    """Serve until SIGTERM."""
    os.umask(0o077)
    wanted = json.loads(sys.argv[1])
    os.nice(wanted["niceness"])
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    import xllamacpp

    server = xllamacpp.Server(parameters(wanted))
    signal.sigwait([signal.SIGUSR1])  # nobody sends it: the server's own threads work on
    del server


if __name__ == "__main__":
    main()
