"""A person's session in a kit: renewed before its end, by one program at a time; forgotten when it is over."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from usina.client.connection import Connection
from usina.client.errors import KitError, RefusedError, SignInError
from usina.client.found import read_kit
from usina.client.kit import KitFacts, write_kit
from usina.client.login import FILE, Login, current, forget, read_login, sign_in, where_to_sign_in
from usina.client.provider import Provider, Tokens, _checked
from usina.testing.front_door import ACCOUNT, ScriptedDoor, Told, failure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = 1_800_000_000.0
LOGIN = Login(
    issuer="https://idp.example.internal",
    client_id="usina",
    scope="openid",
    authorities="",
    role="developer",
    account=ACCOUNT,
    name="ada",
    access_key_id="ASIAOLD",
    secret_access_key="old-secret",
    session_token="old-token",
    expires_at=NOW + 3_600,
    refresh_token="refresh",
)
SESSION: dict[str, Any] = {
    "person": "ONE",
    "name": "ada",
    "account": ACCOUNT,
    "role": "developer",
    "accessKeyId": "ASIANEW",
    "secretAccessKey": "new-secret",
    "sessionToken": "new-token",
    "expiresAt": NOW + 7_200,
}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[ScriptedDoor]:
    with ScriptedDoor(tmp_path) as made:
        yield made


@pytest.fixture
def kit(door: ScriptedDoor, tmp_path: Path) -> Connection:
    """A kit for people that leads to the door."""
    known = read_kit(door.kit)
    port = int(known.endpoint.rpartition(":")[2])
    facts = KitFacts("127.0.0.1", 0, port, "us-east-1", ACCOUNT, known.ca_bundle.read_text())
    write_kit(tmp_path / "people", facts, None)
    return Connection(read_kit(tmp_path / "people"))


@pytest.fixture
def renewals(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Refresh tokens that were given to the provider, which answers with others."""
    given: list[str] = []

    def renewed(_self: Provider, refresh_token: str) -> Tokens:
        given.append(refresh_token)
        return Tokens("fresh-id-token", "next-refresh")

    monkeypatch.setattr(Provider, "renewed", renewed)
    return given


def keep(kit: Connection, **changes: Any) -> None:
    (kit.kit.folder / FILE).write_text(json.dumps({**asdict(LOGIN), **changes}))


def test_a_kit_for_people_holds_no_key_and_says_how_to_get_a_session(kit: Connection) -> None:
    folder = kit.kit.folder
    assert kit.kit.for_people
    assert not (folder / "credentials").exists()
    assert f"credential_process = usina credentials --kit {folder}\n" in (folder / "config").read_text()
    assert "OPENAI_API_KEY" not in (folder / "env").read_text()


def test_a_sign_in_is_kept_for_its_owner_alone_and_sent_without_a_signature(
    kit: Connection, door: ScriptedDoor
) -> None:
    door.tell("Usina.SignIn", SESSION)
    kept = sign_in(kit, LOGIN, Tokens("id-token", "refresh-1"))
    assert read_login(kit.kit.folder) == kept
    assert (kept.access_key_id, kept.refresh_token, kept.expires_at) == ("ASIANEW", "refresh-1", NOW + 7_200)
    assert oct((kit.kit.folder / FILE).stat().st_mode & 0o777) == "0o600"
    assert "authorization" not in door.seen[-1].headers
    for secret in ("new-secret", "new-token", "refresh-1"):
        assert secret not in repr(kept)


def test_a_session_that_is_good_is_used_as_it_is(kit: Connection, door: ScriptedDoor, renewals: list[str]) -> None:
    keep(kit)
    assert current(kit, NOW).access_key_id == "ASIAOLD"
    assert not renewals
    assert not door.seen


def test_a_session_that_ends_soon_is_renewed(kit: Connection, door: ScriptedDoor, renewals: list[str]) -> None:
    keep(kit, expires_at=NOW + 60)
    door.tell("Usina.SignIn", SESSION)
    assert current(kit, NOW).access_key_id == "ASIANEW"
    assert renewals == ["refresh"]
    assert door.sent("Usina.SignIn") == [{"idToken": "fresh-id-token", "role": "developer", "account": ACCOUNT}]
    assert current(kit, NOW).refresh_token == "next-refresh"
    assert len(renewals) == 1


def test_a_session_that_the_site_refuses_to_renew_is_forgotten_when_it_is_over(
    kit: Connection, door: ScriptedDoor, renewals: list[str]
) -> None:
    door.tell("Usina.SignIn", failure("AccessDeniedException", "You may not sign in"))
    keep(kit, expires_at=NOW + 60)
    with pytest.raises(RefusedError):
        current(kit, NOW)
    assert read_login(kit.kit.folder) is not None
    with pytest.raises(RefusedError):
        current(kit, NOW + 61)
    assert read_login(kit.kit.folder) is None


def test_without_a_refresh_token_the_session_ends_at_its_time(kit: Connection) -> None:
    keep(kit, expires_at=NOW - 1, refresh_token="")
    with pytest.raises(SignInError, match="usina login"):
        current(kit, NOW)
    assert forget(kit.kit.folder) is False


def test_who_is_not_signed_in_is_told_how(kit: Connection) -> None:
    with pytest.raises(SignInError, match="usina login"):
        current(kit, NOW)


def test_a_damaged_sign_in_is_told_without_its_content(kit: Connection) -> None:
    (kit.kit.folder / FILE).write_text('{"secret_access_key": "s3cret"')
    with pytest.raises(KitError) as caught:
        current(kit, NOW)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "told",
    [
        Told(b"nobody signs in here\n", 404),
        Told(b"{", 200),
        Told({"issuer": "http://idp.internal", "client_id": "usina", "scope": "openid"}),
        Told({"issuer": "https://idp.internal"}),
    ],
    ids=["nobody", "broken", "cleartext", "short"],
)
def test_a_factory_where_nobody_signs_in_says_so(kit: Connection, door: ScriptedDoor, told: Told) -> None:
    door.tell("GET /.well-known/usina-sign-in", told)
    with pytest.raises(SignInError):
        where_to_sign_in(kit)


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "e30.e30.e30", 5, None])
def test_an_id_token_of_another_sign_in_is_refused(token: object) -> None:
    with pytest.raises(SignInError):
        _checked({"id_token": token}, "nonce")
