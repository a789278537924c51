"""S3's first signature, made by botocore: found right for S3, refused everywhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.auth import HmacV1Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from tests.sovereignty.signing import HOST, SignedSite, received, refused, sign, signed_site, with_header
from usina.core.errors import Kind

if TYPE_CHECKING:
    from usina.core.operation import Received


def presigned(site: SignedSite, credentials: Credentials, operation: str = "get_object", **arguments: Any) -> Received:
    """A URL that boto3 presigns with version 2 (its default for a custom endpoint)."""
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=HOST,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.token,
        config=Config(signature_version="s3", s3={"addressing_style": "path"}),
    )
    parameters = {"Bucket": "bucket", "Key": "a b/\N{SNOWMAN}+c", **arguments}
    url = client.generate_presigned_url(operation, Params=parameters, ExpiresIn=600)
    method = "PUT" if operation == "put_object" else "GET"
    request = received(AWSRequest(method, url).prepare())
    assert "AWSAccessKeyId=" in request.raw_query
    return request


def headed(site: SignedSite, method: str = "PUT", path: str = "/bucket/key?acl", body: bytes = b"x") -> Received:
    """A request with version 2 in its header."""
    headers = {"Content-Type": "text/plain", "X-Amz-Meta-B": "two", "X-Amz-Meta-A": "one"}
    request = AWSRequest(method, HOST + path, headers=headers, data=body)
    HmacV1Auth(site.credentials).add_auth(request)
    return received(request.prepare())


async def test_a_presigned_url_is_proved_for_s3_until_it_expires() -> None:
    site = await signed_site()
    request = presigned(site, site.credentials)
    proof = await site.authenticator.authenticate(request, "s3")
    assert (proof.principal.name, proof.method, proof.service) == ("ada", "sigv2-query", "s3")
    site.clock.advance(601)
    assert (await refused(site.authenticator, request, "s3")).error_kind is Kind.SIGNATURE_EXPIRED


async def test_a_presigned_url_with_a_version_and_response_headers_is_proved() -> None:
    site = await signed_site()
    request = presigned(site, site.credentials, VersionId="v/1+", ResponseContentType="text/plain; charset=utf-8")
    await site.authenticator.authenticate(request, "s3")
    other = replace(request, raw_query=request.raw_query.replace("text%2Fplain", "text%2Fhtml"))
    assert (await refused(site.authenticator, other, "s3")).error_kind is Kind.SIGNATURE_MISMATCH


async def test_a_presigned_upload_is_proved_with_its_type() -> None:
    site = await signed_site()
    request = with_header(
        presigned(site, site.credentials, "put_object", ContentType="text/plain"), "content-type", "text/plain"
    )
    await site.authenticator.authenticate(request, "s3")
    bare = presigned(site, site.credentials, "put_object")
    await site.authenticator.authenticate(bare, "s3")
    assert (
        await refused(site.authenticator, with_header(bare, "x-amz-acl", "public-read"), "s3")
    ).error_kind is Kind.SIGNATURE_MISMATCH


async def test_a_session_presigns_with_its_token() -> None:
    site = await signed_site()
    caller = (await site.authenticator.authenticate(sign(site.credentials))).principal
    session = await site.keyring.session(caller, None, "ada", 3600)
    credentials = Credentials(session.access_key_id, session.secret_access_key, session.session_token)
    request = presigned(site, credentials)
    assert (await site.authenticator.authenticate(request, "s3")).principal.session
    without = replace(request, raw_query=request.raw_query.replace("x-amz-security-token", "x-amz-other"))
    await refused(site.authenticator, without, "s3")


async def test_a_header_is_proved_for_s3() -> None:
    site = await signed_site()
    proof = await site.authenticator.authenticate(headed(site), "s3")
    assert (proof.principal.name, proof.method) == ("ada", "sigv2-header")
    site.clock.advance(301)
    assert (await refused(site.authenticator, headed(site), "s3")).error_kind is Kind.SIGNATURE_EXPIRED


@pytest.mark.parametrize("service", [None, "bedrock-runtime", "sts", ""])
async def test_no_other_service_takes_version_2(service: str | None) -> None:
    site = await signed_site()
    for request in (headed(site), presigned(site, site.credentials)):
        assert (await refused(site.authenticator, request, service)).error_kind is Kind.SIGNATURE_INCOMPLETE


async def test_what_version_2_signs_cannot_be_altered() -> None:
    site = await signed_site()
    request = headed(site)
    for altered in (
        replace(request, method="DELETE"),
        replace(request, raw_path="/bucket/other"),
        replace(request, raw_query="policy"),
        with_header(request, "content-type", "text/html"),
        with_header(request, "x-amz-meta-a", "two"),
        with_header(request, "x-amz-meta-c", "three"),
        with_header(request, "content-md5", "AAAA"),
    ):
        assert (await refused(site.authenticator, altered, "s3")).error_kind is Kind.SIGNATURE_MISMATCH


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("Expires=", "Expires=1", Kind.SIGNATURE_MISMATCH),
        ("Expires=", "Expires=x", Kind.SIGNATURE_INCOMPLETE),
        ("Expires=", "Elapses=", Kind.SIGNATURE_INCOMPLETE),
        ("Expires=", "Expires=1&Expires=", Kind.SIGNATURE_INCOMPLETE),
        ("Signature=", "Signature=A", Kind.SIGNATURE_MISMATCH),
        ("AWSAccessKeyId=AKIA", "AWSAccessKeyId=AKIB", Kind.KEY_UNKNOWN),
        ("Signature=", "Signature=%C3%BC", Kind.SIGNATURE_MISMATCH),
    ],
)
async def test_a_presigned_url_with_another_query_is_refused(old: str, new: str, kind: Kind) -> None:
    site = await signed_site()
    request = presigned(site, site.credentials)
    altered = replace(request, raw_query=request.raw_query.replace(old, new, 1))
    assert (await refused(site.authenticator, altered, "s3")).error_kind is kind


@pytest.mark.parametrize("authorization", ["AWS ", "AWS AKIA", "AWS AKIA:", "AWS AKIA:short", "AWS :" + "A" * 27 + "="])
async def test_a_header_that_is_not_whole_is_refused(authorization: str) -> None:
    site = await signed_site()
    request = with_header(headed(site), "authorization", authorization)
    assert (await refused(site.authenticator, request, "s3")).error_kind is Kind.SIGNATURE_INCOMPLETE


async def test_a_header_without_a_date_is_refused() -> None:
    site = await signed_site()
    for date in (None, "yesterday"):
        request = with_header(headed(site), "date", date)
        assert (await refused(site.authenticator, request, "s3")).error_kind is Kind.SIGNATURE_INCOMPLETE
