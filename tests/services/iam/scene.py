"""A front door in this process for botocore's own clients: real signatures, keys, policies and ledger; fake engines."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.session import Session
from urllib3 import HTTPHeaderDict, HTTPResponse

from tests.sovereignty.signing import PATIENT
from usina.core.clock import SystemClock, SystemDice
from usina.core.operation import Received
from usina.core.ports import Site
from usina.pipeline.run import Pipeline
from usina.services import operations
from usina.sovereignty.iam.joined import open_iam
from usina.sovereignty.identity import Authenticator
from usina.sovereignty.keyring import SiteKeyring
from usina.sovereignty.ledger import Ledger
from usina.sovereignty.oidc.provider_keys import ProviderKeys
from usina.sovereignty.oidc.web_identity import WebIdentities
from usina.sovereignty.people.signing_in import LoginSettings, SigningIn
from usina.sovereignty.people.site import SitePeople
from usina.sovereignty.policy import Policy, install_shipped
from usina.testing.oidc import FakeProvider
from usina.testing.records import MemoryRecords
from usina.testing.world import ACCOUNT, world

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from botocore.awsrequest import AWSPreparedRequest

    from usina.core.ports import Ports

ADDRESS = "http://127.0.0.1:8080"
OTHER = "444455556666"
MODEL = "arn:aws:bedrock:us-east-1::foundation-model/huggingfacetb.smollm2-135m-instruct"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return allow(action, resource, **more) | {"Effect": "Deny"}


def trust(**principal: Any) -> str:
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


class Scene:
    """A site while it is entered. Requests go the whole way of the pipeline, on a loop of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.records = MemoryRecords()
        self.site = Site(account=ACCOUNT)
        self.keyring = SiteKeyring(self.records, bytes(32), SystemClock(), SystemDice())
        self.peer = "127.0.0.1"
        self.provider = FakeProvider(SystemClock())
        self.signing_in: SigningIn
        self.ports: Ports
        self._pipeline: Pipeline
        self._ledger: Ledger

    def run(self, act: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(act, self._loop).result(60)

    def __enter__(self) -> Self:
        self._thread.start()
        self.run(self._open())
        return self

    async def _open(self) -> None:
        clock, served = SystemClock(), operations()
        install_shipped(self._folder / "policies")
        rules = Policy.load(self._folder / "policies", served, clock, self.site)
        made = world(self.records)
        iam = await open_iam(self.records, rules, served, clock, self.site, buckets=made.buckets)
        (self._folder / "keys").mkdir(mode=0o700)
        self._ledger = Ledger.open_folder(
            self._folder / "ledger", self._folder / "keys" / "ledger.key", clock, site=self.site.name
        )
        self.ports = replace(
            made,
            site=self.site,
            clock=clock,
            dice=SystemDice(),
            keyring=self.keyring,
            ledger=self._ledger,
            iam=iam.port,
            people=SitePeople(self.records, self.keyring, clock, 3_600.0),
        )
        web = WebIdentities(self.records, ProviderKeys(self.provider, clock), clock)
        login = LoginSettings(self.provider.issuer, "usina")
        people = self.signing_in = SigningIn(login, ProviderKeys(self.provider, clock), self.ports.people, clock)
        authenticator = Authenticator(self.keyring, clock, PATIENT, web=web, people=people)
        self._pipeline = Pipeline(authenticator, served, iam.judge, self._ledger, self.ports, lambda _seen: None)

    def __exit__(self, *_: object) -> None:
        self.run(self._ledger.shutdown())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def use(self, authenticator: Authenticator) -> Authenticator:
        """Let callers be proved in another way; gives the one before."""
        before = self._pipeline.authenticator
        self._pipeline = replace(self._pipeline, authenticator=authenticator)
        return before

    def as_site(self, *roles: str, account: str = ACCOUNT, user: str = "root") -> Clients:
        made = self.run(self.keyring.create("access", account, user, roles, None))
        return Clients(self, made.card.id, made.secret)

    def ledger(self) -> list[dict[str, Any]]:
        return [dict(record) for record in self.run(self._ledger.tail(after=-1_000, most=1_000))]

    def answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        path, _, query = request.url.removeprefix(ADDRESS).partition("?")
        headers = tuple(
            (name.lower(), value.decode() if isinstance(value, bytes) else str(value))
            for name, value in request.headers.items()
        )
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else bytes(body)
        clock = SystemClock()
        received = Received(
            request.method, path, query, headers, body, False, self.peer, f"r-{clock.monotonic()}", clock.now()
        )
        reply = self.run(self._pipeline.answer(received))
        assert isinstance(reply.body, bytes)
        raw = HTTPResponse(io.BytesIO(reply.body), HTTPHeaderDict(reply.headers), reply.status, preload_content=False)
        return AWSResponse(request.url, reply.status, raw.headers, raw)


class Clients:
    """botocore's clients with one set of credentials."""

    def __init__(self, scene: Scene, key_id: str, secret: str, token: str | None = None) -> None:
        self._scene = scene
        self.key_id = key_id
        self._credentials = (key_id, secret, token)
        self._made: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        if service not in self._made:
            session = Session()
            session.set_credentials(*self._credentials)
            client = session.create_client(
                service,
                region_name="us-east-1",
                endpoint_url=ADDRESS,
                config=Config(retries={"total_max_attempts": 1}),
            )
            client.meta.events.register("before-send", self._scene.answer)
            client.meta.events.register("before-sign", _host)
            self._made[service] = client
        return self._made[service]

    def assume(self, role: str, session: str = "work", **more: Any) -> Clients:
        answer = self("sts").assume_role(RoleArn=role, RoleSessionName=session, **more)
        got = answer["Credentials"]
        return Clients(self._scene, got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])

    def converse(self, model: str = MODEL) -> str:
        """`yes`, or the code of the refusal."""
        from botocore.exceptions import ClientError

        try:
            self("bedrock-runtime").converse(modelId=model, messages=[{"role": "user", "content": [{"text": "hello"}]}])
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "yes"


def _host(request: Any, **_: Any) -> None:
    """The host that a client would send on the wire, so that what is signed is what is received."""
    request.headers["Host"] = ADDRESS.removeprefix("http://")
