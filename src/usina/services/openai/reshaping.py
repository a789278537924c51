"""Small changes to choices, whole or of one chunk, for what engines do more of than was asked. All work in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from usina.core.ports import Json

    Reshape = Callable[[Sequence[Json]], None]


def reshape_for(*, one_call: bool, alternatives: bool) -> Reshape | None:
    """What must be done to each answer; None, the usual case, costs nothing.

    `one_call`: `parallel_tool_calls` was false. `alternatives`: logprobs were asked for without `top_logprobs`.
    """
    if one_call and alternatives:

        def both(choices: Sequence[Json]) -> None:
            one_call_only(choices)
            no_alternatives(choices)

        return both
    if one_call:
        return one_call_only
    return no_alternatives if alternatives else None


def one_call_only(choices: Sequence[Json]) -> None:
    """The first tool call and no other."""
    for choice in choices:
        turn = choice.get("message") or choice.get("delta") or {}
        calls = turn.get("tool_calls")
        if calls:
            first = [call for position, call in enumerate(calls) if call.get("index", position) == 0]
            if first:
                turn["tool_calls"] = first
            else:
                del turn["tool_calls"]


def no_alternatives(choices: Sequence[Json]) -> None:
    """Logprobs of the chosen tokens, without those that might have been: llama.cpp gives 20 unasked."""
    for choice in choices:
        for entry in (choice.get("logprobs") or {}).get("content") or ():
            entry["top_logprobs"] = []
