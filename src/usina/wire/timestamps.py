"""Timestamps on the wire: ISO 8601, RFC 822 (HTTP dates) and epoch seconds, to and from aware datetimes."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from usina.wire.faults import TypeFaultError

if TYPE_CHECKING:
    from collections.abc import Callable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXPECTED = "a timestamp"


def from_epoch(value: Any) -> datetime:
    """Epoch seconds (int, float or their text) as a datetime.

    Raises:
        TypeFaultError: not a number, or out of the calendar.
    """
    if isinstance(value, bool):
        raise TypeFaultError(_EXPECTED)
    try:
        seconds = float(value)
        if not math.isfinite(seconds):
            raise TypeFaultError(_EXPECTED)
        return _EPOCH + timedelta(seconds=seconds)
    except (TypeError, ValueError, OverflowError):
        raise TypeFaultError(_EXPECTED) from None


def from_iso8601(value: Any) -> datetime:
    """An ISO 8601 text as a datetime; one without an offset is in UTC.

    Raises:
        TypeFaultError: not such a text.
    """
    if not isinstance(value, str):
        raise TypeFaultError(_EXPECTED)
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise TypeFaultError(_EXPECTED) from None


def from_rfc822(value: Any) -> datetime:
    """An HTTP date as a datetime.

    Raises:
        TypeFaultError: not such a text.
    """
    if not isinstance(value, str):
        raise TypeFaultError(_EXPECTED)
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        raise TypeFaultError(_EXPECTED) from None


def from_any(value: Any) -> datetime:
    """A timestamp in whichever form a client sent it.

    Raises:
        TypeFaultError: in none of them.
    """
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    if isinstance(value, str):
        for form in (from_epoch, from_iso8601, from_rfc822):
            try:
                return form(value)
            except TypeFaultError:
                continue
        raise TypeFaultError(_EXPECTED)
    return from_epoch(value)


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return _EPOCH + timedelta(seconds=float(value))


def to_epoch(value: Any) -> int | float:
    """A datetime (or epoch seconds) as epoch seconds, whole where it is whole."""
    if not isinstance(value, datetime):
        return value if isinstance(value, int) else float(value)
    past = _moment(value) - _EPOCH
    seconds = past.days * 86_400 + past.seconds
    return seconds if not past.microseconds else (seconds * 1_000_000 + past.microseconds) / 1_000_000


def to_iso8601(value: Any) -> str:
    """A datetime (or epoch seconds) as `2026-11-23T02:00:00Z`, with a fraction only where there is one."""
    moment = _moment(value).replace(tzinfo=None)
    if not moment.microsecond:
        return moment.isoformat(timespec="seconds") + "Z"
    text = moment.isoformat(timespec="microseconds")
    return text.removesuffix("000") + "Z"


def to_rfc822(value: Any) -> str:
    """A datetime (or epoch seconds) as an HTTP date; fractions of seconds have no place in it."""
    return format_datetime(_moment(value), usegmt=True)


def writer(form: str | None, default: str) -> Callable[[Any], Any]:
    """What writes timestamps of a `timestampFormat` trait."""
    return {"unixtimestamp": to_epoch, "iso8601": to_iso8601, "rfc822": to_rfc822}[(form or default).lower()]
