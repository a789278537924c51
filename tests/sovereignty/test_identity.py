"""Who is let in by which signature, and every refusal with its kind."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.sovereignty.signing import (
    ACCOUNT,
    bearer_request,
    received,
    refused,
    sign,
    signed_site,
    tweak_authorization,
    with_header,
)
from usina.core.errors import Kind
from usina.core.limits import DEFAULT_LIMITS
from usina.sovereignty.identity import Authenticator
from usina.testing.clock import VirtualClock

SKEW = DEFAULT_LIMITS.clock_skew_seconds


# --- who is let in


async def test_a_header_signature_proves_the_user_of_its_key() -> None:
    site = await signed_site()
    proof = await site.authenticator.authenticate(sign(site.credentials, body=b'{"a":1}'), "bedrock-runtime")
    assert proof.principal.arn == f"arn:aws:iam::{ACCOUNT}:user/ada"
    assert proof.principal.roles == ("developer",)
    assert proof.principal.key_id == site.access.card.id
    assert (proof.payload, proof.method, proof.service) == (b'{"a":1}', "sigv4-header", "bedrock")


async def test_a_presigned_url_proves_the_user_of_its_key() -> None:
    site = await signed_site()
    request = sign(
        site.credentials, "GET", "/", params={"Action": "GetCallerIdentity"}, service="sts", presigned_seconds=60
    )
    proof = await site.authenticator.authenticate(request, "sts")
    assert (proof.principal.name, proof.method, proof.service) == ("ada", "sigv4-query", "sts")


async def test_any_region_and_service_is_taken_where_the_request_goes_there() -> None:
    site = await signed_site()
    for region, service in [("eu-central-1", "sagemaker"), ("cn-north-1", "kms"), ("my-region-7", "bedrock")]:
        request = sign(site.credentials, service=service, region=region)
        assert (await site.authenticator.authenticate(request, service)).service == service


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
async def test_a_date_header_serves_instead_of_x_amz_date(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    site = await signed_site()
    request = sign(site.credentials, headers={"Date": "x"})
    assert request.header("x-amz-date") is None
    assert (await site.authenticator.authenticate(request)).principal.name == "ada"
    monkeypatch.undo()
    time.tzset()


class _Http2Auth(SigV4Auth):  # type: ignore[misc]  # botocore is untyped
    """Signs the host as the SDK for JavaScript does over HTTP/2."""

    def headers_to_sign(self, request: Any) -> Any:
        headers = super().headers_to_sign(request)
        headers[":authority"] = headers["host"]
        del headers["host"]
        return headers


async def test_the_host_may_be_signed_as_authority_as_http2_clients_do() -> None:
    site = await signed_site()
    prepared = AWSRequest("GET", "http://factory.internal/guardrails")
    _Http2Auth(site.credentials, "bedrock", "us-east-1").add_auth(prepared)
    request = received(prepared.prepare())
    assert "SignedHeaders=:authority;x-amz-date" in (request.header("authorization") or "")
    as_authority = with_header(with_header(request, "host", None), ":authority", "factory.internal")
    for seen in (request, as_authority):
        assert (await site.authenticator.authenticate(seen)).principal.name == "ada"
    await refused(site.authenticator, with_header(request, "host", "elsewhere.example"))
    await refused(site.authenticator, with_header(request, "host", None))


async def test_parts_of_the_authorization_header_may_come_in_any_order_and_spacing() -> None:
    site = await signed_site()
    request = sign(site.credentials, "GET")
    algorithm, _, rest = (request.header("authorization") or "").partition(" ")
    parts = rest.split(", ")
    for text in (",".join(parts), ", ".join(reversed(parts)), " ,  ".join(parts)):
        turned = with_header(request, "authorization", f"{algorithm} {text}")
        assert (await site.authenticator.authenticate(turned)).principal.name == "ada"


async def test_a_signing_key_that_is_kept_proves_the_next_request_too() -> None:
    site = await signed_site()
    for number in range(3):
        await site.authenticator.authenticate(sign(site.credentials, body=b"%d" % number))
    await refused(site.authenticator, replace(sign(site.credentials), body=b"altered"))


# --- header signatures that are refused


async def test_a_request_without_any_proof_is_refused_as_unsigned() -> None:
    site = await signed_site()
    request = with_header(sign(site.credentials), "authorization", None)
    assert (await refused(site.authenticator, request)).error_kind is Kind.SIGNATURE_MISSING


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("Credential=", "Kredential=", Kind.SIGNATURE_INCOMPLETE),
        ("SignedHeaders=", "Signed=", Kind.SIGNATURE_INCOMPLETE),
        ("Signature=", "Sig=", Kind.SIGNATURE_INCOMPLETE),
        (", Signature=", ", Credential=a, Signature=", Kind.SIGNATURE_INCOMPLETE),
        ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", Kind.SIGNATURE_INCOMPLETE),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512", Kind.SIGNATURE_INCOMPLETE),
        ("AWS4-HMAC-SHA256", "Basic", Kind.SIGNATURE_INCOMPLETE),
        ("/aws4_request", "/aws5_request", Kind.SIGNATURE_MISMATCH),
        ("/aws4_request", "", Kind.SIGNATURE_INCOMPLETE),
        ("/us-east-1/", "/us-east-2/", Kind.SIGNATURE_MISMATCH),
        ("/us-east-1/", "/\N{LATIN SMALL LETTER E WITH ACUTE}/", Kind.SIGNATURE_INCOMPLETE),
        ("SignedHeaders=host;", "SignedHeaders=", Kind.SIGNATURE_MISMATCH),
        (";x-amz-date", "", Kind.SIGNATURE_MISMATCH),
        ("SignedHeaders=host;", "SignedHeaders=host;x-missing;", Kind.SIGNATURE_MISMATCH),
        ("Signature=", "Signature=0", Kind.SIGNATURE_MISMATCH),
    ],
)
async def test_an_authorization_header_that_is_not_whole_or_not_right_is_refused(
    old: str, new: str, kind: Kind
) -> None:
    site = await signed_site()
    error = await refused(site.authenticator, tweak_authorization(sign(site.credentials), old, new))
    assert error.error_kind is kind, error.message


async def test_signature_version_4a_is_refused_with_what_to_do() -> None:
    site = await signed_site()
    request = tweak_authorization(sign(site.credentials), "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")
    assert "AWS4-HMAC-SHA256" in (await refused(site.authenticator, request)).message


async def test_the_date_of_the_scope_must_be_that_of_the_request() -> None:
    site = await signed_site()
    request = sign(site.credentials)
    day = (request.header("x-amz-date") or "")[:8]
    error = await refused(site.authenticator, tweak_authorization(request, f"/{day}/", "/20200101/"))
    assert error.error_kind is Kind.SIGNATURE_MISMATCH


@pytest.mark.parametrize("date", ["", "yesterday", "20261332T000000Z", "20260101T000000Z, 20260101T000000Z"])
async def test_a_date_that_is_none_is_refused(date: str) -> None:
    site = await signed_site()
    request = with_header(sign(site.credentials), "x-amz-date", date)
    assert (await refused(site.authenticator, request)).error_kind is Kind.SIGNATURE_INCOMPLETE


async def test_a_signature_is_good_for_five_minutes_both_ways_and_no_longer() -> None:
    site = await signed_site()
    request = sign(site.credentials, "GET")
    start = site.clock.now()
    for offset, good in [(-SKEW - 2, False), (-SKEW + 2, True), (SKEW - 2, True), (SKEW + 2, False)]:
        authenticator = Authenticator(site.keyring, VirtualClock(start + offset), DEFAULT_LIMITS)
        if good:
            await authenticator.authenticate(request)
        else:
            assert (await refused(authenticator, request)).error_kind is Kind.SIGNATURE_EXPIRED


async def test_a_wrong_secret_is_a_mismatch_and_an_unknown_key_is_said_to_be_unknown() -> None:
    site = await signed_site()
    wrong = sign(Credentials(site.access.card.id, "x" * 40))
    assert (await refused(site.authenticator, wrong)).error_kind is Kind.SIGNATURE_MISMATCH
    for key_id in ("AKIAIOSFODNN7EXAMPLE", "AKIA2222222222222222", "x", "ASIAIOSFODNN7EXAMPLE"):
        unknown = sign(Credentials(key_id, "x" * 40))
        assert (await refused(site.authenticator, unknown)).error_kind is Kind.KEY_UNKNOWN


async def test_a_bearer_key_cannot_sign() -> None:
    site = await signed_site()
    await site.authenticator.authenticate(bearer_request(site.bearer.secret))
    forged = sign(Credentials(site.bearer.card.id, site.bearer.secret))
    assert (await refused(site.authenticator, forged)).error_kind is Kind.KEY_UNKNOWN


async def test_a_header_that_aws_gives_a_meaning_must_be_signed() -> None:
    site = await signed_site()
    request = with_header(sign(site.credentials), "x-amz-target", "SageMaker.CreateModel")
    error = await refused(site.authenticator, request)
    assert error.error_kind is Kind.SIGNATURE_MISMATCH
    assert "x-amz-target" in error.message


async def test_a_signature_for_one_service_does_not_open_another() -> None:
    site = await signed_site()
    request = sign(site.credentials, service="sts")
    assert (await refused(site.authenticator, request, "bedrock-runtime")).error_kind is Kind.SIGNATURE_MISMATCH
    for service in ("bedrock", "bedrock-runtime", "bedrock-agent-runtime", "openai"):
        await site.authenticator.authenticate(sign(site.credentials, body=service.encode()), service)


async def test_two_proofs_in_one_request_are_refused() -> None:
    site = await signed_site()
    request = sign(site.credentials)
    doubled = replace(request, raw_query="X-Amz-Signature=00")
    assert (await refused(site.authenticator, doubled)).error_kind is Kind.SIGNATURE_INCOMPLETE


# --- presigned


async def test_a_presigned_url_is_good_again_and_again_until_it_expires() -> None:
    site = await signed_site()
    request = sign(site.credentials, "POST", "/", service="sts", presigned_seconds=900)
    await site.authenticator.authenticate(request)
    site.clock.advance(890)
    await site.authenticator.authenticate(request)
    site.clock.advance(11)
    assert (await refused(site.authenticator, request)).error_kind is Kind.SIGNATURE_EXPIRED


async def test_a_presigned_url_of_more_than_a_week_is_refused() -> None:
    site = await signed_site()
    request = sign(site.credentials, "GET", "/", service="sts", presigned_seconds=604_801)
    assert (await refused(site.authenticator, request)).error_kind is Kind.SIGNATURE_INCOMPLETE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("X-Amz-Expires=900", "X-Amz-Expires=901"),
        ("X-Amz-Expires=900", "X-Amz-Expires="),
        ("X-Amz-Expires=900", "X-Amz-Expires=-1"),
        ("X-Amz-Expires=900", "X-Amz-Expires=9&X-Amz-Expires=900"),
        ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders="),
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256"),
        ("X-Amz-Credential=", "X-Amz-Kredential="),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
        ("&X-Amz-Signature=", "&More=1&X-Amz-Signature="),
    ],
)
async def test_a_presigned_url_with_another_query_is_refused(old: str, new: str) -> None:
    site = await signed_site()
    request = sign(site.credentials, "GET", "/", service="sts", presigned_seconds=900)
    assert old in request.raw_query
    await refused(site.authenticator, replace(request, raw_query=request.raw_query.replace(old, new)))


async def test_the_body_of_a_presigned_request_is_signed_where_the_service_is_not_s3() -> None:
    site = await signed_site()
    request = sign(site.credentials, "POST", "/", body=b"", service="sts", presigned_seconds=900)
    assert (await refused(site.authenticator, replace(request, body=b"x"))).error_kind is Kind.SIGNATURE_MISMATCH
