"""Reads what a constrained engine writes, as it comes: plain text, or calls with their arguments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from usina.core.ids import new_request_id
from usina.engine.toolwords import CALL_MARK

if TYPE_CHECKING:
    from usina.core.ports import Json

_HEAD = re.compile(r'\s*(?:<tool_call>)?\s*\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"arguments"\s*:\s*')
_ANSWER = re.compile(r'\s*\{\s*"answer"\s*:\s*"')
_HEAD_CHARACTERS = 4_096  # past it a beginning that could still become a call is text
_ESCAPE_CHARACTERS = 12  # longest escape of one character in JSON: a pair of \uXXXX

_START, _TEXT, _ANSWERING, _ARGUMENTS, _AFTER = range(5)


class CallReader:
    """One answer's text in, OpenAI deltas out."""

    def __init__(self) -> None:
        self._state = _START
        self._held = ""  # not decided yet
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self.calls = 0

    def feed(self, text: str) -> list[Json]:
        """Deltas for the next piece: `{"content": ...}` or `{"tool_calls": [...]}`."""
        deltas: list[Json] = []
        while text:
            if self._state == _TEXT:
                deltas.append({"content": text})
                return deltas
            if self._state == _ARGUMENTS:
                text = self._arguments(text, deltas)
            elif self._state == _ANSWERING:
                self._answer(text, deltas)
                return deltas
            else:
                text = self._beginning(text)
                if self._state == _ARGUMENTS:
                    deltas.append(self._opened())
        return deltas

    def finish(self) -> list[Json]:
        """What is left at the end: a beginning that never became a call is text."""
        held, self._held = self._held, ""
        return [{"content": held}] if held.strip() and self._state == _START else []

    def _beginning(self, text: str) -> str:
        """Hold back until it is clear what it is; gives the rest that is not eaten."""
        self._held += text
        if self._state == _AFTER:
            self._held = self._held.lstrip(" }\n\t")  # the end of the object around the arguments
        head = _HEAD.match(self._held)
        if head is not None:
            self._name = msgspec.json.decode(head[1])
            rest, self._held = self._held[head.end() :], ""
            self._state = _ARGUMENTS
            self._depth, self._in_string, self._escaped = 0, False, False
            self.calls += 1
            return rest
        answer = _ANSWER.match(self._held)
        if answer is not None and not self.calls:
            rest, self._held = self._held[answer.end() :], ""
            self._state = _ANSWERING
            return rest
        begun = self._held.lstrip()
        could_be_call = not begun or begun[0] == "{" or CALL_MARK.startswith(begun[: len(CALL_MARK)])
        if self._state == _START and (not could_be_call or len(self._held) > _HEAD_CHARACTERS):
            rest, self._held = self._held, ""
            self._state = _TEXT
            return rest
        if self._state == _AFTER and len(self._held) > _HEAD_CHARACTERS:
            self._held = ""
        return ""

    def _opened(self) -> Json:
        call_id = "call_" + new_request_id().replace("-", "")[:24]
        function = {"name": self._name, "arguments": ""}
        return {"tool_calls": [{"index": self.calls - 1, "id": call_id, "type": "function", "function": function}]}

    def _arguments(self, text: str, deltas: list[Json]) -> str:
        """Up to the end of the arguments, by counting brackets outside of strings."""
        if not self._depth:
            text = text.lstrip()
        for index, character in enumerate(text):
            if self._in_string:
                if self._escaped:
                    self._escaped = False
                elif character == "\\":
                    self._escaped = True
                elif character == '"':
                    self._in_string = False
            elif character == '"':
                self._in_string = True
            elif character in "{[":
                self._depth += 1
            elif character in "}]":
                self._depth -= 1
                if not self._depth:
                    self._state = _AFTER
                    deltas.append(self._piece(text[: index + 1]))
                    return text[index + 1 :]
        if text:
            deltas.append(self._piece(text))
        return ""

    def _piece(self, text: str) -> Json:
        return {"tool_calls": [{"index": self.calls - 1, "function": {"arguments": text}}]}

    def _answer(self, text: str, deltas: list[Json]) -> None:
        """The inside of a JSON string as text, as far as its escapes are whole."""
        self._held += text
        end, at = len(self._held), 0
        while at < len(self._held):
            if self._held[at] == '"':
                end = at
                break
            at += 2 if self._held[at] == "\\" else 1
        done = end < len(self._held)
        whole = self._held[:end]
        if not done:
            start = whole.rfind("\\", max(0, len(whole) - _ESCAPE_CHARACTERS))
            if start >= 0:
                start = whole.find("\\", max(0, len(whole) - _ESCAPE_CHARACTERS))
                whole = whole[:start]
        try:
            content = msgspec.json.decode(f'"{whole}"'.encode())
        except msgspec.DecodeError:
            return  # cut within an escape: the next piece completes it
        self._held = "" if done else self._held[len(whole) :]
        if content:
            deltas.append({"content": content})
        if done:
            self._state = _AFTER
