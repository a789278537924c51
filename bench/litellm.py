"""The LiteLLM proxy under measurement: one worker, a master key, no database; in an environment of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

from bench.processes import Server, free_port

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / ".bench-venv"
LOCK = ROOT / "requirements" / "bench.lock"
KEY = "sk-bench"
# `hosted_vllm` is LiteLLM's quickest way to an OpenAI-compatible engine.
_PROVIDER_MODEL = "hosted_vllm/bench"


def install() -> str:
    """Install what is measured beside us where it is missing or its lock changed; why not, or an empty text."""
    stamp = ENVIRONMENT / ".lock"
    if stamp.is_file() and stamp.read_bytes() == LOCK.read_bytes():
        return ""
    print("installing LiteLLM and moto into .bench-venv", file=sys.stderr)
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    pip = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    done = subprocess.run(
        [*pip, "--require-hashes", "--no-deps", "-r", str(LOCK)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        return f"LiteLLM and moto could not be installed: {done.stderr.strip().splitlines()[-1]}"
    stamp.write_bytes(LOCK.read_bytes())
    return ""


def server(folder: Path, mock_port: int, cpu: str) -> Server:
    """The proxy in front of the mock engine; `port` is set on it."""
    port = free_port()
    configuration = {
        "model_list": [
            {
                "model_name": "bench",
                "litellm_params": {
                    "model": _PROVIDER_MODEL,
                    "api_base": f"http://127.0.0.1:{mock_port}/v1",
                    "api_key": "none",
                },
            }
        ],
        "litellm_settings": {"num_retries": 0, "request_timeout": 600, "callbacks": [], "telemetry": False},
        "general_settings": {"master_key": KEY},
    }
    # JSON is YAML.
    (folder / "litellm.yaml").write_text(json.dumps(configuration))
    quiet = {"version": 1, "loggers": {"uvicorn": {"level": "WARNING"}, "uvicorn.access": {"level": "CRITICAL"}}}
    (folder / "litellm-log.json").write_text(json.dumps(quiet))
    command = [str(ENVIRONMENT / "bin" / "litellm"), "--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"]
    command += ["--telemetry", "False", "--config", str(folder / "litellm.yaml")]
    command += ["--log_config", str(folder / "litellm-log.json")]
    environment = {
        "LITELLM_LOG": "ERROR",
        "LITELLM_MODE": "PRODUCTION",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "DISABLE_ADMIN_UI": "True",
        "NO_DOCS": "True",
    }
    made = Server(
        "LiteLLM",
        command,
        f"http://127.0.0.1:{port}/health/liveliness",
        folder / "litellm.log",
        environment=environment,
        cpu=cpu,
    )
    made.port = port
    return made
