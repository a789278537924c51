"""The steps: the same data, orders and seed give the same adapter, also when it was interrupted.

Two things make a step cheaper than the usual loop's. Logits are computed for the tokens that are learnt only. Batches
are padded at the right and attention is causal, so no token ever sees padding, and attention needs no mask.
"""

from __future__ import annotations

import random  # noqa: TID251 - a program of its own; the order comes from its seed
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import checkpoint
from .metrics import say, say_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .examples import Example
    from .metrics import Step

_BATCHES_TOGETHER = 16  # in which examples of like length share a batch
_CLIP = 1.0  # longest gradient
_CHECKPOINT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Orders:
    """How to train."""

    epochs: int
    batch: int  # examples of a step
    rate: float
    warmup: int  # steps until the rate is reached
    seed: int
    checkpoints: str  # folder


@dataclass(slots=True)
class Run:
    """A run, as far as it came."""

    steps: list[Step] = field(default_factory=list)
    stopped: bool = False


def train(model: Any, examples: Sequence[Example], orders: Orders, stop: Callable[[], bool]) -> Run:
    """All steps that are left, or until `stop` says so."""
    import torch

    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=orders.rate, weight_decay=0.0)
    run = _taken_up(model, optimizer, orders)
    plan = [batch for epoch in range(orders.epochs) for batch in _epoch(examples, epoch, orders)]
    first, saved = len(run.steps), time.monotonic()
    if first:
        say(f"going on after step {first - 1}")
    model.train()
    for number in range(first, len(plan)):
        if stop():
            run.stopped = True
            break
        epoch, batch = plan[number]
        began = time.monotonic()
        rate = orders.rate * min(1.0, (number + 1) / (orders.warmup + 1))
        optimizer.param_groups[0]["lr"] = rate
        loss = loss_of(model, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, _CLIP)
        optimizer.step()
        optimizer.zero_grad()
        step = (number, epoch, float(loss.detach()))
        run.steps.append(step)
        say_step(step, time.monotonic() - began)
        if time.monotonic() - saved >= _CHECKPOINT_SECONDS:
            saved = time.monotonic()
            _save(model, optimizer, run, orders)
    _save(model, optimizer, run, orders)
    return run


def loss_of(model: Any, batch: Sequence[Example]) -> Any:
    """Mean loss over the tokens of a batch that are learnt."""
    import torch

    width = max(len(example.tokens) for example in batch)
    tokens = torch.zeros((len(batch), width), dtype=torch.long)
    learnt = torch.zeros((len(batch), width), dtype=torch.bool)
    for row, example in enumerate(batch):
        tokens[row, : len(example.tokens)] = torch.tensor(example.tokens)
        learnt[row, : len(example.learnt)] = torch.tensor(example.learnt)
    causal = model.get_base_model()
    hidden = causal.model(input_ids=tokens, use_cache=False).last_hidden_state
    # A token is foretold by what is known at the one before it.
    logits = causal.lm_head(hidden[:, :-1][learnt[:, 1:]])
    return torch.nn.functional.cross_entropy(logits, tokens[:, 1:][learnt[:, 1:]])


def validate(model: Any, examples: Sequence[Example], batch: int) -> float:
    """Mean loss over all learnt tokens of examples that are not trained on."""
    import torch

    ordered = sorted(examples, key=lambda example: len(example.tokens))
    total, count = 0.0, 0
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(ordered), batch):
            some = ordered[start : start + batch]
            tokens = sum(sum(example.learnt[1:]) for example in some)
            total += float(loss_of(model, some)) * tokens
            count += tokens
    model.train()
    return total / max(count, 1)


def _epoch(examples: Sequence[Example], epoch: int, orders: Orders) -> Iterator[tuple[int, list[Example]]]:
    """Batches of one epoch: in an order of its own, with examples of like length together."""
    chance = random.Random(f"{orders.seed}/{epoch}")  # noqa: S311 - an order, no secret
    order = list(examples)
    chance.shuffle(order)
    together = orders.batch * _BATCHES_TOGETHER
    batches: list[list[Example]] = []
    for start in range(0, len(order), together):
        some = sorted(order[start : start + together], key=lambda example: len(example.tokens))
        batches += [some[at : at + orders.batch] for at in range(0, len(some), orders.batch)]
    chance.shuffle(batches)
    return ((epoch, batch) for batch in batches)


def _taken_up(model: Any, optimizer: Any, orders: Orders) -> Run:
    from peft import set_peft_model_state_dict

    state = checkpoint.load(orders.checkpoints)
    if state is None:
        return Run()
    set_peft_model_state_dict(model, state["adapter"])
    optimizer.load_state_dict(state["optimizer"])
    return Run([(int(number), int(epoch), float(loss)) for number, epoch, loss in state["steps"]])


def _save(model: Any, optimizer: Any, run: Run, orders: Orders) -> None:
    from peft import get_peft_model_state_dict

    state = {
        "adapter": get_peft_model_state_dict(model),
        "optimizer": optimizer.state_dict(),
        "steps": [list(step) for step in run.steps],
    }
    checkpoint.save(orders.checkpoints, state)
