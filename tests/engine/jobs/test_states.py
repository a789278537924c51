"""How what is observed of a job goes on."""

from __future__ import annotations

from usina.core.jobs import begun
from usina.engine.jobs.states import entered, over, stopping


def test_transitions_follow_each_other_without_a_gap() -> None:
    seen = over(entered(entered(begun(1.0), "Downloading", 2.0), "Training", 3.0), 4.0)
    steps = [(name, start, end) for name, start, end, _ in seen["transitions"]]
    assert steps == [("Starting", 1, 2), ("Downloading", 2, 3), ("Training", 3, 4), ("Completed", 4, 4)]
    assert (seen["status"], seen["modified"]) == ("Completed", 4.0)


def test_the_same_status_again_only_changes_its_message() -> None:
    seen = entered(entered(begun(1.0), "Pending", 2.0, "2 before"), "Pending", 3.0, "1 before")
    assert [step[0] for step in seen["transitions"]] == ["Starting", "Pending"]
    assert seen["transitions"][-1][3] == "1 before"


def test_the_first_cause_of_an_end_stays_its_cause() -> None:
    seen = stopping(stopping(begun(1.0), "time", 2.0), "stop", 3.0)
    assert (seen["cause"], seen["stopping_at"]) == ("time", 2.0)
    assert over(seen, 4.0)["secondary"] == "MaxRuntimeExceeded"
    assert over(stopping(begun(1.0), "stop", 2.0), 4.0)["secondary"] == "Stopped"


def test_a_failure_is_cut_to_what_the_service_takes() -> None:
    seen = over(begun(1.0), 2.0, "x" * 5_000)
    assert (seen["status"], len(seen["failure"])) == ("Failed", 1_024)


def test_nothing_that_was_observed_is_changed_in_place() -> None:
    first = begun(1.0)
    entered(first, "Training", 2.0)
    assert first == begun(1.0)
