"""Whatever is altered in a signed request, it is refused; and no refusal tells a secret."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sovereignty.signing import (
    PATIENT,
    bearer_request,
    refused,
    sign,
    signed_site,
    tweak_authorization,
    with_header,
)
from usina.core.limits import DEFAULT_LIMITS
from usina.sovereignty.identity import Authenticator

if TYPE_CHECKING:
    from usina.core.operation import Received

SKEW = DEFAULT_LIMITS.clock_skew_seconds


_SITE = asyncio.run(signed_site())


def _signed() -> Received:
    """A request that was signed now: a whole run of tests takes longer than a signature holds."""
    return sign(
        _SITE.credentials,
        path="/model/a%3Ab%2Fc/converse?q=%C3%BC&q=2&empty=",
        body=b'{"messages": []}',
        headers={"Content-Type": "application/json", "X-Amz-Meta": "some text"},
    )


def _flip(text: str, index: int, bit: int) -> str:
    return text[:index] + chr(ord(text[index]) ^ 1 << bit) + text[index + 1 :]


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_one_flipped_bit_anywhere_in_what_is_signed_is_refused(data: st.DataObject) -> None:
    signed = _signed()
    names = [name for name, _ in signed.headers if name not in {"user-agent", "content-length"}]
    where = data.draw(st.sampled_from(["method", "path", "query", "body", *names]))
    bit = data.draw(st.integers(0, 6))
    headers = dict(signed.headers)
    parts = {"method": signed.method, "path": signed.raw_path, "query": signed.raw_query}
    text = parts.get(where) or headers.get(where) or signed.body.decode()
    altered = _flip(text, data.draw(st.integers(0, len(text) - 1)), bit)
    request = {
        "method": lambda: replace(signed, method=altered),
        "path": lambda: replace(signed, raw_path=altered),
        "query": lambda: replace(signed, raw_query=altered),
        "body": lambda: replace(signed, body=altered.encode()),
    }.get(where, lambda: with_header(signed, where, altered))()

    async def check() -> None:
        authenticator = Authenticator(_SITE.keyring, _SITE.clock, PATIENT)
        assert (await authenticator.authenticate(signed)).principal.name == "ada"
        await refused(Authenticator(_SITE.keyring, _SITE.clock, PATIENT), request)

    asyncio.run(check())


async def test_no_secret_is_in_a_message_or_a_representation() -> None:
    site = await signed_site()
    session = await site.keyring.session(
        (await site.authenticator.authenticate(sign(site.credentials))).principal, "developer", "me", 900
    )
    request = sign(Credentials(session.access_key_id, session.secret_access_key, session.session_token))
    await site.authenticator.authenticate(request)
    secrets = [site.access.secret, site.bearer.secret, session.secret_access_key, session.session_token]
    signature = (request.header("authorization") or "").rpartition("=")[2]
    said = [
        repr(site.keyring.kept(site.access.card.id)),
        repr(await site.keyring.find_session(session.access_key_id, session.session_token)),
    ]
    for altered in (
        replace(request, raw_path="/other"),
        with_header(request, "x-amz-security-token", session.session_token[:-4] + "AAAA"),
        tweak_authorization(request, signature, "0" * 64),
        bearer_request(site.bearer.secret[:-8] + "AAAAAA=="),
        bearer_request("bedrock-api-key-" + site.bearer.secret),
    ):
        error = await refused(site.authenticator, altered)
        said += [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
    for secret in [*secrets, signature, "sealed"]:
        assert not [text for text in said if secret in text]
