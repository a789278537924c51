"""Workloads and people with a real identity provider, and programs that know nothing of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.journeys.provider import CLIENT, Provider, address_in, browse
from tests.journeys.running import USINA, bare_environment, wait_until
from usina.client.kit import read_env

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.journeys.running import Factory

ADA = {"email": "ada@example.internal", "email_verified": True, "groups": ["ml"]}
BOB = {"groups": ["ml"]}
WHO = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
ASK = """
import boto3, sys
answer = boto3.client("bedrock-runtime").converse(
    modelId=sys.argv[1], messages=[{"role": "user", "content": [{"text": "Say a word."}]}],
    inferenceConfig={"maxTokens": 8})
print(answer["output"]["message"]["content"][0]["text"])
"""


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with Provider(tmp_path_factory.mktemp("provider")) as running:
        running.people({"ada": ADA, "bob": BOB})
        yield running


def people_settings(provider: Provider) -> str:
    """What site.toml says of the provider."""
    return (
        f'[identity]\nauthorities = "{provider.authority}"\n'
        f'[people]\nissuer = "{provider.issuer}"\nclient_id = "{CLIENT}"\nsession_seconds = 900\n'
        f'[egress]\nidentity-provider = ["localhost:{provider.port}"]\n'
    )


@pytest.fixture(scope="module")
def site(provider: Provider, new_factory: Callable[..., Factory]) -> Factory:
    factory = new_factory(people_settings(provider))
    granted = factory.command("people", "grant", "ml", "--role", "developer")
    assert granted.returncode == 0, granted.stderr
    return factory


@pytest.fixture
def kit(site: Factory, tmp_path: Path) -> Path:
    """A kit without keys, as anybody may have it."""
    made = site.command("client-kit", "--people", "--to", str(tmp_path / "kit"))
    assert made.returncode == 0, made.stderr
    assert not (tmp_path / "kit" / "credentials").exists()
    return tmp_path / "kit"


def environment(site: Factory, kit: Path, **more: str) -> dict[str, str]:
    return bare_environment(site.home) | read_env((kit / "env").read_text()) | more


def run(site: Factory, kit: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, env=environment(site, kit, **more), timeout=120, check=False
    )


def sign_in(site: Factory, kit: Path, provider: Provider, who: str, *options: str) -> subprocess.CompletedProcess[str]:
    """`usina login`, and a person in a browser."""
    command = [str(USINA), "login", "--authority", str(provider.authority), *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(site, kit)
    )
    assert process.stderr is not None
    told = ""
    while "https://" not in told:
        line = process.stderr.readline()
        assert line, told
        told += line
    browse(provider, address_in(told), who)
    output, error = process.communicate(timeout=120)
    return subprocess.CompletedProcess(command, process.returncode, output, told + error)


def test_a_workload_reaches_a_model_with_a_token_file_and_no_key(
    site: Factory, kit: Path, provider: Provider, model: str, tmp_path: Path
) -> None:
    audience, name = "sts.amazonaws.com", provider.issuer.removeprefix("https://")
    made = site.program(
        *("aws", "iam", "create-open-id-connect-provider", "--url", provider.issuer, "--client-id-list", audience)
    )
    assert made.returncode == 0, made.stderr
    arn = json.loads(made.stdout)["OpenIDConnectProviderArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": arn},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{name}:sub": "workload", f"{name}:aud": audience}},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": statement})
    made = site.program("aws", "iam", "create-role", "--role-name", "pods", "--assume-role-policy-document", trust)
    assert made.returncode == 0, made.stderr
    rights = "arn:aws:iam::aws:policy/AmazonBedrockFullAccess"
    attached = site.program("aws", "iam", "attach-role-policy", "--role-name", "pods", "--policy-arn", rights)
    assert attached.returncode == 0, attached.stderr
    token = tmp_path / "token"
    token.write_text(provider.workload_token())
    role = json.loads(made.stdout)["Role"]["Arn"]
    as_pod = {"AWS_ROLE_ARN": role, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ROLE_SESSION_NAME": "pod-1"}
    who = run(site, kit, sys.executable, "-c", WHO, **as_pod)
    assert who.stdout.strip().endswith(":assumed-role/pods/pod-1"), who.stderr
    assert run(site, kit, sys.executable, "-c", ASK, model, **as_pod).stdout.strip()
    cli = run(site, kit, "aws", "sts", "get-caller-identity", **as_pod)
    assert json.loads(cli.stdout)["Arn"].endswith(":assumed-role/pods/pod-1"), cli.stderr
    token.write_text(provider.workload_token()[:-8] + "AAAAAAAA")
    refused = run(site, kit, sys.executable, "-c", WHO, **as_pod)
    assert "InvalidIdentityToken" in refused.stderr


def test_a_person_signs_in_with_a_browser_and_programs_use_the_session(
    site: Factory, kit: Path, provider: Provider, model: str
) -> None:
    before = run(site, kit, str(USINA), "models", "list")
    assert before.returncode == 1
    assert "usina login" in before.stderr
    done = sign_in(site, kit, provider, "ada", "--no-browser")
    assert done.returncode == 0, done.stderr
    assert "signed in as ada@example.internal: developer in " in done.stdout
    assert oct((kit / "login.json").stat().st_mode & 0o777) == "0o600"
    assert run(site, kit, str(USINA), "models", "list").returncode == 0
    who = run(site, kit, sys.executable, "-c", WHO)
    assert who.stdout.strip().endswith(":assumed-role/developer/ada@example.internal"), who.stderr
    assert run(site, kit, sys.executable, "-c", ASK, model).stdout.strip()
    cli = run(site, kit, "aws", "sts", "get-caller-identity")
    assert "ada@example.internal" in cli.stdout, cli.stderr
    assert run(site, kit, str(USINA), "keys", "list").returncode == 1  # a developer sees no keys
    assert run(site, kit, str(USINA), "logout").stdout == "signed out\n"
    assert run(site, kit, sys.executable, "-c", WHO).returncode == 1


def test_a_person_without_a_browser_signs_in_with_a_code_on_another_machine(
    site: Factory, kit: Path, provider: Provider
) -> None:
    done = sign_in(site, kit, provider, "bob", "--device")
    assert done.returncode == 0, done.stderr
    assert "signed in as bob: developer" in done.stdout


def test_a_session_is_renewed_from_the_provider_and_ends_with_the_person_there(
    site: Factory, kit: Path, provider: Provider
) -> None:
    assert sign_in(site, kit, provider, "ada", "--no-browser").returncode == 0
    first = age(kit)
    begun = time.time()  # two tokens that one provider issues in one second may be one and the same
    wait_until(lambda: time.time() > begun + 1, 10, "the next second")
    renewed = run(site, kit, str(USINA), "credentials")
    assert renewed.returncode == 0, renewed.stderr
    assert json.loads(renewed.stdout)["AccessKeyId"] != first
    assert run(site, kit, sys.executable, "-c", WHO).returncode == 0
    age(kit)
    provider.people({"bob": BOB})
    try:
        gone = run(site, kit, str(USINA), "credentials")
        assert gone.returncode == 1
        assert "usina login" in gone.stderr
        assert not (kit / "login.json").exists()
    finally:
        provider.people({"ada": ADA, "bob": BOB})


def age(kit: Path) -> str:
    """Let the kept session look as if its time were over; its key."""
    kept = json.loads((kit / "login.json").read_text())
    kept["expires_at"] = time.time() - 1
    (kit / "login.json").write_text(json.dumps(kept))
    return str(kept["access_key_id"])


def test_who_is_removed_at_the_site_has_no_session_from_then_on(site: Factory, kit: Path, provider: Provider) -> None:
    assert sign_in(site, kit, provider, "bob", "--no-browser").returncode == 0
    assert run(site, kit, sys.executable, "-c", WHO).returncode == 0
    removed = site.command("people", "remove", "bob")
    assert removed.returncode == 0, removed.stderr
    assert "InvalidClientTokenId" in run(site, kit, sys.executable, "-c", WHO).stderr
    again = sign_in(site, kit, provider, "bob", "--no-browser")
    assert again.returncode == 1
    assert "may not sign in" in again.stderr
    listed = json.loads(site.command("people", "list", "--json").stdout)
    assert {each["name"]: each["removed"] for each in listed}["bob"] is True
    assert site.command("people", "restore", "bob").returncode == 0
    assert sign_in(site, kit, provider, "bob", "--no-browser").returncode == 0


def test_a_provider_that_changed_its_keys_is_believed_at_once(site: Factory, kit: Path, provider: Provider) -> None:
    assert sign_in(site, kit, provider, "ada", "--no-browser").returncode == 0
    provider.stop()
    provider.start()  # with other keys
    provider.people({"ada": ADA, "bob": BOB})

    def signed_in() -> bool:
        return sign_in(site, kit, provider, "ada", "--no-browser").returncode == 0

    wait_until(signed_in, 120, "a sign-in with the new keys")
