"""Filter patterns: terms, and properties of JSON events.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

    ERROR "out of memory" -retry      all terms, none of those with a minus
    ?ERROR ?WARN                      one of them (beside other terms these count for nothing, as on AWS)
    { $.loss > 1 && ($.step != 0 || $.name = "a*") }

Left out, and refused: regular expressions (%...%) and space-delimited patterns ([a, b]). Every match takes time linear
in the event, whatever the pattern.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from usina.services.logs.json_patterns import compile_json
from usina.services.logs.naming import invalid

if TYPE_CHECKING:
    from collections.abc import Callable

_TERM: Final = re.compile(r'\s*([-?]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))')
_ESCAPED: Final = re.compile(r"\\(.)")


def unquoted(text: str) -> str:
    """What stands between quotes, its escapes resolved."""
    return _ESCAPED.sub(r"\1", text)


def compile_pattern(pattern: str) -> Callable[[str], bool] | None:
    """A test of messages; None where every message matches.

    Raises:
        CallerError: the pattern is wrong or of a kind that is left out.
    """
    text = pattern.strip()
    if not text:
        return None
    if text.startswith("{"):
        return compile_json(text)
    if text.startswith("["):
        raise invalid(
            "Space-delimited filter patterns ([...]) are not supported by this site: use terms or JSON patterns."
        )
    if text.startswith("%"):
        raise invalid("Regular expressions (%...%) are not supported by this site: use terms or JSON patterns.")
    return _terms(text)


def _terms(text: str) -> Callable[[str], bool]:
    wanted: list[str] = []
    optional: list[str] = []
    excluded: list[str] = []
    position = 0
    while position < len(text):
        found = _TERM.match(text, position)
        if found is None:
            raise invalid("Invalid filter pattern: a quote is not closed.")
        position = found.end()
        term = unquoted(found[2]) if found[2] is not None else found[3]
        {"": wanted, "?": optional, "-": excluded}[found[1]].append(term)

    if optional and not wanted and not excluded:
        return lambda message: any(term in message for term in optional)

    def matches(message: str) -> bool:
        return all(term in message for term in wanted) and not any(term in message for term in excluded)

    return matches
