"""What people see: tables and bars on a terminal, plain lines elsewhere, JSON where it was asked for."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any
from unicodedata import category

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

_STEP = 1000
_CONTROLS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # Unicode categories
_HARMLESS = "\n\t\u200c\u200d"  # the last two join letters and emoji
_COLOURS = {
    "READY": "green",
    "ready": "green",
    "active": "green",
    "done": "green",
    "STARTING": "yellow",
    "IMPORTING": "yellow",
    "INSTALLING": "yellow",
    "BACKOFF": "yellow",
    "DRAINING": "yellow",
    "FAILED": "red",
    "failed": "red",
    "broken": "red",
    "refused": "red",
    "not ready": "red",
}


def say(text: str = "") -> None:
    """One line for whoever reads standard output."""
    click.echo(text)


def note(text: str) -> None:
    """One line beside the answer, on standard error."""
    click.echo(text, err=True)


def clean(text: str) -> str:
    """Text of others without control characters: on a terminal they could move the cursor, or worse."""
    if text.isprintable():
        return text
    return "".join("\ufffd" if category(letter) in _CONTROLS and letter not in _HARMLESS else letter for letter in text)


def on_terminal() -> bool:
    """Whether a person looks at standard output."""
    return sys.stdout.isatty()


def show_json(value: Any) -> None:
    """A value as indented JSON; times as ISO 8601 in UTC."""
    click.echo(_escaped(json.dumps(value, indent=2, ensure_ascii=not _in_unicode(), default=_plain)))


def show_json_line(value: Any) -> None:
    """A value as one line of JSON."""
    click.echo(_escaped(json.dumps(value, ensure_ascii=not _in_unicode(), default=_plain)))


def _escaped(text: str) -> str:
    """JSON in which control characters above ASCII are written out too: U+009B begins a command as ESC [ does."""
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(
        json.dumps(letter)[1:-1] if category(letter) in _CONTROLS and letter not in _HARMLESS else letter
        for letter in text
    )


def _in_unicode() -> bool:
    """Whether standard output can hold any letter; JSON has a way to write those that it cannot."""
    return (sys.stdout.encoding or "").lower().startswith("utf")


def forgive_letters() -> None:
    """On a terminal of few letters a `?` stands for the others, instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    raise TypeError(type(value).__name__)


def console() -> Console:
    """The terminal; rich itself honours NO_COLOR."""
    from rich.console import Console

    return Console(highlight=False)


def show_table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Rows under heads: a table on a terminal, else columns that never wrap."""
    texts = [[clean(_cell(value)).replace("\n", " ") for value in row] for row in rows]
    if not on_terminal():
        _show_columns(heads, texts)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, head in enumerate(heads):
        table.add_column(head, overflow="fold", no_wrap=index == 0)  # a name stays whole: people copy it
    for row in texts:
        table.add_row(*(Text(text, style=_COLOURS.get(text, "")) for text in row))
    console().print(table)


def _show_columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[index]) for row in (heads, *rows)) for index in range(len(heads))]
    for row in (heads, *rows):
        say("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value) or "-"
    return str(value)


def size(size_bytes: int | None) -> str:
    """Bytes for people: 98 MB."""
    if not size_bytes:
        return "-"
    amount = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < _STEP:
            return f"{amount:.0f} {unit}"
        amount /= _STEP
    return f"{amount:.1f} TB"


def coloured(state: str) -> str:
    """A state in its colour, where a terminal shows colours and NO_COLOR is not set."""
    colour = _COLOURS.get(state)
    return click.style(state, fg=colour) if colour is not None and _in_colour() else state


def dim(text: str) -> str:
    """Text that stays in the background, where colours are wanted."""
    return click.style(text, dim=True) if _in_colour() else text


def _in_colour() -> bool:
    from usina.core.settings import environment

    return not environment("NO_COLOR")
