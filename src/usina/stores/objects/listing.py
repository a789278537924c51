"""Listings: keys in the order of their UTF-8 bytes, common prefixes folded into one.

A page reads as many rows as it shows, and jumps over a common prefix by the index instead of
reading what lies under it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from usina.core.objects import Page
from usina.stores.objects.entries import LISTED, listed_entry
from usina.stores.schema import OBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from usina.core.objects import Asked, Entry

_C = OBJECTS.c
_LAST = 0x10FFFF
_SURROGATES = 0xD800, 0xDFFF
_AT_ONCE = 1_001


def behind(prefix: str) -> str | None:
    """The least text that is above every text with that prefix; None where there is none."""
    for index in range(len(prefix) - 1, -1, -1):
        following = ord(prefix[index]) + 1
        if following <= _LAST:
            if following == _SURROGATES[0]:
                following = _SURROGATES[1] + 1
            return prefix[:index] + chr(following)
    return None


def list_page(connection: Connection, bucket: str, asked: Asked) -> Page:
    """One page, and whether there is more."""
    entries: list[Entry] = []
    prefixes: list[str] = []
    after = after_version = ""
    for entry, prefix in _found(connection, bucket, asked):
        if len(entries) + len(prefixes) == asked.most:
            return Page(tuple(entries), tuple(prefixes), truncated=True, after=after, after_version=after_version)
        if prefix:
            prefixes.append(prefix)
            after, after_version = prefix, ""
        else:
            entries.append(entry)
            after, after_version = entry.key, entry.version
    return Page(tuple(entries), tuple(prefixes))


def _found(connection: Connection, bucket: str, asked: Asked) -> Iterator[tuple[Entry, str]]:
    """Entries, or common prefixes, in order."""
    start, inclusive, age = _begin(connection, bucket, asked)
    end = behind(asked.prefix) if asked.prefix else None
    while True:
        rows = _rows(connection, bucket, asked, start=start, inclusive=inclusive, age=age, end=end)
        jump: str | None = None
        for row in rows:
            entry = listed_entry(row)
            if jump is not None and entry.key < jump:
                continue
            prefix = _common(entry.key, asked)
            if prefix:
                following = behind(prefix)
                yield entry, prefix
                if following is None:
                    return
                jump = following
            else:
                jump = None
                yield entry, ""
        if len(rows) < _size(asked):
            return
        last = rows[-1]
        if jump is not None and last.key < jump:
            start, inclusive, age = jump, True, None
        else:
            start, inclusive, age = last.key, False, last.age if asked.versions else None


def _common(key: str, asked: Asked) -> str:
    if not asked.delimiter:
        return ""
    at = key.find(asked.delimiter, len(asked.prefix))
    return "" if at < 0 else key[: at + len(asked.delimiter)]


def _begin(connection: Connection, bucket: str, asked: Asked) -> tuple[str, bool, int | None]:
    """Key to begin at, whether it is shown itself, and in it the age above which versions are shown."""
    start, inclusive, age = asked.after, False, None
    if start and _common(start, asked) == start:
        following = behind(start)  # a common prefix that was listed: nothing under it comes again
        if following is not None:
            start, inclusive = following, True
    elif asked.versions and asked.after_version:
        query = sa.select(_C.age).where(_C.bucket == bucket, _C.key == start, _C.version == asked.after_version)
        age = connection.execute(query).scalar_one_or_none()
    if start < asked.prefix:
        start, inclusive, age = asked.prefix, True, None
    return start, inclusive, age


def _size(asked: Asked) -> int:
    return min(_AT_ONCE, asked.most + 1)


def _rows(
    connection: Connection,
    bucket: str,
    asked: Asked,
    *,
    start: str,
    inclusive: bool,
    age: int | None,
    end: str | None,
) -> Sequence[Any]:
    query = sa.select(*LISTED, _C.age).where(_C.bucket == bucket)
    if not asked.versions:
        query = query.where(_C.shown == 1)
    if age is not None:
        query = query.where(sa.tuple_(_C.key, _C.age) > sa.tuple_(sa.literal(start), sa.literal(age)))
    elif start:
        query = query.where(_C.key >= start if inclusive else _C.key > start)
    if end is not None:
        query = query.where(_C.key < end)
    order = (_C.key, _C.age) if asked.versions else (_C.key,)
    return connection.execute(query.order_by(*order).limit(_size(asked))).all()
