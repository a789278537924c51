"""Prompts that are written in the template of the model they were meant for.

A Llama or Mistral program writes the special tokens of its model into the prompt. The model that answers here has its
own template, so a prompt that is wholly in a known one is taken apart into the turns it stands for; any other is
completed as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from usina.core.ports import Json, Task

# Llama 3: <|start_header_id|>user<|end_header_id|>; Llama 4: <|header_start|>user<|header_end|>
_HEADER: Final = re.compile(r"<\|(?:start_header_id|header_start)\|>(\w+)<\|(?:end_header_id|header_end)\|>")
_TURN_ENDS: Final = ("<|eot_id|>", "<|eot|>", "<|begin_of_text|>", "<|end_of_text|>")
_SYSTEM_BEGIN, _SYSTEM_END = "<<SYS>>", "<</SYS>>"
_ROLES: Final = frozenset({"system", "user", "assistant"})


def ask_of(prompt: str, options: Mapping[str, Any]) -> tuple[Task, Json]:
    """The engine's task and body for a prompt; options that are None are left out."""
    body: Json = {name: value for name, value in options.items() if value is not None}
    turns = turns_of(prompt)
    if turns:
        body["messages"] = turns
        return ("chat", body)
    body["prompt"] = prompt
    return ("completion", body)


def turns_of(prompt: str) -> list[Json]:
    """The turns of a templated prompt that ends where the model is to speak; none where it is anything else."""
    if _HEADER.search(prompt):
        return _headers(prompt)
    if "[INST]" in prompt:
        return _instructions(prompt)
    return []


def _headers(prompt: str) -> list[Json]:
    before, *parts = _HEADER.split(prompt)
    roles, texts = parts[::2], [_without(text, _TURN_ENDS) for text in parts[1::2]]
    if _without(before, _TURN_ENDS) or not _ROLES.issuperset(roles):
        return []
    if roles[-1] == "assistant":
        if texts[-1]:
            return []
        roles, texts = roles[:-1], texts[:-1]
    if not roles or roles[-1] != "user":
        return []
    return [{"role": role, "content": text} for role, text in zip(roles, texts, strict=True)]


def _instructions(prompt: str) -> list[Json]:
    before, *parts = prompt.split("[INST]")
    turns: list[Json] = []
    if _without(before, ("<s>", "</s>")):
        return []
    for number, part in enumerate(parts):
        said, closed, answer = part.partition("[/INST]")
        last = number == len(parts) - 1
        answer = _without(answer, ("<s>", "</s>"))
        if not closed or bool(answer) == last:
            return []
        if number == 0 and _SYSTEM_END in said:
            system, _, said = said.partition(_SYSTEM_END)
            turns.append({"role": "system", "content": system.replace(_SYSTEM_BEGIN, "").strip()})
        turns.append({"role": "user", "content": said.strip()})
        if answer:
            turns.append({"role": "assistant", "content": answer})
    return turns


def _without(text: str, marks: Iterable[str]) -> str:
    for mark in marks:
        text = text.replace(mark, "")
    return text.strip()
