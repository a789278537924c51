"""Lines of training and validation data, in the formats that Bedrock documents.

    {"prompt": "...", "completion": "..."}
    {"schemaVersion": "bedrock-conversation-2024", "system": [{"text": "..."}],
     "messages": [{"role": "user", "content": [{"text": "..."}]}, {"role": "assistant", "content": [...]}]}

https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-prepare.html
A message names the file and the line, and repeats nothing of it: data is nobody's but its owner's.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LINE_BYTES = 1_048_576
_SCHEMA = "bedrock-conversation-2024"
_BLANK = b" \t\r\n"


class DataError(Exception):
    """The data cannot be learnt from; the message is for its owner."""


@dataclass(frozen=True, slots=True)
class Record:
    """One line: turns of a conversation, (role, text) each; those of the assistant are learnt."""

    where: str  # file and line, for messages
    turns: tuple[tuple[str, str], ...]


def read(paths: Sequence[str], most: int, use: str) -> list[Record]:
    """All records of these files, in order.

    Raises: DataError: a line is wrong, there is none, or there are more than `most`.
    """
    found: list[Record] = []
    for path in paths:
        name = os.path.basename(path)  # noqa: PTH119 - text
        with open(path, "rb") as file:  # noqa: PTH123 - a path inside
            for number, line in _lines(file, name):
                if len(found) == most:
                    raise DataError(f"The {use} data has more than {most} records. Use fewer, or several jobs.")
                found.append(_record(line, f"line {number} of {name}"))
    if not found:
        raise DataError(f"The {use} data has no record: each line must be a JSON object.")
    return found


def _lines(file: IO[bytes], name: str) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(LINE_BYTES + 1):
        number += 1
        if len(line) > LINE_BYTES:
            raise DataError(f"Line {number} of {name} is longer than {LINE_BYTES} bytes.")
        if line.strip(_BLANK):
            yield number, line


def _record(line: bytes, where: str) -> Record:
    try:
        found = json.loads(line.decode("utf-8-sig" if where.startswith("line 1 ") else "utf-8"))
    except UnicodeDecodeError:
        raise _wrong(where, "it is not UTF-8") from None
    except (ValueError, RecursionError):
        raise _wrong(where, "it is not JSON") from None
    if not isinstance(found, dict):
        raise _wrong(where, "it is not a JSON object")
    if "messages" in found or "schemaVersion" in found:
        return Record(where, tuple(_conversation(found, where)))
    if "prompt" in found or "completion" in found:
        asked, answered = _text(found, "prompt", where), _text(found, "completion", where)
        return Record(where, (("user", asked), ("assistant", answered)))
    raise _wrong(where, "it has neither prompt and completion, nor schemaVersion and messages")


def _conversation(found: dict[str, Any], where: str) -> Iterator[tuple[str, str]]:
    if found.get("schemaVersion") != _SCHEMA:
        raise _wrong(where, f"schemaVersion must be {_SCHEMA}")
    if found.get("system"):
        yield "system", _blocks(found["system"], "system", where)
    messages = found.get("messages")
    if not isinstance(messages, list) or not messages or len(messages) % 2:
        raise _wrong(where, "messages must be pairs of a user's and an assistant's message, at least one")
    for place, message in enumerate(messages):
        expected = ("user", "assistant")[place % 2]
        if not isinstance(message, dict) or message.get("role") != expected:
            raise _wrong(where, f"messages[{place}].role must be {expected}: they take turns, and the user begins")
        yield expected, _blocks(message.get("content"), f"messages[{place}].content", where)


def _blocks(blocks: Any, member: str, where: str) -> str:
    if not isinstance(blocks, list) or not blocks:
        raise _wrong(where, f"{member} must be a list of content blocks")
    return "\n".join(_block(block, f"{member}[{place}]", where) for place, block in enumerate(blocks))


def _block(block: Any, member: str, where: str) -> str:
    if not isinstance(block, dict) or set(block) != {"text"}:
        raise _wrong(where, f"{member} must be a content block with text and nothing else")
    return _text(block, "text", where, f"{member}.text")


def _text(found: dict[str, Any], key: str, where: str, member: str = "") -> str:
    value = found.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(where, f"{member or key} must be a text that is not empty")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _wrong(where, f"{member or key} holds half a character (a lone surrogate)") from None
    return value


def _wrong(where: str, what: str) -> DataError:
    return DataError(f"{where[0].upper()}{where[1:]} is not valid: {what}.")
