"""Listings in SageMaker's way: filters on name and times, an order, pages by a token that says where one ended."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from usina.core.ports import Json

PAGE = 10  # of a listing that is asked for no other size
_OTHER_ORDER = "The value of NextToken is of a listing in another order."


def page(
    items: Sequence[Json], asked: Mapping[str, Any], order: Callable[[Json], Any], name: str, *, descending: bool
) -> tuple[Sequence[Json], str | None]:
    """A page of items in that order (ties by `name`), and the token of the next; None where this is the last.

    A token holds the place of the page's last item, so what is made or ends meanwhile shifts nothing.
    Raises: ValidationError where the token is none of ours.
    """
    placed = sorted((((_key(order(item)), item[name]), item) for item in items), key=lambda each: each[0])
    if descending:
        placed.reverse()
    after = _place(asked.get("NextToken"))
    if after is not None:
        if placed and isinstance(placed[0][0][0], str) != isinstance(after[0], str):
            raise ValidationError(_OTHER_ORDER)
        placed = [each for each in placed if (each[0] < after if descending else each[0] > after)]
    most = asked.get("MaxResults") or PAGE
    found = [item for _, item in placed[:most]]
    return found, token_of(placed[most - 1][0]) if len(placed) > most else None


def place_by_time(asked: Mapping[str, Any]) -> tuple[float, str] | None:
    """Where the page before ended, in a listing by creation. Raises: ValidationError."""
    found = _place(asked.get("NextToken"))
    if found is None:
        return None
    at, name = found
    if isinstance(at, str):
        raise ValidationError(_OTHER_ORDER)
    return float(at), name


def within(asked: Mapping[str, Any], prefix: str, at: float) -> bool:
    """Whether a time lies between `...After` and `...Before` of the request."""
    after, before = asked.get(f"{prefix}After"), asked.get(f"{prefix}Before")
    return (after is None or at > after.timestamp()) and (before is None or at < before.timestamp())


def _key(value: Any) -> str | float:
    return value if isinstance(value, str) else float(value)


def token_of(place: tuple[str | float, str]) -> str:
    """The token that says that a page ended there."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _place(token: str | None) -> tuple[str | float, str] | None:
    if not token:
        return None
    try:
        order, name = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError):
        raise ValidationError("The value of NextToken is invalid.") from None
    if not isinstance(order, str | float) or not isinstance(name, str):
        raise ValidationError("The value of NextToken is invalid.")
    return (order, name)
