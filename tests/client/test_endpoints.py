"""With the kit loaded, the real botocore turns to the factory for every service that it knows, and to nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from usina.client.kit import KitCredentials, KitFacts, env_values, write_kit
from usina.testing.front_door import ScriptedDoor

if TYPE_CHECKING:
    from pathlib import Path

    from botocore.awsrequest import AWSResponse

HOST = "localhost:8443"
FACTS = KitFacts("localhost", 8080, 8443, "us-east-1", "111122223333", "")
REGIONS = ("us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "my-own-region")


@pytest.fixture(autouse=True)
def no_keys_of_the_outer_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    credentials = KitCredentials("AKIAEXAMPLE", "secret", "key")
    write_kit(tmp_path, FACTS, credentials)
    for name, value in env_values(FACTS, credentials, tmp_path).items():
        monkeypatch.setenv(name, value)
    return Session()


def client(session: Session, service: str, region: str = "us-east-1", **config: Any) -> Any:
    # Without a check of certificates no CA file is read, and no request is sent here.
    return session.create_client(service, region_name=region, verify=False, config=Config(**config))


class ElsewhereError(Exception):
    """Stops a request before it leaves."""


def address_of(made: Any, operation: str, **parameters: Any) -> str:
    """Where a request would go."""
    asked: list[str] = []

    def stop(request: Any, **_: Any) -> AWSResponse:
        asked.append(request.url)
        raise ElsewhereError

    made.meta.events.register("before-send", stop)
    with pytest.raises(ElsewhereError):
        getattr(made, operation)(**parameters)
    return urlsplit(asked[0]).netloc


@pytest.mark.slow
def test_every_service_leads_to_the_factory(session: Session) -> None:
    elsewhere = {}
    for service in session.get_available_services():
        try:
            url = client(session, service).meta.endpoint_url
        except BotoCoreError as error:
            url = repr(error)
        if urlsplit(url).netloc != HOST:
            elsewhere[service] = url
    assert not elsewhere


@pytest.mark.parametrize("region", REGIONS)
def test_the_tables_lead_to_the_factory_in_every_region(session: Session, region: str) -> None:
    resolver = session.get_component("endpoint_resolver")
    for prefix in ("sts", "s3", "bedrock-runtime", "api.sagemaker", "runtime.sagemaker", "iam", "usina", "any.other"):
        assert resolver.construct_endpoint(prefix, region)["hostname"] == HOST


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("bedrock", "list_foundation_models", {}),
        ("bedrock-runtime", "converse", {"modelId": "arn:aws:bedrock:eu-west-1::foundation-model/a.b", "messages": []}),
        ("sts", "get_caller_identity", {}),
        ("s3", "list_buckets", {}),
        ("s3", "head_object", {"Bucket": "my-bucket", "Key": "k"}),
        ("sagemaker", "list_models", {}),
        ("sagemaker-runtime", "invoke_endpoint", {"EndpointName": "e", "Body": b""}),
        ("iam", "list_roles", {}),
        ("logs", "start_live_tail", {"logGroupIdentifiers": ["arn:aws:logs:us-east-1:111122223333:log-group:g"]}),
        ("usina", "list_models", {}),
    ],
)
def test_a_request_goes_to_the_factory(
    session: Session, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    assert address_of(client(session, service), operation, **parameters) == HOST


def test_a_host_that_begins_with_the_account_ends_with_the_factory(session: Session) -> None:
    host = address_of(client(session, "s3control"), "list_jobs", AccountId="111122223333")
    assert host == f"111122223333.{HOST}"


@pytest.mark.parametrize("service", ["bedrock-runtime", "bedrock", "sagemaker", "s3", "kms"])
def test_a_client_that_ignores_configured_endpoints_reaches_nobody(session: Session, service: str) -> None:
    made = client(session, service, ignore_configured_endpoint_urls=True)
    host = urlsplit(made.meta.endpoint_url).hostname
    assert host == "localhost" or host.endswith(".usina.invalid")


def test_addresses_and_switches_of_an_outer_shell_do_not_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = KitCredentials("AKIAEXAMPLE", "secret", "key")
    write_kit(tmp_path, FACTS, credentials)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9000")
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "https://bedrock.example.com")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    for name, value in env_values(FACTS, credentials, tmp_path).items():
        monkeypatch.setenv(name, value)
    for service in ("s3", "bedrock-runtime"):
        assert urlsplit(client(Session(), service).meta.endpoint_url).netloc == HOST


def test_the_keys_are_those_of_the_kit(session: Session) -> None:
    credentials = session.get_credentials()
    assert (credentials.access_key, credentials.token) == ("AKIAEXAMPLE", None)


def test_programs_that_ask_where_a_service_is_are_told_this_site(session: Session) -> None:
    assert session.get_available_regions("bedrock-runtime") == ["us-east-1"]
    assert session.get_available_partitions() == ["aws"]
    assert session.get_partition_for_region("eu-central-1") == "aws"


def test_image_names_keep_their_form(session: Session) -> None:
    resolver = session.get_component("endpoint_resolver")
    assert resolver.construct_endpoint("ecr", "us-east-1")["hostname"] == "ecr.us-east-1.amazonaws.com"


def test_boto_speaks_to_a_factory_with_the_kit_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from usina.client.kit import read_env

    with ScriptedDoor(tmp_path) as door:
        door.tell("Usina.ListModels", {"models": []})
        for name, value in read_env((door.kit / "env").read_text("utf-8")).items():
            monkeypatch.setenv(name, value)
        made = Session().create_client("usina")
        assert made.list_models()["models"] == []
        made.close()
    assert "AKIAEXAMPLE/" in door.seen[0].headers["authorization"]
