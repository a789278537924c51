"""Request URIs of a REST service: from a method and a raw path to the operation and its labels.

Labels are cut out of the raw path and unquoted afterwards, since a model's ARN comes with `%3A` and `%2F`. Operations
that share method and path (S3 has dozens) are told apart by the query and headers that they require.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.wire.models import Model

_MOST_KEPT = 1_024  # decided paths, per service
_LONGEST_KEPT = 512  # characters of a path worth keeping
_LABEL = re.compile(r"\{([^}+]+)(\+?)\}")


@dataclass(frozen=True, slots=True)
class UriPattern:
    """One operation's URI."""

    operation: str
    expression: re.Pattern[str]
    names: tuple[str, ...]  # of the labels, in order
    literal: int  # characters that are not labels: the more, the more particular
    query: tuple[tuple[str, str | None], ...]  # parts of the query that name the operation
    needed_query: tuple[str, ...]  # members that the operation requires in its query
    needed_headers: tuple[str, ...]
    slash: bool  # whether the model's URI ends in one
    deprecated: bool


class UriTable:
    """The URIs of one service."""

    def __init__(self, model: Model) -> None:
        # By method, number of slashes and last part; empty where the last part is a label.
        self._fixed: dict[tuple[str, int, str], list[UriPattern]] = {}
        self._greedy: dict[str, list[UriPattern]] = {}
        # What only method and path decided, of late: most requests name one of a few models.
        self._decided: dict[tuple[str, str, bool], tuple[str, Mapping[str, str]]] = {}
        for operation, definition in model.operations.items():
            http = definition.get("http", {})
            request_uri = http.get("requestUri", "/")
            method = http.get("method", "POST")
            pattern = _pattern(model, operation, request_uri)
            path = request_uri.partition("?")[0]
            if "+}" in path:
                self._greedy.setdefault(method, []).append(pattern)
            else:
                before, _, last = path.rstrip("/").rpartition("/")
                key = (method, before.count("/"), "" if "{" in last else last)
                self._fixed.setdefault(key, []).append(pattern)

    def find(
        self,
        method: str,
        raw_path: str,
        query: Callable[[], Mapping[str, str]],
        headers: Callable[[str], str | None],
        *,
        exact: bool,
    ) -> tuple[str, Mapping[str, str]] | None:
        """The operation and its labels, or None. `query` is only asked for where the path alone does not decide.

        The labels are shared by requests and never changed.

        `exact`: whether a slash at the end counts; two operations of the Bedrock family differ by nothing else.
        """
        decided = self._decided.get((method, raw_path, exact))
        if decided is not None:
            return decided
        path = raw_path.removesuffix("/")
        slash = len(path) < len(raw_path) and bool(path)
        found: list[tuple[UriPattern, re.Match[str]]] = []
        before, _, last = path.rpartition("/")
        slashes = before.count("/")
        for ending in (last, "") if last else ("",):
            for pattern in self._fixed.get((method, slashes, ending), ()):
                match = pattern.expression.fullmatch(path)
                if match is not None and (not exact or pattern.slash is slash):
                    found.append((pattern, match))
        for pattern in self._greedy.get(method, ()):
            match = pattern.expression.fullmatch(raw_path)
            if match is not None:
                found.append((pattern, match))
        if not found:
            return None
        if len(found) == 1 and not found[0][0].query:
            decided = found[0][0].operation, _labels(*found[0])
            if len(raw_path) <= _LONGEST_KEPT:
                if len(self._decided) >= _MOST_KEPT:
                    self._decided.clear()
                self._decided[method, raw_path, exact] = decided
            return decided
        best = _best(found, query(), headers)
        return None if best is None else (best[0].operation, _labels(*best))


def _best(
    found: list[tuple[UriPattern, re.Match[str]]], query: Mapping[str, str], headers: Callable[[str], str | None]
) -> tuple[UriPattern, re.Match[str]] | None:
    best: tuple[UriPattern, re.Match[str]] | None = None
    best_score: tuple[bool, int, int, bool] | None = None
    for pattern, match in found:
        if any(name not in query or (value is not None and query[name] != value) for name, value in pattern.query):
            continue
        needed = [name in query for name in pattern.needed_query]
        needed += [headers(name) is not None for name in pattern.needed_headers]
        # All it requires is there beats all else; then the path that says most; then the one that requires most.
        complete = all(needed)
        particular = len(pattern.query) + (len(needed) if complete else -len(needed))
        score = (complete, pattern.literal, particular, not pattern.deprecated)
        if best_score is None or score > best_score:
            best, best_score = (pattern, match), score
    return best


def _labels(pattern: UriPattern, match: re.Match[str]) -> dict[str, str]:
    return {name: unquote(text) for name, text in zip(pattern.names, match.groups(), strict=True)}


def _pattern(model: Model, operation: str, request_uri: str) -> UriPattern:
    path, _, raw_query = request_uri.partition("?")
    ends_in_slash = len(path) > 1 and path.endswith("/")
    path = path.rstrip("/")
    names: list[str] = []
    expression: list[str] = []
    position = literal = 0
    for label in _LABEL.finditer(path):
        between = path[position : label.start()]
        literal += len(between)
        names.append(label.group(1))
        expression += [re.escape(between), "(.+)" if label.group(2) else "([^/]+)"]
        position = label.end()
    expression.append(re.escape(path[position:]))
    needed_query: list[str] = []
    needed_headers: list[str] = []
    shape = model.input(operation)
    for name, member in shape.members() if shape is not None else ():
        if shape is not None and name in shape.required:
            wire_name = member.location_name or name
            if member.trait("location") == "querystring":
                needed_query.append(wire_name)
            elif member.trait("location") == "header":
                needed_headers.append(wire_name.lower())
    static = (part.partition("=") for part in raw_query.split("&") if part)
    return UriPattern(
        operation,
        re.compile("".join(expression), re.DOTALL),
        tuple(names),
        literal + len(path) - position,
        tuple((name, value if equals else None) for name, equals, value in static),
        tuple(needed_query),
        tuple(needed_headers),
        ends_in_slash,
        bool(model.operations[operation].get("deprecated")),
    )
