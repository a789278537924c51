"""Policy files: read, cut into statements so that an error has a line, parsed and validated against the schema.

Cedar's parser names neither file nor line; a file is therefore cut at its semicolons (outside strings and comments)
and judged statement by statement. Nothing is decided here.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import cedarpy

from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

FILE_BYTES: Final = 1_000_000  # a policy file larger than this is refused unread
FILE_COUNT: Final = 1_000
STATEMENT_CHARACTERS: Final = 20_000
NESTING: Final = 50  # brackets within brackets; Cedar's own parser runs out of stack at some hundred, and dies of it
SUFFIX: Final = ".cedar"

# What the cutter must not look into, and what ends a statement.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|[;()\[\]{}]', re.DOTALL)
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
_BLANK = re.compile(r"(?:\s|//[^\n]*)*")


class PolicyFileError(OperatorError):
    """A policy file that cannot be put in force. The message names file and line and says what to do."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One policy as written: where it stands, its `@id`, its text, and Cedar's JSON form of it."""

    file: str
    line: int
    id: str
    text: str
    form: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """All policies of a folder at one moment. `digest` is over names and bytes of the files, in order of name."""

    statements: tuple[Statement, ...]
    files: tuple[str, ...]
    digest: str
    texts: tuple[str, ...]  # of the files, in the same order


def fingerprint(folder: Path) -> tuple[tuple[str, int, int, int], ...]:
    """What changes when a policy file changes: (name, inode, mtime, size) of each; quick enough for every second."""
    found: list[tuple[str, int, int, int]] = []
    try:
        for path in folder.iterdir():
            if path.suffix == SUFFIX and not path.name.startswith("."):
                about = path.stat()
                found.append((path.name, about.st_ino, about.st_mtime_ns, about.st_size))
    except OSError as error:
        return ((f"unreadable: {error.strerror}", 0, 0, 0),)
    return tuple(sorted(found))


def _complain(file: str, line: int, what: str) -> PolicyFileError:
    message = f"{file}, line {line}: {what}. Mend the file; it is read again by itself when it changes."
    return PolicyFileError(message)


def _cut(file: str, text: str) -> Iterator[tuple[int, str]]:
    """Statements of a file with the line each begins on (comments before it left out).

    Raises:
        PolicyFileError: one is longer or nested deeper than any policy needs to be.
    """
    start = depth = 0
    for token in _TOKEN.finditer(text):
        mark = token.group()
        depth += (mark in _OPENING) - (mark in _CLOSING)
        if depth > NESTING:
            line = text.count("\n", 0, token.start()) + 1
            raise _complain(file, line, f"brackets are nested more than {NESTING} deep")
        if mark == ";":
            yield _piece(file, text, start, token.end())
            start, depth = token.end(), 0
    if _begin(text, start) < len(text):
        yield _piece(file, text, start, len(text))


def _piece(file: str, text: str, start: int, end: int) -> tuple[int, str]:
    begin = _begin(text, start)
    line = text.count("\n", 0, begin) + 1
    if end - begin > STATEMENT_CHARACTERS:
        raise _complain(file, line, f"the policy that begins here is longer than {STATEMENT_CHARACTERS} characters")
    return line, text[begin:end]


def _begin(text: str, start: int) -> int:
    blank = _BLANK.match(text, start)
    return start if blank is None else blank.end()


def _statement(file: str, line: int, text: str, schema: cedarpy.Schema) -> Statement:
    """Parse and validate one statement."""
    try:
        forms = json.loads(cedarpy.policies_to_json_str(text))
    except ValueError as error:
        raise _complain(file, line, f"the policy that begins here is not valid Cedar ({error})") from None
    if len(forms["staticPolicies"]) != 1:
        raise _complain(file, line, "a template (?principal, ?resource) is not a policy here: write the policy out")
    form: dict[str, Any] = next(iter(forms["staticPolicies"].values()))
    identifier = form.get("annotations", {}).get("id")
    if not identifier:
        raise _complain(file, line, 'the policy has no name: put @id("topic.name") before it')
    checked = cedarpy.validate_policies(text, schema)
    if not checked.validation_passed:
        first = str(checked.errors[0].error).replace("for policy `policy0`, ", "")
        raise _complain(file, line, f'the policy "{identifier}" does not fit the schema: {first}')
    return Statement(file, line, identifier, text, form)


def _read(path: Path) -> bytes:
    """Bytes of one file, its size checked before."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES + 1)
    except OSError as error:
        raise _complain(path.name, 1, f"cannot be read ({error.strerror})") from None
    if len(data) > FILE_BYTES:
        raise _complain(path.name, 1, f"is larger than {FILE_BYTES} bytes; split it")
    return data


def parse_text(file: str, data: bytes, schema: cedarpy.Schema) -> list[Statement]:
    """Statements of one file.

    Raises:
        PolicyFileError: it is not UTF-8, not Cedar, without ids, or does not fit the schema.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _complain(file, data.count(b"\n", 0, error.start) + 1, "is not UTF-8 text") from None
    pieces = list(_cut(file, text))
    return _whole(file, text, pieces, schema) or [_statement(file, line, piece, schema) for line, piece in pieces]


def _whole(file: str, text: str, pieces: Sequence[tuple[int, str]], schema: cedarpy.Schema) -> list[Statement]:
    """Statements of a file that is right, judged as a whole because that is quick; empty where anything is wrong."""
    try:
        forms = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
    except ValueError:
        return []
    ordered = [forms.get(f"policy{number}") for number in range(len(pieces))]
    if len(forms) != len(pieces) or not all(form and form.get("annotations", {}).get("id") for form in ordered):
        return []
    if not cedarpy.validate_policies(text, schema).validation_passed:
        return []
    return [
        Statement(file, line, form["annotations"]["id"], piece, form)
        for (line, piece), form in zip(pieces, ordered, strict=True)
    ]


def read_folder(folder: Path, schema: cedarpy.Schema) -> Source:
    """Read all policies of a folder.

    Raises:
        PolicyFileError: a file cannot be read or is wrong, an id is used twice, or there is no file at all.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == SUFFIX and not path.name.startswith("."))
    except OSError as error:
        raise PolicyFileError(f"{folder} cannot be read ({error.strerror}): make it readable.") from None
    if not 0 < len(paths) <= FILE_COUNT:
        message = f"{folder} holds {len(paths)} policy files; between 1 and {FILE_COUNT} are expected."
        raise PolicyFileError(message)
    statements: list[Statement] = []
    texts: list[str] = []
    digest = hashlib.sha256()
    for path in paths:
        data = _read(path)
        digest.update(f"{path.name}\0{len(data)}\0".encode())
        digest.update(data)
        statements += parse_text(path.name, data, schema)
        texts.append(data.decode())
    _check_ids(statements)
    return Source(tuple(statements), tuple(path.name for path in paths), digest.hexdigest(), tuple(texts))


def _check_ids(statements: Sequence[Statement]) -> None:
    seen: dict[str, Statement] = {}
    for statement in statements:
        first = seen.setdefault(statement.id, statement)
        if first is not statement:
            what = f'the name "{statement.id}" is taken by {first.file}, line {first.line}; names are unique'
            raise _complain(statement.file, statement.line, what)
