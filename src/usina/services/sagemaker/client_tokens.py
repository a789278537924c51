"""Tokens by which a client may repeat a request: the same token makes the same thing once, across a crash too.

What a request is going to make is written under its token before it is made, so a repetition finds the name and makes
what is missing. The token of a thing that was deleted means nothing any more.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import ConflictError
from usina.core.ports import Row

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports

_TOKEN: Final = "sagemaker-token"  # noqa: S105 - the name of a kind of rows


async def claim(  # noqa: PLR0917 - what a request is known by
    kind: str, token: str, asked: Json, name: Callable[[], Awaitable[str]], call: Call[Any], ports: Ports
) -> str:
    """The name for what a request makes: a new one, or under a token that was used the one it got then.

    Raises: ConflictError where the token was used for another request, and what `name` raises.
    """
    if not token:
        return await name()
    account, digest = call.principal.account, _digest(asked)
    kept = await ports.records.get(_TOKEN, account, f"{kind}/{token}")
    if kept is None:
        body: Json = {"name": await name(), "digest": digest}
        try:
            await ports.records.put(Row(_TOKEN, account, f"{kind}/{token}", body))
            return str(body["name"])
        except ConflictError:
            kept = await ports.records.get(_TOKEN, account, f"{kind}/{token}")
    if kept is None or kept.body["digest"] != digest:
        raise ConflictError("The ClientToken was used for another request. Use a new one.", code="ConflictException")
    return str(kept.body["name"])


async def forget(kind: str, token: str, account: str, ports: Ports) -> None:
    """The thing that was made under a token is about to be deleted."""
    if token:
        await ports.records.delete(_TOKEN, account, f"{kind}/{token}")


def _digest(asked: Json) -> str:
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()
