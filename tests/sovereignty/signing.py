"""A site with one account and keys, and requests that botocore signed for it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from usina.core.clock import SystemDice
from usina.core.errors import SignatureError
from usina.core.limits import DEFAULT_LIMITS
from usina.core.operation import Received
from usina.sovereignty.identity import Authenticator
from usina.sovereignty.keyring import SiteKeyring
from usina.testing.clock import VirtualClock
from usina.testing.records import MemoryRecords

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.ports import NewKey

ACCOUNT = "123456789012"
HOST = "http://factory.internal:8080"
SITE_KEY = bytes(range(32))
# These tests fail on purpose, again and again, from one address.
PATIENT = replace(DEFAULT_LIMITS, failed_proofs_per_key=10**9, failed_proofs_per_address=10**9)


class RealTime(VirtualClock):
    """The real time, which botocore signs, and what a test moves it by. It runs: a site may be older than a skew."""

    def now(self) -> float:
        return time.time() + self.monotonic()


@dataclass
class SignedSite:
    """Keyring and authenticator over rows in memory, at the real time."""

    clock: VirtualClock
    records: MemoryRecords
    keyring: SiteKeyring
    authenticator: Authenticator
    access: NewKey
    bearer: NewKey

    @property
    def credentials(self) -> Credentials:
        """The access key as botocore takes it."""
        return Credentials(self.access.card.id, self.access.secret)

    def restarted(self) -> SignedSite:
        """The same rows and site key in a new process."""
        keyring = SiteKeyring(self.records, SITE_KEY, self.clock, SystemDice())
        return replace(self, keyring=keyring, authenticator=Authenticator(keyring, self.clock, PATIENT))


async def signed_site(roles: Sequence[str] = ("developer",)) -> SignedSite:
    """A site whose account has an access key and a bearer key of one user."""
    clock, records = RealTime(), MemoryRecords()
    keyring = SiteKeyring(records, SITE_KEY, clock, SystemDice())
    authenticator = Authenticator(keyring, clock, PATIENT)
    access = await keyring.create("access", ACCOUNT, "ada", roles, None)
    bearer = await keyring.create("bearer", ACCOUNT, "ada", roles, None)
    return SignedSite(clock, records, keyring, authenticator, access, bearer)


def sign(
    credentials: Credentials,
    method: str = "POST",
    path: str = "/model/m/converse",
    *,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    params: dict[str, str] | None = None,
    service: str = "bedrock",
    region: str = "us-east-1",
    presigned_seconds: int | None = None,
) -> Received:
    """A request signed by botocore, as the door would read it."""
    request = AWSRequest(method, HOST + path, headers=headers or {}, data=body, params=params or {})
    auth: Any
    if presigned_seconds is not None:
        kind = S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth
        auth = kind(credentials, service, region, expires=presigned_seconds)
    else:
        auth = (S3SigV4Auth if service == "s3" else SigV4Auth)(credentials, service, region)
    auth.add_auth(request)
    return received(request.prepare())


def received(prepared: Any) -> Received:
    """A prepared request of botocore as the door would read it: names in lower case, bytes as Latin-1, with a host."""
    url = urlsplit(prepared.url)
    headers = [(name.lower(), _text(value)) for name, value in prepared.headers.items()]
    if "host" not in dict(headers):
        headers.insert(0, ("host", url.netloc))
    body = prepared.body or b""
    if hasattr(body, "read"):
        body = body.read()
    return Received(
        prepared.method,
        url.path or "/",
        url.query,
        tuple(headers),
        body.encode() if isinstance(body, str) else bytes(body),
        secure=False,
        peer="127.0.0.1",
        request_id="00000000-0000-4000-8000-000000000000",
        received_at=0.0,
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value.encode().decode("latin-1")


def with_header(request: Received, name: str, value: str | None) -> Received:
    """The request with a header set to something else, or taken away (None)."""
    others = [header for header in request.headers if header[0] != name]
    return replace(request, headers=tuple(others if value is None else [*others, (name, value)]))


def bearer_request(token: str) -> Received:
    """A request that carries a bearer token."""
    headers = (("host", "factory.internal"), ("authorization", f"Bearer {token}"))
    return Received("POST", "/v1/chat/completions", "", headers, b"{}", True, "127.0.0.1", "r", 0.0)


async def refused(authenticator: Authenticator, request: Received, service: str | None = None) -> SignatureError:
    """The error with which a request is refused."""
    with pytest.raises(SignatureError) as caught:
        await authenticator.authenticate(request, service)
    return caught.value


def tweak_authorization(request: Received, old: str, new: str) -> Received:
    """The request with something else in its Authorization header."""
    value = request.header("authorization") or ""
    assert old in value
    return with_header(request, "authorization", value.replace(old, new, 1))
