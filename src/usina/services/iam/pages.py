"""Listings in pages, by Marker and MaxItems. A marker is the last name of the page before."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, TypeVar

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")
_PAGE = 100


def page(items: Iterable[T], name: Callable[[T], str], asked: Mapping[str, Any]) -> tuple[list[T], dict[str, Any]]:
    """Items of the page that is asked for, in order of name, and the members that say whether more follow.

    Raises:
        ValidationError: the marker is none of ours.
    """
    after = "" if "Marker" not in asked else _name_of(asked["Marker"])
    most = asked.get("MaxItems") or _PAGE
    rest = sorted((item for item in items if name(item) > after), key=name)
    if len(rest) <= most:
        return rest, {"IsTruncated": False}
    marker = base64.urlsafe_b64encode(name(rest[most - 1]).encode()).decode()
    return rest[:most], {"IsTruncated": True, "Marker": marker}


def _name_of(marker: str) -> str:
    try:
        return base64.b64decode(marker.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise ValidationError("Marker: is not one that this operation gave; list again without it.") from None
