"""The AWS CLI and our own command line, as processes of their own with the kit's environment."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.running import EMBEDDING_MODEL
from usina.client.kit import read_env

if TYPE_CHECKING:
    import subprocess

    from tests.journeys.running import Factory

AWS = Path(sys.executable).with_name("aws")


@pytest.fixture
def aws(factory: Factory) -> Any:
    """Runs one AWS CLI command; gives its JSON."""
    if not AWS.is_file():
        pytest.skip("the AWS CLI is not installed in this environment")

    def run(*arguments: str) -> Any:
        done = factory.program(str(AWS), *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_the_aws_cli_converses(aws: Any, model: str) -> None:
    messages = json.dumps([{"role": "user", "content": [{"text": "Say hello."}]}])
    answer = aws(
        "bedrock-runtime", "converse", "--model-id", model, "--messages", messages, "--inference-config", "maxTokens=8"
    )
    assert answer["output"]["message"]["content"][0]["text"]


def test_the_aws_cli_knows_our_own_service(aws: Any, model: str) -> None:
    listed = {item["modelId"] for item in aws("usina", "list-models")["models"]}
    assert {model, EMBEDDING_MODEL} <= listed


def test_the_aws_cli_lists_the_catalogue_and_says_who_one_is(aws: Any) -> None:
    assert aws("bedrock", "list-foundation-models", "--by-output-modality", "EMBEDDING")["modelSummaries"]
    assert aws("sts", "get-caller-identity")["Account"].isdigit()


def well(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout


def test_our_command_line_lists_models_keys_and_status(factory: Factory, model: str) -> None:
    models = json.loads(well(factory.command("models", "list", "--json")))
    assert model in json.dumps(models)
    keys = json.loads(well(factory.command("keys", "list", "--json")))
    assert "administrator" in json.dumps(keys)
    assert json.loads(well(factory.command("status", "--json")))["ready"] is True


def test_our_command_line_chats(factory: Factory) -> None:
    assert well(factory.command("chat", "Say hello.")).strip()


def test_a_key_that_is_made_works_until_it_is_revoked(factory: Factory) -> None:
    made = json.loads(well(factory.command("keys", "create", "ada", "--role", "developer", "--json")))
    key = {"AWS_ACCESS_KEY_ID": made["key"]["keyId"], "AWS_SECRET_ACCESS_KEY": made["secret"], "AWS_PROFILE": ""}
    who = (str(AWS), "sts", "get-caller-identity")
    assert json.loads(well(factory.program(*who, environment=key)))["Arn"].endswith(":user/ada")
    forbidden = factory.program(str(AWS), "usina", "list-keys", environment=key)
    assert forbidden.returncode != 0
    assert "AccessDenied" in forbidden.stderr
    well(factory.command("keys", "revoke", made["key"]["keyId"]))
    assert factory.program(*who, environment=key).returncode != 0


def test_a_kit_for_another_machine_works_from_its_own_folder(factory: Factory, tmp_path: Path) -> None:
    folder = tmp_path / "kit"
    well(factory.command("client-kit", "--to", str(folder), "--user", "bob"))
    values = read_env((folder / "env").read_text())
    identity = json.loads(well(factory.program(str(AWS), "sts", "get-caller-identity", environment=values)))
    assert identity["Arn"].endswith(":user/bob")


def test_an_alias_answers_and_says_which_model_it_was(factory: Factory, aws: Any, model: str) -> None:
    alias = "anthropic.claude-3-haiku-20240307-v1:0"
    well(factory.command("models", "alias", alias, model))
    messages = json.dumps([{"role": "user", "content": [{"text": "Say hello."}]}])
    arguments = ("--messages", messages, "--inference-config", "maxTokens=4", "--debug")
    done = factory.program(str(AWS), "bedrock-runtime", "converse", "--model-id", alias, *arguments)
    assert done.returncode == 0, done.stderr[-2000:]
    assert f"'x-usina-model': '{model}'" in done.stderr
    well(factory.command("models", "alias", alias, "--delete"))


def test_the_ledger_verifies_offline_and_finds_one_changed_byte(factory: Factory, tmp_path: Path) -> None:
    verified = well(factory.command("ledger", "verify"))
    assert verified
    copy = tmp_path / "home"
    copy.mkdir()
    shutil.copytree(factory.home / "ledger", copy / "ledger")
    for beside in ("keys", "site.toml"):
        source = factory.home / beside
        if source.is_dir():
            shutil.copytree(source, copy / beside)
    segment = max((copy / "ledger").rglob("*"), key=lambda path: path.stat().st_size if path.is_file() else 0)
    data = bytearray(segment.read_bytes())
    place = data.find(b"request")
    assert place > 0
    data[place] ^= 1
    segment.write_bytes(data)
    tampered = factory.command("ledger", "verify", "--home", str(copy))
    assert tampered.returncode == 1
