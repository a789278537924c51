"""Short-term Bedrock API keys, made the way AWS's token generators make them."""

from __future__ import annotations

import base64

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.sovereignty.signing import bearer_request, refused, sign, signed_site
from usina.core.errors import Kind


def token(
    credentials: Credentials,
    *,
    seconds: int = 43_200,
    service: str = "bedrock",
    action: str = "CallWithBearerToken",
    method: str = "POST",
    host: str = "bedrock.amazonaws.com",
    end: str = "&Version=1",
) -> str:
    """A token for those credentials; the defaults are those of AWS's generators."""
    request = AWSRequest(method, f"https://{host}/", headers={"host": host}, params={"Action": action})
    SigV4QueryAuth(credentials, service, "us-west-2", expires=seconds).add_auth(request)
    address = request.url.removeprefix("https://") + end
    return "bedrock-api-key-" + base64.b64encode(address.encode()).decode()


async def test_a_token_opens_what_its_key_opens_again_and_again() -> None:
    site = await signed_site()
    made = bearer_request(token(site.credentials))
    for _ in range(3):
        proof = await site.authenticator.authenticate(made, "openai")
        assert (proof.principal.name, proof.principal.key_id) == ("ada", site.access.card.id)


async def test_a_token_of_a_session_carries_it() -> None:
    site = await signed_site()
    caller = (await site.authenticator.authenticate(sign(site.credentials))).principal
    session = await site.keyring.session(caller, "auditor", "night", 900)
    credentials = Credentials(session.access_key_id, session.secret_access_key, session.session_token)
    made = bearer_request(token(credentials))
    assert (await site.authenticator.authenticate(made)).principal.roles == ("auditor",)
    site.clock.advance(901)
    assert (await refused(site.authenticator, made)).error_kind is Kind.TOKEN_EXPIRED


async def test_a_token_ends_at_its_time_whether_it_was_seen_before_or_not() -> None:
    site = await signed_site()
    made = bearer_request(token(site.credentials, seconds=60))
    await site.authenticator.authenticate(made)
    site.clock.advance(61)
    assert (await refused(site.authenticator, made)).error_kind is Kind.TOKEN_EXPIRED
    assert (await refused(site.restarted().authenticator, made)).error_kind is Kind.TOKEN_EXPIRED


async def test_a_token_ends_with_its_key() -> None:
    site = await signed_site()
    made = bearer_request(token(site.credentials))
    await site.authenticator.authenticate(made)
    await site.keyring.revoke(site.access.card.id)
    assert (await refused(site.authenticator, made)).error_kind is Kind.KEY_UNKNOWN


async def test_a_token_of_more_than_12_hours_is_refused() -> None:
    site = await signed_site()
    made = bearer_request(token(site.credentials, seconds=43_201))
    assert (await refused(site.authenticator, made)).error_kind is Kind.SIGNATURE_INCOMPLETE


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"service": "s3"}, Kind.SIGNATURE_MISMATCH),
        ({"action": "GetCallerIdentity"}, Kind.TOKEN_INVALID),
        ({"method": "GET"}, Kind.SIGNATURE_MISMATCH),
        ({"host": "bedrock.example.com"}, Kind.TOKEN_INVALID),
        ({"end": ""}, Kind.TOKEN_INVALID),
        ({"end": "&Version=2"}, Kind.TOKEN_INVALID),
        ({"end": "&More=1&Version=1"}, Kind.SIGNATURE_MISMATCH),
    ],
)
async def test_a_token_for_something_else_is_refused(changes: dict[str, str], kind: Kind) -> None:
    site = await signed_site()
    made = token(site.credentials, **changes)  # type: ignore[arg-type]  # names of text parameters only
    assert (await refused(site.authenticator, bearer_request(made))).error_kind is kind


async def test_a_token_with_one_character_changed_is_refused() -> None:
    site = await signed_site()
    made = token(site.credentials)
    prefix = len("bedrock-api-key-")
    for index in range(prefix, len(made) - 2, 7):
        changed = made[:index] + ("A" if made[index] != "A" else "B") + made[index + 1 :]
        await refused(site.authenticator, bearer_request(changed))


async def test_a_token_of_a_key_that_is_not_ours_is_refused() -> None:
    site = await signed_site()
    made = bearer_request(token(Credentials("AKIAIOSFODNN7EXAMPLE", "x" * 40)))
    assert (await refused(site.authenticator, made)).error_kind is Kind.KEY_UNKNOWN
