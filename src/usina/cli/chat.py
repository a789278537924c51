"""`usina chat`: talk to a model of the site; what it says is shown as it comes."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from usina.cli.options import factory, of_factory
from usina.cli.output import clean, dim, note, on_terminal, say
from usina.core.clock import SystemClock
from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from usina.client.api import Factory

_HELP = "/new begins a new conversation, /exit (or Ctrl-D) ends, Ctrl-C stops an answer."
_STDIN_CHARACTERS = 1_000_000


@click.command()
@click.argument("model", required=False)
@click.argument("prompt", required=False)
@click.option("--system", metavar="TEXT", help="What the model shall keep to.")
@click.option("--max-tokens", type=click.IntRange(min=1), default=1024, show_default=True, help="Longest answer.")
@click.option(
    "--temperature", type=click.FloatRange(0, 1), help="0 is the same answer each time. Default: the model's."
)
@of_factory
def chat(
    *,
    model: str | None,
    prompt: str | None,
    system: str | None,
    max_tokens: int,
    temperature: float | None,
    home: Path | None,
) -> int:
    """Talk to MODEL.

    With PROMPT, print one answer. Without, take the prompt from standard input, or talk until /exit on a terminal.
    Without MODEL (or with a single argument that has a blank in it, which is then the prompt) the first model of the
    site that chats is taken.
    """
    if prompt is None and model is not None and any(letter.isspace() for letter in model):
        model, prompt = None, model
    reached = factory(home)
    options: dict[str, Any] = {"inferenceConfig": {"maxTokens": max_tokens}}
    if temperature is not None:
        options["inferenceConfig"]["temperature"] = temperature
    if system is not None:
        options["system"] = [{"text": system}]
    talk = Talk(reached, model or first_chat_model(reached), options)
    if prompt is None and sys.stdin.isatty():
        _converse(talk)
        return 0
    asked = prompt if prompt is not None else sys.stdin.read(_STDIN_CHARACTERS).strip()
    if not asked:
        raise click.UsageError("say a prompt, as an argument or on standard input")
    _answer(talk, asked, told=on_terminal())
    return 0


def first_chat_model(factory: Factory) -> str:
    """The model that a chat takes where none is named.

    Raises:
        OperatorError: the site has none that chats.
    """
    models = factory.foundation_models("TEXT")
    if not models:
        raise OperatorError("The site has no model that chats: `usina models import SOURCE` brings one.")
    name: str = models[0]["modelId"]
    return name


@dataclass(slots=True)
class Talk:
    """One conversation, and what the last answer of it was."""

    factory: Factory
    model: str
    options: dict[str, Any]
    messages: list[dict[str, Any]] = field(default_factory=list)
    answered_by: str = ""
    request_id: str = ""
    record: str = ""  # number of the ledger record that was durable before the model was asked
    usage: dict[str, int] = field(default_factory=dict)
    stop_reason: str = ""
    seconds: float = 0.0

    def ask(self, text: str) -> Iterator[str]:
        """Say something; gives the answer's text as it comes. An answer that ends early is not kept."""
        clock = SystemClock()
        began = clock.monotonic()
        asked = [*self.messages, {"role": "user", "content": [{"text": text}]}]
        headers, events = self._begin(asked)
        self.answered_by = headers.get("x-usina-model", self.model)
        self.request_id = headers.get("x-amzn-requestid", "")
        self.record = headers.get("x-usina-record", "")
        self.usage, self.stop_reason = {}, ""
        said: list[str] = []
        for event in events:
            if "contentBlockDelta" in event:
                piece = event["contentBlockDelta"]["delta"].get("text", "")
                said.append(piece)
                yield piece
            elif "messageStop" in event:
                self.stop_reason = event["messageStop"]["stopReason"]
            elif "metadata" in event:
                self.usage = event["metadata"]["usage"]
        self.seconds = clock.monotonic() - began
        self.messages = [*asked, {"role": "assistant", "content": [{"text": "".join(said) or " "}]}]

    def _begin(self, messages: list[dict[str, Any]]) -> tuple[Mapping[str, str], Iterator[dict[str, Any]]]:
        from usina.client.errors import RefusedError

        try:
            return self.factory.chat(self.model, messages, **self.options)
        except RefusedError as error:
            if "identifier" not in error.message:
                raise
            raise OperatorError(
                f"The site has no model {self.model}. `usina models list` shows those it has, `usina models aliases` "
                "the names that lead to them."
            ) from None

    @property
    def summary(self) -> str:
        """One line about the last answer."""
        tokens = f"{self.usage.get('inputTokens', 0)} tokens in, {self.usage.get('outputTokens', 0)} out"
        ended = "" if self.stop_reason == "end_turn" else f", ended by {self.stop_reason}"
        return f"[{self.answered_by}: {tokens}, {self.seconds:.1f} s{ended}]"


def _answer(talk: Talk, text: str, *, told: bool) -> None:
    shown = clean if on_terminal() else str
    for piece in talk.ask(text):
        click.echo(shown(piece), nl=False)
    say()
    if told:
        note(dim(talk.summary))


def _converse(talk: Talk) -> None:
    _edit_lines()
    say(f"{talk.model}. {_HELP}")
    while True:
        try:
            text = input("\n> ").strip()
        except (EOFError, KeyboardInterrupt):
            say()
            return
        if text in {"/exit", "/quit"}:
            return
        if text == "/new":
            talk.messages = []
            say("a new conversation")
        elif text.startswith("/"):
            say(_HELP)
        elif text:
            _take_turn(talk, text)


def _take_turn(talk: Talk, text: str) -> None:
    try:
        _answer(talk, text, told=True)
    except KeyboardInterrupt:
        say()
        note("stopped; that answer is not part of the conversation")
    except OperatorError as error:
        say()
        note(str(error))


def _edit_lines() -> None:
    """Arrow keys and history at the prompt, where Python was built with them."""
    try:
        import readline  # noqa: F401 - importing it is what switches it on
    except ImportError:
        return
