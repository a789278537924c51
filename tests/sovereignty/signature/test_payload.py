"""What X-Amz-Content-Sha256 says of the body is kept to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from tests.sovereignty.signing import HOST, SignedSite, received, refused, sign, signed_site
from usina.core.errors import Kind

if TYPE_CHECKING:
    from usina.core.operation import Received


def stating(site: SignedSite, stated: str, service: str, body: bytes = b"body") -> Received:
    """A signed request whose X-Amz-Content-Sha256 says that."""
    request = AWSRequest("POST", f"{HOST}/a/b", headers={"X-Amz-Content-SHA256": stated}, data=body)
    SigV4Auth(site.credentials, service, "us-east-1").add_auth(request)
    return received(request.prepare())


async def test_a_stated_hash_must_be_that_of_the_body() -> None:
    site = await signed_site()
    for stated in ("0" * 64, "", "\u00fc", "UNSIGNED"):
        request = stating(site, stated, "bedrock")
        assert (await refused(site.authenticator, request)).error_kind is Kind.PAYLOAD_MISMATCH
    right = sign(site.credentials, "PUT", "/b/k", body=b"body", service="s3")
    assert (await site.authenticator.authenticate(right, "s3")).payload == b"body"
    altered = replace(right, body=b"bodz")
    assert (await refused(site.authenticator, altered, "s3")).error_kind is Kind.PAYLOAD_MISMATCH


async def test_only_s3_takes_a_body_that_is_not_signed() -> None:
    site = await signed_site()
    unsigned = stating(site, "UNSIGNED-PAYLOAD", "s3")
    assert (await site.authenticator.authenticate(unsigned, "s3")).payload == b"body"
    assert (await refused(site.authenticator, unsigned)).error_kind is Kind.SIGNATURE_INCOMPLETE
    assert (await refused(site.authenticator, unsigned, "bedrock-runtime")).error_kind is Kind.SIGNATURE_MISMATCH
    for service in ("bedrock", "sts"):
        request = stating(site, "UNSIGNED-PAYLOAD", service)
        assert (await refused(site.authenticator, request, service)).error_kind is Kind.SIGNATURE_INCOMPLETE


async def test_nobody_turns_a_signed_body_into_an_unsigned_one() -> None:
    site = await signed_site()
    request = sign(site.credentials, "PUT", "/b/k", body=b"body", service="s3")
    headers = tuple((n, "UNSIGNED-PAYLOAD" if n == "x-amz-content-sha256" else v) for n, v in request.headers)
    altered = replace(request, headers=headers, body=b"other")
    assert (await refused(site.authenticator, altered, "s3")).error_kind is Kind.SIGNATURE_MISMATCH


async def test_the_body_of_a_presigned_s3_url_is_not_signed_but_of_another_services_is() -> None:
    site = await signed_site()
    s3 = sign(site.credentials, "PUT", "/b/k", service="s3", presigned_seconds=60)
    assert (await site.authenticator.authenticate(replace(s3, body=b"any"), "s3")).payload == b"any"
    other = sign(site.credentials, "POST", "/b/k", service="bedrock", presigned_seconds=60)
    assert (await refused(site.authenticator, replace(other, body=b"any"))).error_kind is Kind.SIGNATURE_MISMATCH
