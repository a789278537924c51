"""Signatures made by botocore, over whatever a request may look like, are found right."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import boto3
import pytest
from botocore.config import Config
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sovereignty.signing import PATIENT, received, refused, sign, signed_site
from usina.sovereignty.identity import Authenticator
from usina.sovereignty.signature.v4 import signing_key

if TYPE_CHECKING:
    from usina.core.operation import Received

_SITE = asyncio.run(signed_site())
_SESSION = asyncio.run(
    _SITE.keyring.session(
        asyncio.run(_SITE.authenticator.authenticate(sign(_SITE.credentials))).principal, "developer", "me", 3600
    )
)
_SESSION_CREDENTIALS = Credentials(_SESSION.access_key_id, _SESSION.secret_access_key, _SESSION.session_token)

# What can stand in a URL: any text as botocore's serialiser would quote it, and what is odd already on the wire.
_quoted = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).map(
    lambda text: quote(text, safe="~")
)
_odd = st.sampled_from(["", ".", "..", "a.b", "~", "%2F", "%2f", "%25", "a%20b", "a+b", "(x)!*'", "a:b@c", ",;=", "$&"])
_segments = st.lists(_quoted | _odd, max_size=5)
_words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(lambda text: quote(text, safe="-_.~"))
_queries = st.lists(st.tuples(_words, _words), max_size=5).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
)
_values = st.text(
    st.characters(codec="latin-1", exclude_categories=["Cc", "Zs"], include_characters=" "), max_size=20
) | st.sampled_from(["  two  blanks ", "a\tb", "a,b", '"quoted  text"', "=?#"])


def proved(request: Received, service: str | None = None) -> str:
    authenticator = Authenticator(_SITE.keyring, _SITE.clock, PATIENT)
    return asyncio.run(authenticator.authenticate(request, service)).principal.name


@given(_segments, _queries, st.lists(_values, max_size=3), st.binary(max_size=64), st.sampled_from(["bedrock", "s3"]))
@settings(max_examples=300, deadline=None)
def test_any_path_query_header_and_body_that_botocore_signs_is_proved(
    segments: list[str], query: str, values: list[str], body: bytes, service: str
) -> None:
    path = "/" + "/".join(segments) + (f"?{query}" if query else "")
    headers = {f"X-Amz-Meta-{number}": value for number, value in enumerate(values)}
    assert proved(sign(_SITE.credentials, "PUT", path, body=body, headers=headers, service=service), service) == "ada"


@given(
    _segments,
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
        max_size=4,
    ),
)
@settings(max_examples=150, deadline=None)
def test_any_parameters_that_botocore_signs_are_proved(segments: list[str], params: dict[str, str]) -> None:
    request = sign(_SITE.credentials, "GET", "/" + "/".join(segments), params=params)
    assert proved(request) == "ada"


@given(_segments, _queries, st.sampled_from(["sts", "s3"]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_url_that_botocore_presigns_is_proved(segments: list[str], query: str, service: str, session: bool) -> None:
    credentials = _SESSION_CREDENTIALS if session else _SITE.credentials
    path = "/" + "/".join(segments) + (f"?{query}" if query else "")
    request = sign(credentials, "GET", path, service=service, presigned_seconds=60)
    assert proved(request, service) == ("me" if session else "ada")


@pytest.mark.parametrize("query", ["a=2&a=1&a=10&A=0", "a=&b&=c&b=", "q=a%20b&q=a+b", "x=%C3%BC&x=%E2%98%83", "k=v=w"])
def test_repeated_empty_and_encoded_query_keys_are_proved(query: str) -> None:
    assert proved(sign(_SITE.credentials, "GET", f"/things?{query}")) == "ada"


def test_repeated_headers_are_folded_in_their_order() -> None:
    request = sign(_SITE.credentials, headers={"X-Amz-List": "one,two words,three"})
    apart = [(name, value) for name, value in request.headers if name != "x-amz-list"]
    apart += [("x-amz-list", "one"), ("x-amz-list", "  two words "), ("x-amz-list", "three")]
    assert proved(replace(request, headers=tuple(apart))) == "ada"
    turned = replace(request, headers=(*apart[:-3], apart[-1], apart[-2], apart[-3]))
    asyncio.run(refused(_SITE.authenticator, turned))


# --- whole clients --------------------------------------------------------------------------------------------------


class _SentError(Exception):
    """Enough: the request is made."""


def sent_by(client: Any, operation: str, **arguments: Any) -> Received:
    """The request that a client of boto3 would send."""
    sent: list[Received] = []

    def stop(request: Any, **_: Any) -> None:
        sent.append(received(request))
        raise _SentError

    client.meta.events.register("before-send", stop)
    with pytest.raises(_SentError):
        getattr(client, operation)(**arguments)
    return sent[0]


def client(service: str, scheme: str = "http", credentials: Credentials | None = None, **config: Any) -> Any:
    credentials = credentials or _SITE.credentials
    return boto3.client(
        service,
        region_name="eu-west-1",
        endpoint_url=f"{scheme}://factory.internal:8080",
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.token,
        config=Config(retries={"total_max_attempts": 1}, **config),
    )


_ARN = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/a b+c%2F\N{SNOWMAN}"
_KEYS = ["plain", "a b/c+d/(e)!*'/\N{SNOWMAN}~", "../up//down/./", "%2F%25", "trailing/"]


@pytest.mark.parametrize("credentials", [_SITE.credentials, _SESSION_CREDENTIALS], ids=["key", "session"])
def test_what_clients_of_boto3_send_is_proved(credentials: Credentials) -> None:
    bedrock = client("bedrock-runtime", credentials=credentials)
    messages = [{"role": "user", "content": [{"text": "grüße"}]}]
    proved(sent_by(bedrock, "converse", modelId=_ARN, messages=messages), "bedrock-runtime")
    proved(sent_by(client("sts", credentials=credentials), "get_caller_identity"), "sts")
    proved(sent_by(client("sagemaker", credentials=credentials), "list_models"), "sagemaker")
    proved(sent_by(client("cloudwatch", credentials=credentials), "list_metrics"), "cloudwatch")
    proved(sent_by(client("bedrock", credentials=credentials), "list_foundation_models", byProvider="x y"), "bedrock")


@pytest.mark.parametrize("key", _KEYS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_objects_of_s3_with_odd_names_are_proved_and_come_out_of_their_framing(key: str, scheme: str) -> None:
    s3 = client("s3", scheme)
    put = sent_by(s3, "put_object", Bucket="b", Key=key, Body=b"some bytes", Metadata={"note": "two  blanks"})
    framing = put.header("x-amz-content-sha256") == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    assert framing == (scheme == "https")
    authenticator = Authenticator(_SITE.keyring, _SITE.clock, PATIENT)
    assert asyncio.run(authenticator.authenticate(put, "s3")).payload == b"some bytes"
    proved(sent_by(client("s3", scheme), "list_objects_v2", Bucket="b", Prefix=key, Delimiter="/"), "s3")


# --- known values ---------------------------------------------------------------------------------------------------


def test_a_signing_key_is_that_of_the_documentation() -> None:
    # "Examples of how to derive a signing key", AWS General Reference
    key = signing_key(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830/us-east-1/iam/aws4_request")
    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
