"""Sessions of a user: GetSessionToken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.errors import AccessDeniedError
from usina.core.operation import Access, operation
from usina.services.sts.caller import own_account

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call
    from usina.core.ports import Ports, SessionCredentials
    from usina.shapes import sts_types as t

_DEFAULT_SECONDS = 43_200  # 12 hours; AWS's default and, by the service model, 15 minutes to 36 hours


def describe(session: SessionCredentials) -> t.Credentials:
    """Credentials as STS writes them."""
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "SessionToken": session.session_token,
        "Expiration": utc(session.expires_at),
    }


def refuse_mfa(arguments: Mapping[str, Any]) -> None:
    """There are no MFA devices here, so no code of one is right. Raises: AccessDeniedError."""
    if "SerialNumber" in arguments or "TokenCode" in arguments:
        raise AccessDeniedError("MultiFactorAuthentication failed: this site has no MFA devices; leave the code out.")


@operation("sts", "GetSessionToken", access=Access.WRITE, touches=own_account)
async def get_session_token(call: Call[t.GetSessionTokenRequest], ports: Ports) -> t.GetSessionTokenResponse:
    """Credentials of the caller that end by themselves, and with the key they came from.

    Raises: AccessDeniedError where the caller is a session itself, as AWS has it: nobody renews a session forever.
    """
    refuse_mfa(call.arguments)
    if call.principal.session:
        raise AccessDeniedError("Cannot call GetSessionToken with session credentials")
    lifetime_seconds = call.arguments.get("DurationSeconds", _DEFAULT_SECONDS)
    session = await ports.keyring.session(call.principal, None, call.principal.name, lifetime_seconds)
    return {"Credentials": describe(session)}
