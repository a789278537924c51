"""The program: `main.py ORDERS`, a JSON file that the factory wrote.

Exit status 0: the adapter is written, or it was stopped; 1: `failure` in the output's folder says why; 2: the data was
wrong, and `failure` says which line.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from . import metrics, records

_STOPPED = "stopped"
_WRONG_DATA = 2


def main(path: str) -> int:
    """Run a file of orders."""
    with open(path, "rb") as file:  # noqa: PTH123 - a path inside
        orders: dict[str, Any] = json.load(file)
    signal.signal(signal.SIGTERM, lambda *_: _leave(orders))
    try:
        _run(orders)
    except records.DataError as error:
        _fail(orders, str(error))
        return _WRONG_DATA
    except MemoryError:
        _fail(orders, "There was not enough memory. Use a smaller batchSize, or shorter records.")
        return 1
    return 0


def _run(orders: dict[str, Any]) -> None:
    read = records.read(orders["training"], orders["most_records"], "training")
    validators = [
        records.read(paths, orders["most_validation_records"], "validation") for paths in orders["validation"]
    ]
    metrics.say(f"records={len(read)} validation_records={sum(map(len, validators))}")
    # Whoever waits for the verdict on the data need not wait for these.
    import torch

    from . import adapter, base, loop
    from .examples import examples

    torch.set_num_threads(orders["threads"])
    model, tokenizer = base.load(orders["base"])
    training = examples(read, tokenizer, orders["most_tokens"])
    validating = [examples(each, tokenizer, orders["most_tokens"]) for each in validators]
    metrics.say(f"tokens={sum(len(example.tokens) for example in training)}")
    model = base.adapted(model, orders["rank"], orders["seed"])
    how = loop.Orders(
        orders["epochs"], orders["batch"], orders["rate"], orders["warmup"], orders["seed"], orders["checkpoints"]
    )
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))  # from here on a step is ended first
    run = loop.train(model, training, how, lambda: bool(asked))
    metrics.write(orders["output"], metrics.TRAINING, "training_loss", run.steps)
    if run.stopped:
        return _note(orders, {_STOPPED: True})
    last, epoch, loss = run.steps[-1]
    losses = [loop.validate(model, each, orders["batch"]) for each in validating]
    for found in losses:
        metrics.say(f"validation_loss={found:.6f}")
    if losses:
        metrics.write(orders["output"], metrics.VALIDATION, "validation_loss", [(last, epoch, each) for each in losses])
    adapter.write(model, orders["model"])
    return _note(orders, {_STOPPED: False, "steps": len(run.steps), "training_loss": loss, "validation_losses": losses})


def _leave(orders: dict[str, Any]) -> None:
    """Stopped while there is nothing to save yet."""
    _note(orders, {_STOPPED: True})
    os._exit(0)


def _note(orders: dict[str, Any], result: dict[str, Any]) -> None:
    with open(os.path.join(orders["notes"], "result.json"), "w", encoding="utf-8") as file:  # noqa: PTH118, PTH123 - inside
        json.dump(result, file)


def _fail(orders: dict[str, Any], message: str) -> None:
    metrics.say(message)
    with open(os.path.join(orders["notes"], "failure"), "w", encoding="utf-8") as file:  # noqa: PTH118, PTH123 - inside
        file.write(message)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
