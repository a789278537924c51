"""Ids and listings of what an account makes here: jobs and models."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import ConflictError, NotFoundError, ThrottledError, ValidationError
from usina.core.ids import Arn
from usina.core.operation import Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from usina.core.errors import ApiError
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports, Row

_ID_CHARACTERS: Final = 12
_PAGE: Final = 100
_ATTEMPTS: Final = 5
_NOT_HERE: Final = "The specified resource ARN is not found: {}. Check the ARN, and that it is of this account."


def made_id(*parts: str) -> str:
    """Id of what these parts name: 12 small letters and digits. The same request again makes the same thing."""
    digest = hashlib.sha256("/".join(parts).encode()).digest()
    return base64.b32encode(digest)[:_ID_CHARACTERS].decode().lower()


def arn_of(kind: str, identifier: str, account: str, ports: Ports) -> str:
    """ARN of a thing of the account; `kind` is what stands before the id in it."""
    return str(Arn("bedrock", ports.site.region, account, f"{kind}/{identifier}"))


def touches_account(call: Call[Any], _ports: Ports) -> Sequence[Resource]:
    """The caller's account, of what lists."""
    return (Resource("Account", call.principal.account, call.principal.account),)


def named(identifier: str, kind: str, account: str) -> str:
    """The id or name that an identifier gives.

    Raises: NotFoundError where it is the ARN of another account or of another kind; what is there is not told.
    """
    arn = Arn.parse(identifier)
    if arn is None:
        return identifier
    found, _, name = arn.resource.partition("/")
    if arn.service != "bedrock" or arn.account != account or found != kind or not name:
        raise not_here(identifier)
    return name


def not_here(identifier: str) -> NotFoundError:
    """No such thing, or not the caller's to see."""
    return NotFoundError(_NOT_HERE.format(identifier))


async def change(
    ports: Ports, kind: str, account: str, name: str, edit: Callable[[Json], Json], *, missing: ApiError
) -> Row:
    """Store an edited body over the newest one of a row of that kind.

    Raises:
        ApiError: `missing` where there is no such row, and what `edit` raises.
        ThrottledError: others changed it again and again meanwhile.
    """
    for _ in range(_ATTEMPTS):
        row = await ports.records.get(kind, account, name)
        if row is None:
            raise missing
        edited = replace(row, body=edit(row.body))
        try:
            return await ports.records.put(edited)
        except ConflictError:
            continue
    raise ThrottledError("The resource is being changed by other requests. Try again.", retry_after_seconds=1.0)


def page(
    rows: Sequence[Row], asked: Mapping[str, Any], created: Callable[[Row], float]
) -> tuple[Sequence[Row], str | None]:
    """A page of rows by creation, the newest first unless asked otherwise, and the token of the next page.

    A token holds the place of the page's last row, so what is made or ends meanwhile shifts nothing.
    Raises: ValidationError where the token is none of ours.
    """
    descending = asked.get("sortOrder", "Descending") == "Descending"
    placed = sorted((((created(row), row.name), row) for row in rows), key=lambda each: each[0], reverse=descending)
    after = _place(asked.get("nextToken"))
    if after is not None:
        placed = [each for each in placed if (each[0] < after if descending else each[0] > after)]
    most = asked.get("maxResults") or _PAGE
    token = _token(placed[most - 1][0]) if len(placed) > most else None
    return [row for _, row in placed[:most]], token


def within(asked: Mapping[str, Any], prefix: str, at: float) -> bool:
    """Whether a time lies between `...After` and `...Before` of the request."""
    after, before = asked.get(f"{prefix}After"), asked.get(f"{prefix}Before")
    return (after is None or at > after.timestamp()) and (before is None or at < before.timestamp())


def answered(listed: str, items: Sequence[Json], token: str | None) -> Any:
    """The answer of a listing."""
    answer: Json = {listed: items}
    if token is not None:
        answer["nextToken"] = token
    return answer


def refuse(asked: Mapping[str, Any], reasons: Mapping[str, str]) -> None:
    """Raises: ValidationError for a member that would change what is done and is not served."""
    for member, reason in reasons.items():
        if asked.get(member):
            raise ValidationError(f"{member} is not supported by this site: {reason}. Leave it out.")


def _token(place: tuple[float, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _place(token: str | None) -> tuple[float, str] | None:
    if not token:
        return None
    try:
        at, name = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError):
        raise ValidationError("The provided nextToken is invalid.") from None
    if not isinstance(at, float) or not isinstance(name, str):
        raise ValidationError("The provided nextToken is invalid.")
    return (at, name)
