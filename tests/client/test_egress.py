"""What left, out of the records: of each connection the last that was said, and sums that keep refusals apart."""

from __future__ import annotations

from typing import Any

from usina.client.egress import connections, totals


def opened(name: str, time: float, **more: Any) -> dict[str, Any]:
    body = {"purpose": "cloud", "host": "far.example", "port": 443, "under": "a#1"}
    return {"kind": "egress", "time": time, "connection": name} | body | more


def counted(name: str, kind: str, sent: int, received: int, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "time": 99.0, "connection": name, "sent": sent, "received": received} | more


RECORDS = [
    {"kind": "intent", "time": 1.0, "seq": 1},
    opened("early", 1.0),
    opened("a", 10.0, record="7"),
    opened("b", 11.0, under="a#1,b#2"),
    counted("a", "egress-so-far", 10, 20),
    opened("c", 12.0, host="2001:db8::1"),
    opened("no", 13.0, under="") | {"kind": "egress-denied"},
    counted("a", "egress-end", 100, 200, seconds=1.5),
    counted("b", "egress-so-far", 5, 6),
    counted("c", "egress-end", 0, 0, seconds=0.0, failed="ConnectionRefusedError"),
    *(
        {"kind": "egress-refused", "time": 14.0, "resource": "arn:job", "role": "r", "account": "1", "protocol": "tcp",
         "destination": "192.0.2.7", "port": 80, "count": count}
        for count in (1, 4)
    ),
    opened("late", 20.0),
    counted("early", "egress-end", 1_000_000, 1, seconds=3.0),
]  # fmt: skip


def test_each_connection_of_the_time_has_what_was_said_of_it_last() -> None:
    found = {each.connection: each for each in connections(RECORDS, 10.0, 20.0)}
    assert set(found) == {"a", "b", "c", "no", "arn:job 192.0.2.7:80/tcp"}
    assert (found["a"].state, found["a"].sent, found["a"].received, found["a"].record) == ("ended", 100, 200, "7")
    assert (found["b"].state, found["b"].sent, found["b"].received) == ("open", 5, 6)
    assert (found["c"].state, found["c"].destination) == ("failed", "[2001:db8::1]:443")
    assert found["no"].state == "refused"
    assert found["arn:job 192.0.2.7:80/tcp"].times == 4


def test_sums_are_by_destination_and_count_refusals_apart() -> None:
    far, *others = totals(connections(RECORDS, 10.0, 20.0))
    assert (far.destination, far.connections, far.refused, far.open) == ("far.example:443", 2, 1, 1)
    assert (far.sent, far.received, far.under) == (105, 206, {"a#1", "b#2"})
    assert {(each.purpose, each.refused) for each in others} == {("cloud", 0), ("program", 4)}


def test_the_sum_of_what_is_shown_is_the_sum_of_what_was_recorded() -> None:
    found = connections(RECORDS, 0.0, 100.0)
    ends = {record["connection"]: record for record in RECORDS if record["kind"] in {"egress-end", "egress-so-far"}}
    assert sum(total.sent for total in totals(found)) == sum(record["sent"] for record in ends.values())
