"""The caller: GetCallerIdentity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usina.core.operation import Access, Resource, operation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import sts_types as t


def own_account(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    """The caller's account: what an act upon oneself touches."""
    del ports
    return (Resource("Account", call.principal.account, call.principal.account),)


@operation("sts", "GetCallerIdentity", access=Access.READ, touches=own_account)
async def get_caller_identity(
    call: Call[t.GetCallerIdentityRequest],
    ports: Ports,  # noqa: ARG001 - every handler takes them
) -> t.GetCallerIdentityResponse:
    """Who asks, as the proof of the request says."""
    who = call.principal
    return {"UserId": who.user_id, "Account": who.account, "Arn": who.arn}
