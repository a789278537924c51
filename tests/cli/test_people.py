"""`usina people`: what it asks of the front door, and what a person sees."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from usina.testing.front_door import ScriptedDoor

    Run = Callable[..., Result]

ADA = {
    "person": "PERSONONE",
    "name": "ada",
    "issuer": "https://idp.example.internal",
    "subject": "ada",
    "groups": ["ml"],
    "firstSeenAt": 1_800_000_000,
    "lastSeenAt": 1_800_000_000,
    "removed": False,
}
GIVEN = {"group": "ml", "account": "111122223333", "role": "developer"}


def test_people_are_listed(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.ListPeople", {"people": [ADA, {**ADA, "name": "bob", "removed": True}]})
    lines = run("people", "list").stdout.splitlines()
    assert lines[1].split()[:3] == ["PERSONONE", "ada", "ml"]
    assert lines[1].endswith("active")
    assert lines[2].endswith("removed")
    assert [each["name"] for each in json.loads(run("people", "list", "--json").stdout)] == ["ada", "bob"]


def test_a_person_is_removed_and_restored_by_name_or_id(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.ListPeople", {"people": [ADA]})
    door.tell("Usina.RemovePerson", {"person": {**ADA, "removed": True}})
    door.tell("Usina.RestorePerson", {"person": ADA})
    assert "all sessions have ended" in run("people", "remove", "ada").stdout
    assert run("people", "restore", "PERSONONE").exit_code == 0
    assert door.sent("Usina.RemovePerson") == door.sent("Usina.RestorePerson") == [{"person": "PERSONONE"}]
    unknown = run("people", "remove", "nobody")
    assert unknown.exit_code == 1
    assert "usina people list" in unknown.stderr


def test_roles_of_groups_are_given_listed_and_taken(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.PutGroupRole", {"groupRole": GIVEN})
    door.tell("Usina.ListGroupRoles", {"groupRoles": [GIVEN]})
    door.tell("Usina.DeleteGroupRole", {})
    given = run("people", "grant", "ml", "--role", "developer")
    assert given.stdout == "ml may act as developer in 111122223333\n"
    assert run("people", "groups").stdout.splitlines()[1].split() == ["ml", "111122223333", "developer"]
    assert json.loads(run("people", "groups", "--all", "--json").stdout) == [GIVEN]
    assert run("people", "groups", "--all", "--account", "111122223333").exit_code == 2
    taken = run("people", "withdraw", "ml", "--role", "developer", "--account", "111122223333")
    assert "go on to their end" in taken.stderr
    assert door.sent("Usina.DeleteGroupRole") == [GIVEN]
    assert run("people", "grant", "ml").exit_code == 2
