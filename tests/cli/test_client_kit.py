from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import pytest

from usina.cli import client_kit
from usina.client.found import read_kit, read_kit_credentials
from usina.client.kit import read_env
from usina.testing.front_door import ACCOUNT, ScriptedDoor, Told, failure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

CALLER = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::{ACCOUNT}:user/ada</Arn><UserId>AIDA</UserId><Account>{ACCOUNT}</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


def made(kind: str) -> dict[str, Any]:
    key = {"keyId": f"ID-{kind}", "kind": kind, "account": ACCOUNT, "user": "u", "roles": ["developer"]}
    return {"key": {**key, "createdAt": 1, "active": True}, "secret": f"secret-{kind}"}


@pytest.fixture(autouse=True)
def answers(door: ScriptedDoor) -> None:
    door.tell("POST /", Told(CALLER.encode(), 200, {"content-type": "text/xml"}))
    door.tell("Usina.CreateKey", made("access"), made("bearer"))


def test_a_kit_for_another_machine_has_keys_of_its_own(run: Run, door: ScriptedDoor, tmp_path: Path) -> None:
    done = run(
        "client-kit", "--to", str(tmp_path / "kit"), "--user", "train", "--role", "developer", "--role", "auditor"
    )
    assert done.exit_code == 0, done.stderr
    credentials = read_kit_credentials(tmp_path / "kit")
    assert (credentials.access_key_id, credentials.secret_access_key) == ("ID-access", "secret-access")
    assert credentials.api_key == "secret-bearer"
    assert read_kit(tmp_path / "kit").endpoint == read_kit(door.kit).endpoint
    assert [sent["kind"] for sent in door.sent("Usina.CreateKey")] == ["access", "bearer"]
    assert all(sent["user"] == "train" for sent in door.sent("Usina.CreateKey"))
    assert all(sent["roles"] == ["developer", "auditor"] for sent in door.sent("Usina.CreateKey"))


def test_secrets_are_written_and_not_shown(run: Run, tmp_path: Path) -> None:
    done = run("client-kit", "--to", str(tmp_path / "kit"))
    assert "secret-" not in done.stdout + done.stderr
    assert "ID-access" in done.stdout


def test_a_name_in_the_certificate_is_taken(run: Run, tmp_path: Path) -> None:
    assert run("client-kit", "--to", str(tmp_path / "kit"), "--host", "localhost").exit_code == 0
    assert read_kit(tmp_path / "kit").endpoint.startswith("https://localhost:")


def test_a_name_that_the_certificate_does_not_hold_is_refused_before_a_key_is_made(
    run: Run, door: ScriptedDoor, tmp_path: Path
) -> None:
    done = run("client-kit", "--to", str(tmp_path / "kit"), "--host", "factory.example.internal")
    assert done.exit_code == 1
    assert 'hostnames = ["factory.example.internal"]' in done.stderr
    assert not door.sent("Usina.CreateKey")
    assert not (tmp_path / "kit").exists()


def test_paths_name_the_place_on_the_other_machine(run: Run, tmp_path: Path) -> None:
    run("client-kit", "--to", str(tmp_path / "kit"), "--at", "/opt/usina")
    assert read_env((tmp_path / "kit" / "env").read_text())["AWS_DATA_PATH"] == "/opt/usina/models"


def test_a_name_that_leads_nowhere_from_here_is_noticed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(*_: object) -> None:
        raise OSError("no such name")

    monkeypatch.setattr(client_kit, "_check_certificate", lambda *_: None)
    monkeypatch.setattr("usina.cli.client_kit.socket.create_connection", nowhere)
    done = run("client-kit", "--to", str(tmp_path / "kit"), "--host", "factory.example.internal")
    assert done.exit_code == 0
    assert "--host" in done.stderr


def test_who_may_not_make_keys_is_told(run: Run, door: ScriptedDoor, tmp_path: Path) -> None:
    door.tell("Usina.CreateKey", failure("AccessDeniedException", "no"))
    done = run("client-kit", "--to", str(tmp_path / "kit"))
    assert done.exit_code == 1
    assert not (tmp_path / "kit").exists()


def test_the_written_ca_can_be_loaded(run: Run, tmp_path: Path) -> None:
    run("client-kit", "--to", str(tmp_path / "kit"))
    assert ssl.create_default_context(cafile=str(tmp_path / "kit" / "ca.pem")).get_ca_certs()
