"""Training itself, in the image it runs in, with a model of a few thousand weights."""

from __future__ import annotations

import asyncio
import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.images.site import site_images
from usina.engine import customization

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
# The oracle of the loss is transformers' own, with mask and labels; that of the adapter's matrices what peft applies.
PROGRAM = """
import json, random, sys
sys.path.insert(0, sys.argv[1])
folder = sys.argv[2]
import torch
from transformers import LlamaConfig, LlamaForCausalLM
from inside import adapter, base, loop
from inside.examples import Example

def made():
    torch.manual_seed(7)
    config = LlamaConfig(vocab_size=50, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
                         num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64)
    model = LlamaForCausalLM(config)
    model.requires_grad_(False)
    return base.adapted(model, 4, 0)

chance = random.Random(1)
def example():
    size = chance.randint(4, 12)
    return Example(tuple(chance.randrange(50) for _ in range(size)), (False, False) + (True,) * (size - 2))
examples = [example() for _ in range(10)]

def orders(name, **more):
    return loop.Orders(**{"epochs": 3, "batch": 4, "rate": 0.05, "warmup": 2, "seed": 0,
                          "checkpoints": f"{folder}/{name}", **more})

def run(name, stop=lambda: False, **more):
    model = made()
    done = loop.train(model, examples, orders(name, **more), stop)
    return model, done

model = made()
batch = examples[:3]
width = max(len(each.tokens) for each in batch)
padded = lambda values, empty: torch.tensor([list(value) + [empty] * (width - len(value)) for value in values])
tokens = padded([each.tokens for each in batch], 0)
learnt = [[token if learnt else -100 for token, learnt in zip(each.tokens, each.learnt)] for each in batch]
labels = padded(learnt, -100)
mask = padded([[1] * len(each.tokens) for each in batch], 0)
told = {"ours": float(loop.loss_of(model, batch)),
        "theirs": float(model(input_ids=tokens, attention_mask=mask, labels=labels).loss)}
told["validated"] = loop.validate(model, batch, 2)

whole, done = run("whole")
told["steps"] = done.steps
calls = []
_, cut = run("cut", lambda: calls.append(1) or len(calls) > 4)
told["cut"] = [cut.stopped, len(cut.steps)]
again, resumed = run("cut")
told["resumed"] = resumed.steps
state = lambda model: {name: weight.tolist() for name, weight in model.state_dict().items() if "lora" in name}
told["same"] = state(whole) == state(again)
told["learnt"] = state(whole) != state(made())
other, _ = run("other", seed=1)
told["other"] = state(other) == state(whole)

adapter.write(whole, f"{folder}/adapter")
import gguf, numpy as np
reader = gguf.GGUFReader(f"{folder}/adapter/adapter.gguf")
tensors = {each.name: np.array(each.data) for each in reader.tensors}
told["tensors"] = len(tensors)
told["type"] = reader.fields["general.type"].contents()
weights = {name: weight.numpy() for name, weight in whole.state_dict().items()}
down = weights["base_model.model.model.layers.1.mlp.down_proj.lora_B.default.weight"]
told["down"] = bool(np.array_equal(down, tensors["blk.1.ffn_down.weight.lora_b"]))
query = weights["base_model.model.model.layers.0.self_attn.q_proj.lora_B.default.weight"]
rows = [8 * head + 4 * half + pair for head in range(4) for pair in range(4) for half in range(2)]
told["query"] = bool(np.array_equal(query[rows], tensors["blk.0.attn_q.weight.lora_b"]))
import os
told["files"] = sorted(os.listdir(f"{folder}/adapter"))
json.dump(told, open(f"{folder}/told.json", "w"))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("loop")
    image = asyncio.run(site_images(folder).ready("usina/lora"))
    for name in ("whole", "cut", "other", "adapter"):
        (folder / name).mkdir()
    (folder / "program.py").write_text(PROGRAM)
    done = subprocess.run(
        [
            str(image.mounts[0].source / "bin" / "python"),
            "-B",
            str(folder / "program.py"),
            customization.__path__[0],
            str(folder),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "HOME": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads((folder / "told.json").read_text())
    return found


def test_the_loss_is_the_one_that_transformers_computes(told: dict[str, Any]) -> None:
    assert told["ours"] == pytest.approx(told["theirs"], rel=1e-5)
    assert told["validated"] == pytest.approx(told["ours"], rel=1e-4)


def test_an_interrupted_run_comes_to_the_same_adapter_to_the_bit(told: dict[str, Any]) -> None:
    assert told["cut"] == [True, 4]
    assert len(told["steps"]) == 9
    assert told["resumed"] == told["steps"]
    assert told["same"]
    assert told["learnt"]
    assert not told["other"]


def test_the_adapter_has_every_matrix_in_the_engines_order(told: dict[str, Any]) -> None:
    assert (told["type"], told["tensors"]) == ("adapter", 2 * 7 * 2)
    assert told["down"]
    assert told["query"]
    assert told["files"] == ["adapter.gguf", "adapter_config.json", "adapter_model.safetensors"]
