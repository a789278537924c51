"""Received -> Authenticated: who is asking, proved; or known, where the factory itself asks for a role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usina.pipeline.proofs import Authenticated

if TYPE_CHECKING:
    from usina.core.operation import Principal, Received
    from usina.sovereignty.identity import Authenticator
    from usina.wire import Target


async def authenticate(received: Received, target: Target, authenticator: Authenticator) -> Authenticated:
    """Check the signature or key.

    Raises:
        SignatureError: the caller could not be proved; nothing is known about them.
    """
    proof = await authenticator.authenticate(received, target.service or None)
    return Authenticated(received, target, proof.principal, proof.payload, proof.method, proof.stream)


def of_ours(received: Received, target: Target, role: Principal) -> Authenticated:
    """A request that the factory makes for a role that it was handed. It came over no wire: nothing to prove."""
    return Authenticated(received, target, role, received.body, "service")
