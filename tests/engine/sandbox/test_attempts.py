"""The count of what was attempted: bounded, whole, and read with care."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from usina.engine.sandbox.attempts import FILE, FOLDER, Attempt, Watch, read_attempts
from usina.engine.sandbox.packets import Wish

if TYPE_CHECKING:
    from pathlib import Path


def watch(run: Path) -> Watch:
    (run / FOLDER).mkdir()
    return Watch(-1, str(run / FOLDER))


def test_a_destination_has_its_count_and_its_first_and_last_time(tmp_path: Path) -> None:
    counted = watch(tmp_path)
    for now in (10.0, 20.0, 30.0):
        counted.count(Wish("tcp", "10.0.0.1", 80), now)
    counted.write()
    assert read_attempts(tmp_path) == [Attempt("tcp", "10.0.0.1", 80, "", 3, 10.0, 30.0)]
    assert not counted.changed


def test_destinations_past_the_bound_are_counted_together(tmp_path: Path) -> None:
    counted = watch(tmp_path)
    for number in range(1_000):
        counted.count(Wish("dns", "192.0.2.53", 53, f"{'x' * 240}{number}"), 1.0)
    counted.count(Wish("dns", "192.0.2.53", 53, f"{'x' * 240}0"), 2.0)
    counted.write()
    found = read_attempts(tmp_path)
    assert len(found) == 257
    assert (found[0].count, found[-1].protocol, found[-1].count) == (2, "other", 744)
    assert sum(each.count for each in found) == 1_001
    assert (tmp_path / FOLDER / FILE).stat().st_size < 200_000


def test_what_cannot_be_written_is_written_later(tmp_path: Path) -> None:
    counted = Watch(-1, str(tmp_path / FOLDER))
    counted.count(Wish("tcp", "10.0.0.1", 80), 1.0)
    counted.write()
    assert counted.changed
    (tmp_path / FOLDER).mkdir()
    counted.write()
    assert len(read_attempts(tmp_path)) == 1


def test_no_file_or_a_strange_one_is_no_attempts(tmp_path: Path) -> None:
    assert read_attempts(tmp_path) == []
    (tmp_path / FOLDER).mkdir()
    for text in (b"\xff", b"[]", b'{"protocol": "tcp"}', json.dumps({"a": 1}).encode()):
        (tmp_path / FOLDER / FILE).write_bytes(text)
        assert read_attempts(tmp_path) == []


def test_attempts_are_said_in_words() -> None:
    said = [
        str(Attempt(*wanted, 1, 0.0, 0.0))
        for wanted in (
            Wish("tcp", "10.0.0.1", 80),
            Wish("udp", "2001:db8:1::9", 514),
            Wish("dns", "192.0.2.53", 53, "evil.example"),
            Wish("icmp", "10.0.0.1", 0),
            Wish("other", "", 0),
        )
    ]
    assert said == [
        "10.0.0.1:80 by TCP",
        "[2001:db8:1::9]:514 by UDP",
        "the name evil.example",
        "10.0.0.1 by ICMP",
        "other destinations",
    ]
