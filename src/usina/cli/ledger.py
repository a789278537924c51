"""`usina ledger`: check it, prove a record, read it. Checking and proving need the folder only, no running factory."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from usina.cli.options import as_json, factory, of_factory
from usina.cli.output import say, show_json_line, show_table
from usina.cli.proofs import prove, verify

if TYPE_CHECKING:
    from pathlib import Path

_PAGE = 1_000
_FOLLOW_SECONDS = 0.5


@click.group()
def ledger() -> None:
    """The ledger of every act: verify it, prove a record, read it."""


ledger.add_command(verify)
ledger.add_command(prove)


@ledger.command()
@click.option("-n", "--number", type=click.IntRange(1, _PAGE), default=10, show_default=True, help="How many records.")
@click.option("-f", "--follow", is_flag=True, help="Go on with new ones until Ctrl-C.")
@as_json
@of_factory
def tail(number: int, follow: bool, json_: bool, home: Path | None) -> None:
    """Show the newest records, from the running factory (--json: one a line)."""
    reached = factory(home)
    records = reached.ledger_records(-number, number)
    if not follow and not json_:
        show_table(("SEQ", "TIME", "KIND", "WHO", "WHAT", "HOW IT ENDED"), [_row(record) for record in records])
        return
    pause = threading.Event()
    last = 0
    while True:
        for record in records:
            last = record["seq"]
            if json_:
                show_json_line(record)
            else:
                say("  ".join(str(cell) for cell in _row(record) if cell))
        if not follow:
            return
        if len(records) < _PAGE:
            pause.wait(_FOLLOW_SECONDS)
        records = reached.ledger_records(last, _PAGE)


def _row(record: dict[str, Any]) -> tuple[Any, ...]:
    moment = datetime.fromtimestamp(record["time"], UTC).strftime("%Y-%m-%d %H:%M:%SZ") if "time" in record else ""
    kind = record["kind"]
    if kind == "outcome":
        return (record["seq"], moment, kind, "", f"of {record['intent']}", _ending(record))
    who = record.get("principal", "").rpartition(":")[2]
    what = f"{record['service']}:{record['operation']}" if "operation" in record else record.get("request_id", "")
    return (record["seq"], moment, kind, who, what, record.get("code", ""))


def _ending(outcome: dict[str, Any]) -> str:
    tokens = f"{outcome.get('input_tokens', 0)}+{outcome['output_tokens']} tokens" if "output_tokens" in outcome else ""
    parts = (outcome["status"], outcome.get("code", ""), outcome.get("model", ""), tokens)
    return " ".join(part for part in parts if part)
