"""Each of our operations as a program meets it: botocore's client, our codec, the handler, and the way back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.session import Session

from usina import wire
from usina.core.errors import ApiError
from usina.core.operation import Received
from usina.services import operations
from usina.testing.catalogue import CHAT, EMBEDDING
from usina.testing.world import FakeLedgerView, call_of, world
from usina.wire.models import OWN_MODELS

if TYPE_CHECKING:
    from usina.core.ports import Ports

REQUEST_ID = "11111111-2222-4333-8444-555555555555"
RECORD = {"seq": 1, "kind": "intent", "request_id": "r-1", "time": 1.5, "nested": {"deep": [1, None, "x"]}}


@pytest.fixture
def ports() -> Ports:
    return world(ledger=FakeLedgerView([RECORD]), aliases={"nice": CHAT.id})


@pytest.fixture
def client(ports: Ports) -> Any:
    session = Session()
    session.register_component("data_loader", Loader(extra_search_paths=[str(OWN_MODELS)]))
    made = session.create_client(
        "usina",
        region_name="us-east-1",
        endpoint_url="http://localhost:1",
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="example",
        config=Config(parameter_validation=False),  # what we refuse is to reach us
    )

    def answer(request: Any, **_: Any) -> AWSResponse:
        headers = tuple((name.lower(), _text(value)) for name, value in request.headers.items())
        received = Received(
            request.method, "/", "", headers, request.body, secure=True, peer="", request_id=REQUEST_ID, received_at=0.0
        )
        reply = asyncio.run(_serve(received, ports))
        raw = type("Raw", (), {"stream": lambda *_args, **_more: iter([reply.body])})()
        return AWSResponse(request.url, reply.status, dict(reply.headers), raw)

    made.meta.events.register("before-send.usina", answer)
    return made


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


async def _serve(received: Received, ports: Ports) -> wire.Reply:
    target = wire.route(received)
    assert target.service == "usina"
    try:
        call = call_of(wire.parse(target, received, received.body))
        operation = operations()[target.service, target.operation]
        assert operation.touches(call, ports)
        return wire.serialise(target, await operation.handle(call, ports), REQUEST_ID)
    except ApiError as error:
        return wire.serialise_error(target, error, REQUEST_ID)


def test_models_keep_their_numbers_and_times(client: Any) -> None:
    chat, embedding = client.list_models()["models"]
    assert (chat["modelId"], chat["contextTokens"], chat["tools"], chat["aliases"]) == (
        CHAT.id,
        CHAT.context_tokens,
        True,
        ["nice"],
    )
    assert chat["createdAt"].timestamp() == CHAT.created_at
    assert "embeddingDimensions" not in chat
    assert embedding["embeddingDimensions"] == EMBEDDING.embedding_dimensions


def test_pages_are_followed_by_the_paginator(client: Any) -> None:
    pages = list(client.get_paginator("list_models").paginate(PaginationConfig={"PageSize": 1}))
    assert [page["models"][0]["modelId"] for page in pages] == [CHAT.id, EMBEDDING.id]


def test_the_waiters_see_what_they_wait_for(client: Any) -> None:
    client.get_waiter("factory_ready").wait(WaiterConfig={"MaxAttempts": 1})
    client.get_waiter("model_ready").wait(modelId=CHAT.id, WaiterConfig={"MaxAttempts": 1})


def test_a_model_comes_and_goes(client: Any) -> None:
    source = {"kind": "file", "location": "/data/big.gguf"}
    assert client.import_model(source=source, modelId="acme.big")["model"]["modelId"] == "acme.big"
    assert client.describe_model(modelId="acme.big")["model"]["source"] == "/data/big.gguf"
    assert client.remove_model(modelId="acme.big")["modelId"] == "acme.big"
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_model(modelId="acme.big")


def test_an_alias_comes_and_goes(client: Any) -> None:
    assert client.put_alias(alias="other", modelId="nice")["alias"]["modelId"] == CHAT.id
    assert [entry["alias"] for entry in client.list_aliases()["aliases"]] == ["nice", "other"]
    client.delete_alias(alias="other")
    assert client.enable_shipped_aliases()["aliases"][0]["alias"] == "@aws"
    assert client.disable_shipped_aliases()["aliases"] == [{"alias": "nice", "modelId": CHAT.id}]
    with pytest.raises(client.exceptions.ConflictException):
        client.put_alias(alias=EMBEDDING.id, modelId=CHAT.id)


def test_a_key_comes_and_goes(client: Any) -> None:
    made = client.create_key(user="eve", roles=["developer"], lifetimeSeconds=60)
    assert made["secret"]
    assert (made["key"]["expiresAt"] - made["key"]["createdAt"]).total_seconds() == 60
    assert [key["keyId"] for key in client.list_keys(allAccounts=True)["keys"]] == [made["key"]["keyId"]]
    assert client.revoke_key(keyId=made["key"]["keyId"])["key"]["active"] is False


def test_status_and_engines_are_told(client: Any) -> None:
    status = client.get_status()
    assert status["ready"] is True
    assert status["engines"] == client.list_engines()["engines"]


def test_the_ledger_comes_as_it_is_written(client: Any) -> None:
    assert client.list_ledger_records(after=-1)["records"] == [RECORD]
    assert client.get_ledger_proof(recordId="r-1")["proof"]["record"] == RECORD
    assert client.get_ledger_head()["head"]["size"] == 1


@pytest.mark.parametrize(
    ("operation", "arguments", "named"),
    [
        ("create_key", {"user": "", "roles": ["developer"]}, "user"),
        ("create_key", {"user": "a b", "roles": ["developer"]}, "user"),
        ("create_key", {"user": "eve", "roles": []}, "roles"),
        ("create_key", {"user": "eve", "roles": ["developer"], "account": "12"}, "account"),
        ("create_key", {"user": "eve", "roles": ["developer"], "lifetimeSeconds": 0}, "lifetimeSeconds"),
        ("create_key", {"user": "eve", "roles": ["developer"], "kind": "magic"}, "kind"),
        ("list_models", {"maxResults": 0}, "maxResults"),
        ("list_models", {"nextToken": "%%%"}, "nextToken"),
        ("put_alias", {"alias": "@aws", "modelId": CHAT.id}, "alias"),
        ("import_model", {"source": {"kind": "pickle", "location": "/x"}}, "kind"),
        ("import_model", {"source": {"kind": "file", "location": "/x"}, "modelId": "No Dots"}, "modelId"),
    ],
)
def test_what_is_out_of_bounds_is_named(client: Any, operation: str, arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(ClientError, match=named) as told:
        getattr(client, operation)(**arguments)
    assert told.value.response["Error"]["Code"] == "ValidationException"
    assert told.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
