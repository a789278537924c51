"""Listings in KMS's way: Limit and Marker, Truncated and NextMarker. A marker is the last name of the page before."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, TypeVar

from usina.core.errors import CallerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")


def page(
    items: Sequence[T], name: Callable[[T], str], asked: Mapping[str, Any], most: int
) -> tuple[list[T], dict[str, Any]]:
    """Items of the page that is asked for, which come in order of name, and the members that say whether more follow.

    Raises: CallerError (InvalidMarkerException).
    """
    after = "" if "Marker" not in asked else _name_of(asked["Marker"])
    rest = [item for item in items if name(item) > after]
    most = asked.get("Limit") or most
    if len(rest) <= most:
        return rest, {"Truncated": False}
    marker = base64.urlsafe_b64encode(name(rest[most - 1]).encode()).decode()
    return rest[:most], {"Truncated": True, "NextMarker": marker}


def _name_of(marker: str) -> str:
    try:
        return base64.b64decode(marker.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise CallerError(
            "The marker is not one that this operation gave; list again without it.", code="InvalidMarkerException"
        ) from None
