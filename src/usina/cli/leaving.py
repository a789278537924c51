"""`usina evidence egress`: every byte that left the site, to where, why, under which policy."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from usina.cli.moments import Moment, when
from usina.cli.options import as_json, factory, of_factory
from usina.cli.output import clean, note, say, show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from usina.client.api import Factory

_PAGE = 1_000


@click.command()
@click.option("--from", "since", type=Moment(), required=True, help="Where the time begins, in UTC.")
@click.option("--to", "until", type=Moment(), required=True, help="Where it ends, in UTC.")
@click.option("--each", is_flag=True, help="Show each connection, not what went to each destination.")
@as_json
@of_factory
def egress(since: float, until: float, each: bool, json_: bool, home: Path | None) -> None:
    """What left the site in a time, from the running factory's ledger: its connections with the bytes that the kernel
    counted of each, and what was refused, also to programs in the sandbox.
    """
    from usina.client.egress import connections, totals

    found = connections(_records(factory(home)), since, until)
    if json_:
        show_json([dataclasses.asdict(leaving) for leaving in found])
        return
    if not found:
        say(f"nothing left the site from {when(since)} to {when(until)}")
        return
    if each:
        rows = [
            (when(one.time), one.purpose, clean(one.destination), one.state, one.sent, one.received, clean(one.under))
            for one in found
        ]
        show_table(("TIME", "PURPOSE", "TO", "STATE", "SENT", "RECEIVED", "UNDER"), rows)
        return
    sums = totals(found)
    lines = [
        (one.purpose, clean(one.destination), one.connections, one.refused, one.sent, one.received,
         clean(", ".join(sorted(one.under))))
        for one in sums
    ]  # fmt: skip
    show_table(("PURPOSE", "TO", "CONNECTIONS", "REFUSED", "BYTES SENT", "BYTES RECEIVED", "UNDER"), lines)
    if unended := sum(one.open for one in sums):
        note(f"{unended} connections have no end in the ledger: they are open, or their factory was killed")


def _records(reached: Factory) -> Iterator[dict[str, Any]]:
    last = 0
    while page := reached.ledger_records(last, _PAGE):
        yield from page
        last = int(page[-1]["seq"])
        if len(page) < _PAGE:
            return
