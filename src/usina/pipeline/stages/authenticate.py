"""Received -> Authenticated: who is asking, proved; or known, where the factory itself asks for a role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usina import wire
from usina.pipeline.proofs import Authenticated

if TYPE_CHECKING:
    from usina.core.operation import Principal, Received
    from usina.sovereignty.identity import Authenticator
    from usina.wire import Target


# SDKs do not sign these: the token in their arguments is the proof.
_BY_TOKEN = frozenset({("sts", "AssumeRoleWithWebIdentity"), ("usina", "SignIn")})


async def authenticate(received: Received, target: Target, authenticator: Authenticator) -> Authenticated:
    """Check the signature or key.

    Raises:
        SignatureError: the caller could not be proved; nothing is known about them.
    """
    if (target.service, target.operation) in _BY_TOKEN and not authenticator.is_signed(received):
        who = await _by_token(received, target, authenticator)
        return Authenticated(received, target, who, received.body, "web-identity")
    proof = await authenticator.authenticate(received, target.service or None)
    return Authenticated(received, target, proof.principal, proof.payload, proof.method, proof.stream)


async def _by_token(received: Received, target: Target, authenticator: Authenticator) -> Principal:
    asked = wire.parse(target, received, received.body)
    if target.operation == "SignIn":
        role, account = asked.get("role", ""), asked.get("account", "")
        return await authenticator.person(asked["idToken"], role, account, received.peer)
    return await authenticator.web_identity(asked["RoleArn"], asked["WebIdentityToken"], received.peer)


def of_ours(received: Received, target: Target, role: Principal) -> Authenticated:
    """A request that the factory makes for a role that it was handed. It came over no wire: nothing to prove."""
    return Authenticated(received, target, role, received.body, "service")
