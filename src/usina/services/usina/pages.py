"""Listings in pages. A token is the last name of the page before, so that a page stands while rows come and go."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, TypeVar

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")
PAGE = 100  # items, where the caller does not say


def page(
    items: Iterable[T],
    arguments: Mapping[str, Any],
    name: Callable[[T], str],
    describe: Callable[[T], Any],
    member: str,
) -> dict[str, Any]:
    """One page of `items` in order of `name`, as the answer of a listing whose items stand under `member`.

    Raises:
        ValidationError: the token is none of ours.
    """
    after = _name_of(arguments["nextToken"]) if "nextToken" in arguments else ""
    most: int = arguments.get("maxResults", PAGE)
    rest = sorted((item for item in items if name(item) > after), key=name)
    answer: dict[str, Any] = {member: [describe(item) for item in rest[:most]]}
    if len(rest) > most:
        answer["nextToken"] = base64.urlsafe_b64encode(name(rest[most - 1]).encode()).decode()
    return answer


def _name_of(token: str) -> str:
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise ValidationError("nextToken is not one that this operation gave: list again without it") from None
