from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from usina.testing.front_door import ScriptedDoor

    Run = Callable[..., Result]

KEY = {
    "keyId": "AKIAONE",
    "kind": "access",
    "account": "111122223333",
    "user": "eve",
    "roles": ["developer"],
    "createdAt": 1_800_000_000,
    "active": True,
}


def test_a_secret_is_shown_once_with_a_warning(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.CreateKey", {"key": KEY, "secret": "s3cret"})
    done = run("keys", "create", "eve", "--expires", "12h")
    assert "s3cret" in done.stdout
    assert "this once" in done.stderr
    assert door.sent("Usina.CreateKey") == [
        {"user": "eve", "roles": ["developer"], "kind": "access", "lifetimeSeconds": 43_200}
    ]
    made = json.loads(run("keys", "create", "eve", "--json").stdout)
    assert (made["key"]["keyId"], made["secret"]) == ("AKIAONE", "s3cret")


def test_a_role_that_no_shipped_policy_names_is_noticed(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.CreateKey", {"key": {**KEY, "roles": ["administartor"]}, "secret": "s"})
    assert "administartor" in run("keys", "create", "eve", "--role", "administartor").stderr


@pytest.mark.parametrize("expires", ["0d", "12", "h", "-1h", "1.5h"])
def test_a_time_that_is_none_is_wrong_use(run: Run, door: ScriptedDoor, expires: str) -> None:
    done = run("keys", "create", "eve", "--expires", expires)
    assert done.exit_code == 2
    assert "30d" in done.stderr
    assert not door.seen


def test_keys_are_listed_without_those_that_ended(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.ListKeys", {"keys": [KEY, {**KEY, "keyId": "AKIATWO", "active": False}]})
    assert "AKIATWO" not in run("keys", "list").stdout
    lines = run("keys", "list", "--revoked").stdout.splitlines()
    assert lines[1].startswith("AKIAONE")
    assert lines[1].split()[-3:] == ["never", "never", "active"]
    assert lines[2].endswith("ended")
    assert [key["createdAt"] for key in json.loads(run("keys", "list", "--json").stdout)] == ["2027-01-15T08:00:00Z"]


def test_a_listing_shows_when_a_key_was_last_used_and_when_it_ends(run: Run, door: ScriptedDoor) -> None:
    used = {**KEY, "lastUsedAt": 1_800_000_000, "lastUsedService": "bedrock", "expiresAt": 1_800_086_400}
    door.tell("Usina.ListKeys", {"keys": [used]})
    head, line = run("keys", "list").stdout.splitlines()
    assert "LAST USED" in head
    assert line.count("2027-01-1") == 3
    assert line.endswith("active")


def test_keys_of_all_accounts_are_asked_for_by_name(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.ListKeys", {"keys": []})
    run("keys", "list", "--all")
    run("keys", "list", "--account", "444455556666")
    assert door.sent("Usina.ListKeys") == [{"allAccounts": True}, {"account": "444455556666"}]
    assert run("keys", "list", "--all", "--account", "444455556666").exit_code == 2


def test_a_key_is_revoked_and_ones_own_is_noticed(run: Run, door: ScriptedDoor) -> None:
    door.tell("Usina.RevokeKey", {"key": {**KEY, "active": False}})
    done = run("keys", "revoke", "AKIAONE")
    assert (done.stdout, done.stderr) == ("AKIAONE is revoked\n", "")
    assert "your own client kit" in run("keys", "revoke", "AKIAEXAMPLE").stderr
