"""Parsed -> Permitted: may this principal do this to these resources, here. The one place that makes a `Permitted`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from usina.core.errors import AccessDeniedError
from usina.pipeline.proofs import Permitted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Operation, Principal, Resource
    from usina.core.ports import Ports
    from usina.pipeline.proofs import Authenticated, Parsed
    from usina.sovereignty.policy import Decision


class Judge(Protocol):
    """Who decides: the site's policies, or these with the accounts' own."""

    def decide(
        self,
        principal: Principal,
        operation: Operation,
        resources: Sequence[Resource],
        context: Mapping[str, str | bool | int],
    ) -> Decision:
        """Judge one call; it is allowed only on every resource."""
        ...


def authorise(parsed: Parsed, policy: Judge, ports: Ports) -> Permitted:
    """Ask policy about every resource the operation touches; no resource at all is a refusal.

    Raises:
        AccessDeniedError: policy does not allow it. The message names operation and caller, not the reason inside.
    """
    operation, principal = parsed.operation, parsed.call.principal
    resources = tuple(operation.touches(parsed.call, ports))
    decision = policy.decide(principal, operation, resources, circumstances(parsed.caller))
    if not resources or not decision.allowed:
        raise AccessDeniedError(
            f"User: {principal.arn} is not authorized to perform: {operation.id}: no policy of this site allows it"
        )
    return Permitted(parsed, resources, decision.policy_ids)


def circumstances(caller: Authenticated) -> dict[str, str | bool | int]:
    """What policy may know of how a request came."""
    return {"secure": caller.received.secure, "peer": caller.received.peer, "method": caller.method}
