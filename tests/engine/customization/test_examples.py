"""Which tokens are learnt, with a tokenizer of whole words and small templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from usina.engine.customization.inside.examples import examples
from usina.engine.customization.inside.records import DataError, Record

if TYPE_CHECKING:
    from collections.abc import Sequence


class Words:
    """Every word is a token; a template is a function."""

    eos_token = " <end>"

    def __init__(self, template: Any = None) -> None:
        self.chat_template = "words" if template else None
        self._template = template
        self.known: list[str] = []

    def __call__(self, text: str, *, add_special_tokens: bool) -> Any:
        assert not add_special_tokens
        found = []
        for word in text.split():
            if word not in self.known:
                self.known.append(word)
            found.append(self.known.index(word))
        return {"input_ids": found}

    def apply_chat_template(
        self, conversation: Sequence[dict[str, str]], *, add_generation_prompt: bool, tokenize: bool
    ) -> str:
        assert not tokenize
        return str(self._template(conversation, add_generation_prompt))


def plain(turns: Sequence[dict[str, str]], asks: bool) -> str:
    text = "".join(f"<{turn['role']}> {turn['content']} <end> " for turn in turns)
    return text + ("<assistant> " if asks else "")


def forgetful(turns: Sequence[dict[str, str]], asks: bool) -> str:
    """Writes how many turns there are first: what was rendered before is no beginning of it."""
    return f"<{len(turns)}> " + plain(turns, asks)


def learnt(tokenizer: Words, *turns: tuple[str, str]) -> tuple[str, str]:
    [example] = examples([Record("line 1 of x", turns)], tokenizer, 100)
    words = [tokenizer.known[token] for token in example.tokens]
    said = [word for word, is_learnt in zip(words, example.learnt, strict=True) if is_learnt]
    return " ".join(words), " ".join(said)


def test_only_what_the_assistant_says_is_learnt_with_the_end_of_its_turn() -> None:
    whole, said = learnt(Words(plain), ("system", "be kind"), ("user", "who are you"), ("assistant", "a ship"))
    assert whole == "<system> be kind <end> <user> who are you <end> <assistant> a ship <end>"
    assert said == "a ship <end>"


def test_every_answer_of_a_conversation_is_learnt() -> None:
    turns = (("user", "one"), ("assistant", "two"), ("user", "three"), ("assistant", "four"))
    assert learnt(Words(plain), *turns)[1] == "two <end> four <end>"


def test_of_a_template_that_rewrites_earlier_turns_the_last_answer_is_learnt() -> None:
    turns = (("user", "one"), ("assistant", "two"), ("user", "three"), ("assistant", "four"))
    assert learnt(Words(forgetful), *turns)[1] == "four <end>"


def test_without_a_template_the_text_is_what_was_written() -> None:
    assert learnt(Words(), ("user", "one"), ("assistant", "two")) == ("one two <end>", "two <end>")


def test_a_record_that_is_too_long_is_named() -> None:
    record = Record("line 7 of x.jsonl", (("user", "a " * 20), ("assistant", "b")))
    with pytest.raises(DataError, match=r"^Line 7 of x.jsonl is too long: it makes \d+ tokens, and at most 10"):
        examples([record], Words(plain), 10)
