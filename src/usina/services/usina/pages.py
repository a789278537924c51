"""Listings in pages. A token is the last name of the page before, so that a page stands while rows come and go."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, TypeVar

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")
PAGE = 100  # items, where the caller does not say


def page(
    items: Iterable[T], name: Callable[[T], str], most: int | None, token: str | None
) -> tuple[list[T], str | None]:
    """At most `most` items in order of `name`, those behind `token` only, and the token of the next page, if any.

    Raises:
        ValidationError: the token is none of ours.
    """
    after = "" if token is None else _name_of(token)
    count = most or PAGE
    rest = sorted((item for item in items if name(item) > after), key=name)
    if len(rest) <= count:
        return rest, None
    return rest[:count], base64.urlsafe_b64encode(name(rest[count - 1]).encode()).decode()


def _name_of(token: str) -> str:
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise ValidationError("nextToken is not one that this operation gave: list again without it") from None
