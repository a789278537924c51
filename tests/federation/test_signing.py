from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.sovereignty.signing import signed_site
from usina.core.operation import Received
from usina.federation.signing import AccessKey, signed

NOW = 1_800_000_000.0
PATHS = ["/model/m/converse", "/model/anthropic.m-v1%3A0/converse-stream", "/prefix/model/arn%3Aaws%3Ax%2Fy/invoke"]


@pytest.mark.parametrize("token", ["", "a-session-token"])
@pytest.mark.parametrize("path", PATHS)
def test_the_signature_is_the_one_that_botocore_makes(path: str, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    body = '{"messages":"ü"}'.encode()
    headers = {"host": "far.internal:8443", "content-type": "application/json", "accept": "application/json"}
    key = AccessKey("AKIAEXAMPLE", "a-secret", token)
    ours = signed(path, headers, body, key, region="eu-central-1", service="bedrock", now=NOW)

    moment = datetime.fromtimestamp(NOW, UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_args, **_kwargs: moment)
    digest = ours["x-amz-content-sha256"]
    request = AWSRequest("POST", f"https://far.internal:8443{path}", {**headers, "X-Amz-Content-SHA256": digest}, body)
    SigV4Auth(Credentials("AKIAEXAMPLE", "a-secret", token or None), "bedrock", "eu-central-1").add_auth(request)
    assert ours["authorization"] == request.headers["Authorization"]


async def test_a_site_believes_what_another_site_signed() -> None:
    site = await signed_site()
    path, body = PATHS[1], b"{}"
    key = AccessKey(site.access.card.id, site.access.secret)
    headers = signed(
        path, {"host": "b.internal"}, body, key, region="us-east-1", service="bedrock", now=site.clock.now()
    )
    received = Received("POST", path, "", tuple(headers.items()), body, True, "127.0.0.1", "id", site.clock.now())
    assert (await site.authenticator.authenticate(received, "bedrock-runtime")).principal.name == "ada"


def test_a_key_does_not_show_its_secret() -> None:
    assert "a-secret" not in repr(AccessKey("AKIAEXAMPLE", "a-secret", "a-secret-token"))
