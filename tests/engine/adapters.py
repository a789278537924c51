"""Custom models in rows, and adapter files: words for engines without a model, random matrices for llama.cpp."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usina.core.custom import CUSTOM_MODEL, DEPLOYMENT, custom_model_arn, holder_arn
from usina.core.ports import Row

if TYPE_CHECKING:
    from pathlib import Path

    from usina.core.ports import Json, Records

ACCOUNT, OTHER = "111122223333", "444455556666"
REGION = "us-east-1"


def identifier(number: int) -> str:
    """Of the custom model, or deployment, of that number."""
    return f"{number:012d}"


def model_arn(base: str, number: int, account: str = ACCOUNT) -> str:
    """ARN of the custom model of that number."""
    return custom_model_arn(REGION, account, base, identifier(number))


def deployment_arn(number: int, account: str = ACCOUNT) -> str:
    """ARN of the deployment of that number."""
    return holder_arn(DEPLOYMENT, REGION, account, identifier(number))


async def put_custom(
    records: Records, base: str, number: int, path: str, *, base_sha256: str = "", account: str = ACCOUNT
) -> str:
    """The row of a custom model; gives its ARN."""
    arn = model_arn(base, number, account)
    body: Json = {
        "arn": arn,
        "name": f"tuned-{number}",
        "base": base,
        "base_sha256": base_sha256,
        "adapter": path,
        "sha256": "ab" * 32,
        "size_bytes": 1_000,
        "created": 1_800_000_000.0,
        "job": "",
        "made": {},
        "tags": [],
    }
    await records.put(Row(CUSTOM_MODEL, account, identifier(number), body))
    return arn


async def deploy(records: Records, number: int, model: int, *, account: str = ACCOUNT, following: str = "") -> str:
    """The row of a deployment of that model; gives its ARN."""
    arn = deployment_arn(number, account)
    body: Json = {
        "arn": arn,
        "name": f"deployed-{number}",
        "model": identifier(model),
        "next": following,
        "created": 1_800_000_000.0,
        "updated": 1_800_000_000.0,
        "tags": [],
        "token": "",
    }
    await records.put(Row(DEPLOYMENT, account, identifier(number), body))
    return arn


def random_adapter(base: Path, target: Path, seed: int, size: float = 0.05) -> Path:
    """A LoRA of rank 4 with random matrices for some of a model's tensors."""
    import gguf

    reader, chance = gguf.GGUFReader(base), np.random.default_rng(seed)
    writer = gguf.GGUFWriter(target, reader.fields["general.architecture"].contents())
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 8.0)
    for tensor in reader.tensors:
        if tensor.name.endswith(("attn_q.weight", "ffn_down.weight")):
            inner, outer = (int(size) for size in tensor.shape)
            writer.add_tensor(f"{tensor.name}.lora_a", (chance.standard_normal((4, inner)) * size).astype(np.float32))
            writer.add_tensor(f"{tensor.name}.lora_b", (chance.standard_normal((outer, 4)) * size).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target
