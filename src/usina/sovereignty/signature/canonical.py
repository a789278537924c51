"""The canonical request of AWS Signature Version 4, from the bytes on the wire.

Source: "Create a signed AWS API request" in the IAM User Guide, and what botocore 1.44 and the SDK for JavaScript v3
really sign. Two readings are tried before a signature is called wrong, because clients differ and both say the same:

- `strict`: what is not encoded on the wire is encoded for the signature, as AWS writes it down; a plus sign in a query
  is a space. `as sent`: botocore signs a query that stands in the URL, and an S3 path, as they are.
- Characters beyond ASCII in headers and in a raw path: as UTF-8, or as the Latin-1 bytes of HTTP.

Every reading keeps apart what means different things, so an altered request fits none of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_plain_path = re.compile(r"[A-Za-z0-9/_.~-]*").fullmatch
_plain_query = re.compile(r"[A-Za-z0-9_.~%&=-]*").fullmatch
_blanks = re.compile(r"[ \t\r\n\f\v]+")


class Reading(NamedTuple):
    """One way to read a request that clients may have signed."""

    strict: bool
    encoding: str


USUAL = Reading(strict=True, encoding="utf-8")
_AS_SENT = Reading(strict=False, encoding="utf-8")
_LATIN = (Reading(strict=True, encoding="latin-1"), Reading(strict=False, encoding="latin-1"))


def readings(text: str) -> Iterator[Reading]:
    """The further ways to read a request whose path, query and signed headers are `text`."""
    if not text.isascii() and all(character <= "\xff" for character in text):
        yield from _LATIN
    yield _AS_SENT


def header_map(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by name, values folded: repeats joined by a comma, outer blanks cut, inner ones made one space."""
    folded: dict[str, str] = {}
    for name, raw in headers:
        value = raw.strip(" \t")
        if "  " in value or "\t" in value:
            value = _blanks.sub(" ", value)
        if name in folded:
            value = f"{folded[name]},{value}"
        folded[name] = value
    return folded


def canonical_path(raw_path: str, *, verbatim: bool, reading: Reading = USUAL) -> str:
    """The path as it is signed. `verbatim`: S3, where it is neither normalised nor encoded a second time."""
    if verbatim:
        if not reading.strict or _plain_path(raw_path):
            return raw_path or "/"
        return quote(raw_path, safe="/~%", encoding=reading.encoding)
    path = raw_path or "/"
    if "//" in path or "/." in path:
        path = _without_dots(path)
    return path if _plain_path(path) else quote(path, safe="/~", encoding=reading.encoding)


def _without_dots(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    return f"/{'/'.join(kept)}{'/' if kept and path.endswith('/') else ''}"


def canonical_query(raw_query: str, *, without: str = "", reading: Reading = USUAL) -> str:
    """The query as it is signed: pairs in order of name and value, without the parameter that holds the signature."""
    if not raw_query:
        return ""
    query = raw_query
    encode = reading.strict and not _plain_query(query)
    pairs = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name == without and without:
            continue
        if encode or (reading.strict and "=" in value):
            name, value = _encoded(name, reading.encoding), _encoded(value, reading.encoding)
        pairs.append((name, value))
    if len(pairs) > 1:
        pairs.sort()
    return "&".join([f"{name}={value}" for name, value in pairs])


def _encoded(text: str, encoding: str) -> str:
    return quote(text.replace("+", "%20"), safe="-_.~%", encoding=encoding)


def canonical_headers(headers: Mapping[str, str], signed_headers: str) -> str:
    """The signed headers, and their names again. Raises: KeyError where one of them is not there."""
    lines = "\n".join([f"{name}:{headers[name]}" for name in signed_headers.split(";")])
    return f"{lines}\n\n{signed_headers}"
