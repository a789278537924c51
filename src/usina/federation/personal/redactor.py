"""The `Redactor` port by forms and check digits: every text of a request, whatever member it stands in."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from usina.core.cloud import Redacted
from usina.core.errors import ValidationError
from usina.federation.personal.recognisers import find_all

if TYPE_CHECKING:
    from usina.core.ports import Json

# Members that hold words of the protocol, which have to stay: their values are checked elsewhere.
_WORDS: Final = frozenset({"role", "type"})
_ENCODED: Final = "arguments"  # of a tool call: JSON within a text
_DEPTH: Final = 100
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class PatternRedactor:
    """Replaces what it finds by `[KIND_NUMBER]`; equal values of one request get the same number."""

    def redact(self, body: Json) -> Redacted:
        """The request without what was found in it."""
        work = _Work()
        return Redacted(work.mapping(body, _DEPTH), dict(work.found))


class _Work:
    """One request."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        self._names: dict[tuple[str, str], str] = {}

    def mapping(self, value: Json, depth: int) -> Json:
        """A JSON object; names of members may hold data as well."""
        return {
            self.text(name): item if name in _WORDS and isinstance(item, str) else self._member(name, item, depth - 1)
            for name, item in value.items()
        }

    def _member(self, name: str, value: Any, depth: int) -> Any:
        if name == _ENCODED and isinstance(value, str):
            return self._encoded(value, depth)
        if name in {"prompt", "input"} and _holds_tokens(value):
            raise ValidationError(
                f"{name} holds numbers of tokens: policy demands that personal data is taken out before this request "
                "leaves the site, which needs text."
            )
        return self.anything(value, depth)

    def anything(self, value: Any, depth: int) -> Any:
        """Any JSON value. A number that looks like a person's becomes a text."""
        if depth < 0:
            raise ValidationError("The request is nested too deeply to be looked through for personal data.")
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return self.mapping(value, depth)
        if isinstance(value, list | tuple):
            return [self.anything(item, depth - 1) for item in value]
        if isinstance(value, int) and not isinstance(value, bool):
            written = str(value)
            cleaned = self.text(written)
            return value if cleaned == written else cleaned
        return value

    def _encoded(self, value: str, depth: int) -> str:
        try:
            inner = _decode(value)
        except (msgspec.DecodeError, RecursionError):
            return self.text(value)
        return _encode(self.anything(inner, depth)).decode()

    def text(self, value: str) -> str:
        """A text with placeholders."""
        pieces, position = [], 0
        for span in find_all(value):
            pieces += [value[position : span.start], self._name(span.kind, value[span.start : span.end])]
            position = span.end
        return "".join([*pieces, value[position:]]) if pieces else value

    def _name(self, kind: str, value: str) -> str:
        self.found[kind] += 1
        key = kind, value.casefold()
        if key not in self._names:
            number = sum(known == kind for known, _ in self._names) + 1
            self._names[key] = f"[{kind}_{number}]"
        return self._names[key]


def _holds_tokens(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    return any(isinstance(item, int) or _holds_tokens(item) for item in value)
