"""What left the site, out of the ledger's records: each connection, or how much to each destination."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(slots=True)
class Leaving:
    """One connection, or one that was refused; what a program in the sandbox tried has the purpose `program`."""

    connection: str
    time: float  # epoch seconds, when it was let out or refused
    purpose: str
    destination: str  # HOST:PORT
    under: str = ""  # ids of the policies that allowed it
    record: str = ""  # the request it belongs to, or the resource whose program it was
    state: str = "open"  # open, ended, failed, refused
    sent: int = 0  # bytes of TCP, those of TLS included
    received: int = 0
    seconds: float = 0.0
    times: int = 1  # that it was tried


@dataclass(slots=True)
class Total:
    """All that went to one destination for one purpose."""

    purpose: str
    destination: str
    connections: int = 0
    refused: int = 0
    open: int = 0  # without an end in the record: they still are, or the factory was killed
    sent: int = 0
    received: int = 0
    under: set[str] = field(default_factory=set)


def connections(records: Iterable[Mapping[str, Any]], since: float, until: float) -> list[Leaving]:
    """Connections that were let out or refused in that time, in order; of each what the records say in all.

    `records` are those of the ledger in order, also later ones: they tell how a connection ended.
    """
    found: dict[str, Leaving] = {}
    for record in records:
        kind, name = record["kind"], str(record.get("connection", ""))
        if kind == "egress-refused" and since <= record["time"] < until:
            tried = _tried(record)
            found[tried.connection] = tried
        elif kind in {"egress", "egress-denied"} and since <= record["time"] < until:
            found[name] = Leaving(
                name,
                float(record["time"]),
                str(record["purpose"]),
                _destination(record),
                str(record.get("under", "")),
                str(record.get("record", "")),
                "refused" if kind == "egress-denied" else "open",
            )
        elif kind in {"egress-so-far", "egress-end"} and name in found:
            leaving = found[name]
            leaving.sent, leaving.received = int(record["sent"]), int(record["received"])
            if kind == "egress-end":
                leaving.seconds = float(record["seconds"])
                leaving.state = "failed" if record.get("failed") else "ended"
    return list(found.values())


def totals(found: Iterable[Leaving]) -> list[Total]:
    """By purpose and destination; who got most comes first."""
    made: dict[tuple[str, str], Total] = {}
    for each in found:
        total = made.setdefault((each.purpose, each.destination), Total(each.purpose, each.destination))
        total.refused += each.times if each.state == "refused" else 0
        total.connections += each.state != "refused"
        total.open += each.state == "open"
        total.sent += each.sent
        total.received += each.received
        total.under |= set(each.under.split(",")) - {""}
    return sorted(made.values(), key=lambda total: (-total.sent, total.purpose, total.destination))


def _tried(record: Mapping[str, Any]) -> Leaving:
    """What a program tried: the record says how often so far, and takes the place of an earlier one."""
    resource, protocol = str(record["resource"]), str(record["protocol"])
    destination = f"{record['destination'] or '*'}:{record['port']}/{protocol}"
    return Leaving(
        f"{resource} {destination}",
        float(record["time"]),
        "program",
        destination,
        record=resource,
        state="refused",
        times=int(record["count"]),
    )


def _destination(record: Mapping[str, Any]) -> str:
    host = str(record["host"])
    return f"[{host}]:{record['port']}" if ":" in host else f"{host}:{record['port']}"
