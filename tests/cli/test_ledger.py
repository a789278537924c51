from __future__ import annotations

import json
from typing import TYPE_CHECKING

from usina.cli import ledger
from usina.testing.front_door import REQUEST_ID, ScriptedDoor, failure

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from click.testing import Result

    Run = Callable[..., Result]

INTENT = {
    "seq": 41,
    "kind": "intent",
    "request_id": "r-1",
    "time": 1_800_000_000.5,
    "principal": "arn:aws:iam::111122223333:user/ada",
    "service": "bedrock-runtime",
    "operation": "Converse",
}
OUTCOME = {
    "seq": 42,
    "kind": "outcome",
    "intent": 41,
    "time": 1_800_000_001.5,
    "status": "done",
    "model": "a.b",
    "input_tokens": 7,
    "output_tokens": 3,
}
REFUSAL = {**INTENT, "seq": 43, "kind": "refusal", "error": "AccessDeniedException"}


def test_the_newest_records_are_shown(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.ListLedgerRecords", {"records": [INTENT, OUTCOME, REFUSAL, {"seq": 44, "kind": "repair"}]})
    done = run("ledger", "tail", "-n", "4")
    assert door.sent("Usina.ListLedgerRecords") == [{"after": -4, "maxResults": 4}]
    lines = [line.split("  ") for line in done.stdout.splitlines()]
    text = done.stdout
    assert len(lines) == 5
    assert "user/ada" in text
    assert "bedrock-runtime:Converse" in text
    assert "done a.b 7+3 tokens" in text
    assert "AccessDeniedException" in text


def test_a_programs_attempt_to_reach_another_network_is_shown_with_its_destination(
    run: Run, door: ScriptedDoor
) -> None:
    job = "arn:aws:sagemaker:us-east-1:111122223333:training-job/steals"
    refused = {"seq": 45, "kind": "egress-refused", "time": 1_800_000_000.5, "resource": job, "count": 3}
    refused |= {"protocol": "tcp", "destination": "203.0.113.9", "port": 443}
    door.tell("Usina.ListLedgerRecords", {"records": [refused]})
    shown = run("ledger", "tail").stdout
    assert "egress-refused" in shown
    assert "training-job/steals" in shown
    assert "tcp 203.0.113.9:443 3 times" in shown


def test_records_come_as_lines_of_json(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.ListLedgerRecords", {"records": [INTENT, OUTCOME]})
    lines = run("ledger", "tail", "--json").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [INTENT, OUTCOME]


def test_following_goes_on_after_the_last_record_and_leaves_out_its_own_looks(
    run: Run, door: ScriptedDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.tell(
        "Usina.ListLedgerRecords",
        {"records": [INTENT]},
        {"records": [{**INTENT, "seq": 42, "request_id": REQUEST_ID}, {**OUTCOME, "seq": 43}]},
        {"records": []},
        failure("ServiceUnavailableException", "gone"),
    )
    monkeypatch.setattr(ledger, "_FOLLOW_SECONDS", 0.0)
    done = run("ledger", "tail", "--follow", "--json")
    assert [json.loads(line)["seq"] for line in done.stdout.splitlines()] == [41, 43]
    assert [sent["after"] for sent in door.sent("Usina.ListLedgerRecords")] == [-10, 41, 43, 43]


def test_a_name_cannot_look_like_a_record_of_its_own_or_move_the_cursor(
    run: Run, door: ScriptedDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = "arn:aws:sts::111122223333:assumed-role/r/x\n42  2027-01-15  outcome  of 41  done\x1b[2J\x9b1A"
    gone = failure("ServiceUnavailableException", "gone")
    told = {"records": [{**INTENT, "principal": evil}]}
    monkeypatch.setattr(ledger, "_FOLLOW_SECONDS", 0.0)
    for options in ((), ("--follow",)):
        door.tell("Usina.ListLedgerRecords", told, gone)
        shown = run("ledger", "tail", *options).stdout
        lines = shown.splitlines()
        assert len([line for line in lines if line.startswith("4")]) == 1, lines
        assert not {"\x1b", "\x9b"} & set(shown)
