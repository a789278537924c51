"""Records as tokens. What the assistant says is learnt, to the mark that ends its turn; all else is only read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from .records import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .records import Record

_NOTHING = "-"  # an answer by which the text after an answer is found


class Tokenizer(Protocol):
    """What is needed of transformers' tokenizers."""

    chat_template: str | None
    eos_token: str

    def __call__(self, text: str, *, add_special_tokens: bool) -> Any:
        """Tokens of a text, under `input_ids`."""
        ...

    def apply_chat_template(
        self, conversation: Sequence[dict[str, str]], *, add_generation_prompt: bool, tokenize: bool
    ) -> Any:
        """The text of a conversation, as the model reads it."""
        ...


@dataclass(frozen=True, slots=True)
class Example:
    """One record's tokens; `learnt` tells of each whether the model is to say it."""

    tokens: tuple[int, ...]
    learnt: tuple[bool, ...]


def examples(records: Sequence[Record], tokenizer: Tokenizer, most_tokens: int) -> list[Example]:
    """Every record. Raises: DataError for one that is too long, by its line."""
    made = []
    for record in records:
        example = _example(record, tokenizer)
        if len(example.tokens) > most_tokens:
            raise DataError(
                f"{record.where[0].upper()}{record.where[1:]} is too long: it makes {len(example.tokens)} tokens, and "
                f"at most {most_tokens} can be trained on."
            )
        if not any(example.learnt):
            raise DataError(f"{record.where[0].upper()}{record.where[1:]} has nothing to learn.")
        made.append(example)
    return made


def _example(record: Record, tokenizer: Tokenizer) -> Example:
    tokens: list[int] = []
    learnt: list[bool] = []
    for text, is_learnt in _pieces(record, tokenizer):
        found = tokenizer(text, add_special_tokens=False)["input_ids"]
        tokens += found
        learnt += [is_learnt] * len(found)
    return Example(tuple(tokens), tuple(learnt))


def _pieces(record: Record, tokenizer: Tokenizer) -> list[tuple[str, bool]]:
    """The text in pieces: before each answer, and the answer with its end."""
    if not tokenizer.chat_template:
        return [(text if role != "assistant" else text + tokenizer.eos_token, role == "assistant")
                for role, text in record.turns]  # fmt: skip
    turns = [{"role": role, "content": text} for role, text in record.turns]
    places = [place for place, turn in enumerate(turns) if turn["role"] == "assistant"]
    pieces: list[tuple[str, bool]] = []
    done = ""
    for place in places:
        before = _rendered(tokenizer, turns[:place], asks=True)
        whole = _rendered(tokenizer, turns[: place + 1], asks=False)
        if not before.startswith(done) or not whole.startswith(before):
            # A template that writes earlier turns otherwise than the last one: only the last answer can be learnt.
            before = _rendered(tokenizer, turns[: places[-1]], asks=True)
            return [(before, False), (turns[places[-1]]["content"] + _ending(tokenizer), True)]
        pieces += [(before[len(done) :], False), (whole[len(before) :], True)]
        done = whole
    return [piece for piece in pieces if piece[0]]


def _ending(tokenizer: Tokenizer) -> str:
    """What the template writes after an answer."""
    turns = [{"role": "user", "content": _NOTHING}, {"role": "assistant", "content": _NOTHING}]
    return _rendered(tokenizer, turns, asks=False).rpartition(_NOTHING)[2]


def _rendered(tokenizer: Tokenizer, turns: Sequence[dict[str, str]], *, asks: bool) -> str:
    return str(tokenizer.apply_chat_template(turns, add_generation_prompt=asks, tokenize=False))
