"""`usina ledger`: check it, prove a record, read it. Checking and proving need the folder only, no running factory."""

from __future__ import annotations

import contextlib
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from usina.cli.options import as_json, factory, of_factory
from usina.cli.output import clean, say, show_json_line, show_table
from usina.cli.proofs import prove, verify, witness

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from usina.client.api import Factory

_PAGE = 1_000
_FOLLOW_SECONDS = 1.0


@click.group()
def ledger() -> None:
    """The ledger of every act: verify it, prove a record, read it."""


ledger.add_command(verify)
ledger.add_command(prove)
ledger.add_command(witness)


@ledger.command()
@click.option("-n", "--number", type=click.IntRange(1, _PAGE), default=10, show_default=True, help="How many records.")
@click.option("-f", "--follow", is_flag=True, help="Go on with new ones until Ctrl-C.")
@as_json
@of_factory
def tail(number: int, follow: bool, json_: bool, home: Path | None) -> None:
    """Show the newest records, from the running factory (--json: one a line)."""
    reached = factory(home)
    if follow:
        with contextlib.suppress(KeyboardInterrupt):
            _follow(reached, number, show_json_line if json_ else _show_line)
        return
    records = reached.ledger_records(-number, number)
    if json_:
        for record in records:
            show_json_line(record)
    else:
        show_table(("SEQ", "TIME", "KIND", "WHO", "WHAT", "HOW IT ENDED"), [_row(record) for record in records])


def _follow(reached: Factory, number: int, show: Callable[[dict[str, Any]], None]) -> None:
    """Show the newest records and then new ones, without those that our own looking makes."""
    pause = threading.Event()
    looks: set[str] = set()
    records = reached.ledger_records(-number, number)
    last = 0
    while True:
        looks.add(reached.request_id)
        for record in records:
            last = record["seq"]
            if record.get("request_id") not in looks:
                show(record)
        if len(records) < _PAGE:
            pause.wait(_FOLLOW_SECONDS)
        records = reached.ledger_records(last, _PAGE)


def _show_line(record: dict[str, Any]) -> None:
    line = "  ".join(str(cell) for cell in _row(record) if cell)
    say(clean(line).replace("\n", " "))  # a name with a line break in it must not look like a record of its own


def _row(record: dict[str, Any]) -> tuple[Any, ...]:
    moment = datetime.fromtimestamp(record["time"], UTC).strftime("%Y-%m-%d %H:%M:%SZ") if "time" in record else ""
    kind = record["kind"]
    if kind == "outcome":
        return (record["seq"], moment, kind, "", f"of {record['intent']}", _ending(record))
    if kind == "egress-refused":
        port = f":{record['port']}" if record["port"] else ""
        what = f"{record['protocol']} {record['destination'] or 'others'}{port} {record['count']} times"
        return (record["seq"], moment, kind, record["resource"].rpartition(":")[2], what, "")
    who = record.get("principal", "").rpartition(":")[2]
    what = f"{record['service']}:{record['operation']}" if "operation" in record else record.get("request_id", "")
    return (record["seq"], moment, kind, who, what, record.get("error", ""))


def _ending(outcome: dict[str, Any]) -> str:
    tokens = f"{outcome.get('input_tokens', 0)}+{outcome['output_tokens']} tokens" if "output_tokens" in outcome else ""
    parts = (outcome["status"], outcome.get("error", ""), outcome.get("model", ""), tokens)
    return " ".join(part for part in parts if part)
