"""A second factory plays the cloud: what leaves the first arrives there, signed, and both ledgers say the same."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from openai import OpenAI, RateLimitError

from tests.journeys.running import CHAT_MODEL, wait_until
from tests.journeys.test_boto3 import NO_RETRY, say
from usina.client.found import read_kit_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.journeys.running import Factory

MODEL = "cloud.far-smollm2"
ALIAS = "anthropic.claude-sonnet-4-5-20250929-v1:0"
PROMPT = "Count from one to five."
SECRET_PROMPT = "the launch code is 8814"
PUBLIC = {"usina:labels": "public"}
POLICY = """
@id("cloud.public-data")
permit (principal, action == Usina::Action::"usina:SendToCloud", resource is Usina::CloudModel)
when { resource.labels == ["public"] };

@id("cloud.internal-data-without-persons")
permit (principal, action == Usina::Action::"usina:SendToCloud", resource is Usina::CloudModel)
when { resource.labels == ["internal"] && resource.redacted };
"""


def done(factory: Factory, *arguments: str) -> str:
    ended = factory.command(*arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def records(factory: Factory, operation: str) -> list[dict[str, Any]]:
    """Intents and refusals of an operation in a factory's ledger, oldest first."""
    found = [json.loads(line) for line in done(factory, "ledger", "tail", "--json", "-n", "1000").splitlines()]
    return [each for each in found if each.get("operation") == operation]


@pytest.fixture(scope="module")
def far(factory: Factory) -> Factory:
    """The cloud: the factory that other journeys share."""
    return factory


@pytest.fixture(scope="module")
def near(far: Factory, new_factory: Callable[[], Factory], tmp_path_factory: pytest.TempPathFactory) -> Factory:
    """A site with a link to it, opened for public data."""
    site = new_factory()
    site.stop()
    toml = site.home / "site.toml"
    toml.write_text(f'[egress]\ncloud = ["127.0.0.1:{far.tls_port}"]\n{toml.read_text()}')
    (site.home / "policies" / "cloud.cedar").write_text(POLICY)
    site.start()
    made = json.loads(done(far, "keys", "create", "near", "--role", "developer", "--json"))
    secret = tmp_path_factory.mktemp("secret") / "secret"
    secret.write_text(made["secret"])
    where = ("--endpoint", f"https://127.0.0.1:{far.tls_port}", "--region", "us-east-1", "--upstream-model", CHAT_MODEL)
    credentials = ("--access-key-id", made["key"]["keyId"], "--secret-file", str(secret))
    bounds = ("--ca", str(far.home / "client" / "ca.pem"), "--max-output-tokens", "64")
    done(site, "cloud", "add", MODEL, *where, *credentials, *bounds)
    done(site, "models", "alias", ALIAS, MODEL)
    return site


@pytest.fixture(scope="module")
def runtime(near: Factory) -> Iterator[Any]:
    own = read_kit_credentials(near.home / "client")
    session = boto3.Session(own.access_key_id, own.secret_access_key, region_name="us-east-1")
    with closing(session.client("bedrock-runtime", endpoint_url=near.url, config=NO_RETRY)) as client:
        yield client


def converse(runtime: Any, text: str = PROMPT, **more: Any) -> Any:
    bounds = {"maxTokens": 24, "temperature": 0.0}
    return runtime.converse(modelId=ALIAS, messages=say(text), inferenceConfig=bounds, **more)


def test_a_converse_is_answered_from_afar_and_both_ledgers_have_the_same_digest(
    runtime: Any, near: Factory, far: Factory
) -> None:
    answer = converse(runtime, requestMetadata=PUBLIC)
    assert answer["output"]["message"]["content"][0]["text"].strip()
    assert 0 < answer["usage"]["outputTokens"] <= 24
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-usina-model"] == MODEL
    left, came = records(near, "SendToCloud")[-1], records(far, "Converse")[-1]
    assert (left["request_sha256"], left["request_bytes"]) == (came["request_sha256"], came["request_bytes"])
    assert left["destination"] == f"127.0.0.1:{far.tls_port}"
    assert (left["labels"], left["policy_ids"]) == (["public"], ["cloud.public-data"])
    assert left["cause"] == records(near, "Converse")[-1]["seq"]
    assert came["principal"].endswith("user/near")


def test_a_stream_an_invocation_and_openai_programs_are_answered_from_afar(
    runtime: Any, near: Factory, far: Factory
) -> None:
    before = len(records(near, "SendToCloud"))
    bounds = {"maxTokens": 24, "temperature": 0.0}
    asked = {"modelId": ALIAS, "messages": say(PROMPT), "inferenceConfig": bounds, "requestMetadata": PUBLIC}
    events = list(runtime.converse_stream(**asked)["stream"])
    text = "".join(event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event)
    assert text == converse(runtime, requestMetadata=PUBLIC)["output"]["message"]["content"][0]["text"]
    assert events[-1]["metadata"]["usage"]["outputTokens"] > 0

    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 24,
        "messages": [{"role": "user", "content": PROMPT}],
    }
    invoked = runtime.invoke_model(modelId=ALIAS, body=json.dumps(body), requestMetadata=json.dumps(PUBLIC))
    assert json.loads(invoked["body"].read())["content"][0]["text"].strip()

    own = read_kit_credentials(near.home / "client")
    with OpenAI(base_url=f"{near.url}/v1", api_key=own.api_key, max_retries=0) as client:
        chat = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": PROMPT}], max_tokens=8, metadata=PUBLIC
        )
        assert chat.choices[0].message.content
        response = client.responses.create(model=MODEL, input=PROMPT, max_output_tokens=8, metadata=PUBLIC)
        assert response.output_text
    assert len(records(near, "SendToCloud")) == before + 5
    assert records(far, "ConverseStream")


def test_personal_data_is_taken_out_where_policy_demands_it(runtime: Any, near: Factory) -> None:
    text = "Write to ada@example.com or +49 30 1234567 about DE89 3704 0044 0532 0130 00."
    converse(runtime, text, requestMetadata={"usina:labels": "internal"})
    left = records(near, "SendToCloud")[-1]
    assert left["redacted"] == {"EMAIL": 1, "PHONE": 1, "IBAN": 1}
    assert left["policy_ids"] == ["cloud.internal-data-without-persons"]


@pytest.mark.parametrize("metadata", [None, {"usina:labels": "secret"}, {"usina:labels": "public,secret"}], ids=str)
def test_a_refused_label_never_leaves(runtime: Any, near: Factory, far: Factory, metadata: Any) -> None:
    came = len(records(far, "Converse"))
    with pytest.raises(ClientError) as refused:
        converse(runtime, SECRET_PROMPT, **({"requestMetadata": metadata} if metadata else {}))
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert SECRET_PROMPT not in str(refused.value)
    with pytest.raises(ClientError):
        runtime.converse_stream(modelId=ALIAS, messages=say(SECRET_PROMPT))
    assert len(records(far, "Converse")) == came
    refusal = records(near, "SendToCloud")[-1]
    assert (refusal["kind"], refusal["error"]) == ("refusal", "access-denied")
    for place in (near.home / "logs", near.home / "ledger", far.home / "logs", far.home / "ledger"):
        for path in place.rglob("*"):
            assert not path.is_file() or SECRET_PROMPT.encode() not in path.read_bytes(), path


def test_a_budget_refuses_with_what_to_do_and_outlives_a_kill(runtime: Any, near: Factory, far: Factory) -> None:
    converse(runtime, requestMetadata=PUBLIC)
    used = json.loads(done(near, "cloud", "budget", "--json"))[0]
    assert (used["usedRequests"] > 0, used["usedTokens"] > 0) == (True, True)
    done(near, "cloud", "budget", "--site", "--requests", str(used["usedRequests"]))
    near.kill()
    near.start()
    assert json.loads(done(near, "cloud", "budget", "--json"))[0]["usedTokens"] == used["usedTokens"]
    came = len(records(far, "Converse"))
    with pytest.raises(ClientError) as refused:
        converse(runtime, requestMetadata=PUBLIC)
    assert refused.value.response["Error"]["Code"] == "ServiceQuotaExceededException"
    assert "00:00 UTC" in str(refused.value)
    assert len(records(far, "Converse")) == came
    tried = len(records(near, "SendToCloud"))
    own = read_kit_credentials(near.home / "client")
    with OpenAI(base_url=f"{near.url}/v1", api_key=own.api_key) as client, pytest.raises(RateLimitError):
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": PROMPT}], metadata=PUBLIC)
    assert len(records(near, "SendToCloud")) == tried + 1  # that client repeats what it is not told not to
    done(near, "cloud", "budget", "--site", "--clear")
    converse(runtime, requestMetadata=PUBLIC)


@pytest.mark.parametrize("protocol", ["openai", "bedrock"])
def test_an_api_key_does_as_well_and_openais_api_too(runtime: Any, near: Factory, far: Factory, protocol: str) -> None:
    made = json.loads(done(far, "keys", "create", "by-key", "--role", "developer", "--kind", "bearer", "--json"))
    key = near.home.parent / "secret-api-key"
    key.write_text(made["secret"])
    prefix = "/v1" if protocol == "openai" else ""
    where = ("--endpoint", f"https://127.0.0.1:{far.tls_port}{prefix}", "--protocol", protocol)
    more = ("--upstream-model", CHAT_MODEL, "--secret-file", str(key), "--ca", str(far.home / "client" / "ca.pem"))
    model = f"cloud.by-key-{protocol}"
    done(near, "cloud", "add", model, *where, *more)
    asked = {"modelId": model, "messages": say(PROMPT), "requestMetadata": PUBLIC}
    bounds = {"maxTokens": 24, "temperature": 0.0, "stopSequences": ["four"]}
    whole = runtime.converse(**asked, inferenceConfig=bounds)["output"]["message"]["content"]
    events = list(runtime.converse_stream(**asked, inferenceConfig=bounds)["stream"])
    text = "".join(event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event)
    assert text == "".join(block["text"] for block in whole)
    assert events[-1]["metadata"]["usage"]["outputTokens"] > 0
    left = records(near, "SendToCloud")[-1]
    came = records(far, "ConverseStream" if protocol == "bedrock" else "CreateChatCompletion")[-1]
    assert left["request_sha256"] == came["request_sha256"]
    assert came["principal"].endswith("user/by-key")
    done(near, "cloud", "remove", model, "--yes")


def test_what_left_is_seen_by_the_tools_of_aws(near: Factory) -> None:
    wanted = "AttributeKey=EventName,AttributeValue=SendToCloud"
    listed = near.program("aws", "cloudtrail", "lookup-events", "--lookup-attributes", wanted)
    assert listed.returncode == 0, listed.stderr
    assert json.loads(listed.stdout)["Events"]
    models = near.program("aws", "usina", "list-cloud-models")
    assert [each["modelId"] for each in json.loads(models.stdout)["models"]] == [MODEL]


def test_a_policy_that_is_taken_away_closes_the_link_while_the_factory_runs(runtime: Any, near: Factory) -> None:
    policy = near.home / "policies" / "cloud.cedar"
    policy.unlink()

    def closed() -> bool:
        try:
            converse(runtime, requestMetadata=PUBLIC)
        except ClientError as error:
            return bool(error.response["Error"]["Code"] == "AccessDeniedException")
        return False

    wait_until(closed, 60, "the link is closed")
    policy.write_text(POLICY)
    wait_until(lambda: not closed(), 60, "the link is open")


def test_a_destination_that_the_settings_do_not_name_is_not_connected_to(
    runtime: Any, near: Factory, far: Factory
) -> None:
    address = f"https://localhost:{far.tls_port}"
    asked = ("--upstream-model", CHAT_MODEL, "--protocol", "openai", "--endpoint", address, "--secret-file")
    (near.home.parent / "key").write_text("a-key")
    done(near, "cloud", "add", "cloud.unnamed", *asked, str(near.home.parent / "key"))
    with pytest.raises(ClientError, match=r"site\.toml does not name localhost"):
        runtime.converse(modelId="cloud.unnamed", messages=say(PROMPT), requestMetadata=PUBLIC)
    done(near, "cloud", "remove", "cloud.unnamed", "--yes")


def test_the_credentials_are_nowhere_in_the_clear(near: Factory, tmp_path_factory: pytest.TempPathFactory) -> None:
    secrets = [path.read_text() for path in tmp_path_factory.getbasetemp().glob("secret*/secret")]
    assert secrets
    for path in near.home.rglob("*"):
        if path.is_file() and path.suffix != ".gguf":
            assert not any(secret.encode() in path.read_bytes() for secret in secrets), path


def test_every_byte_that_left_is_listed_with_its_policy_and_its_request(near: Factory, far: Factory) -> None:
    listed = json.loads(done(near, "evidence", "egress", "--from", "2026-01-01", "--to", "2999-01-01", "--json"))
    sent = {str(each["seq"]): each for each in records(near, "SendToCloud") if each["kind"] == "intent"}
    left = [each for each in listed if each["state"] == "ended"]
    assert left
    assert {each["record"] for each in left} <= sent.keys()
    for each in left:
        request = sent[each["record"]]
        assert (each["purpose"], each["destination"]) == ("cloud", f"127.0.0.1:{far.tls_port}")
        assert each["under"].split(",") == list(request["policy_ids"])
        assert each["sent"] > request["request_bytes"]  # headers and TLS are in it
    table = done(near, "evidence", "egress", "--from", "2026-01-01", "--to", "2999-01-01")
    assert str(sum(each["sent"] for each in listed if each["destination"] == left[0]["destination"])) in table
