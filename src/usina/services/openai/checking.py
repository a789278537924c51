"""Bodies against their structs, with OpenAI's words for what is wrong.

A field that is not known is refused: ignored silently it could change what the answer means. Fields that say nothing
about the answer (`user`, `metadata`, ...) are accepted and ignored, and named in each struct as such. Messages never
quote a value of the request: it may be part of a prompt.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

S = TypeVar("S", bound=msgspec.Struct)

# Said by clients about themselves, about storage at OpenAI or about speed; none changes what the answer means.
IGNORED: Final = frozenset(
    {
        "user",
        "safety_identifier",
        "metadata",
        "store",
        "service_tier",
        "prompt_cache_key",
        "prompt_cache_retention",
        "prompt_cache_options",
    }
)
_ENDS_AT = re.compile(r" - at `(?:key` in `)?\$\.?(.*)`$", re.DOTALL)
_MISSING = re.compile(r"missing required field `(\w+)`")
_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_TYPE = re.compile(r"\b(str|int|float|bool)\b")


class Refusals:
    """Fields of OpenAI's API that no model here can honour: name -> (values that ask for nothing, why not)."""

    __slots__ = ("_table",)

    def __init__(self, table: Mapping[str, tuple[Collection[Any], str]]) -> None:
        self._table = table

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __contains__(self, name: str) -> bool:
        return name in self._table

    def check(self, name: str, value: Any) -> None:
        """Refuse the field unless its value asks for nothing.

        Raises:
            ValidationError: it asks for something.
        """
        harmless, reason = self._table[name]
        if value is not None and value not in harmless:
            raise ValidationError(
                f"Unsupported parameter: '{name}'. {reason}",
                code="unsupported_parameter",
                members={"param": name},
            )


def checked(struct: type[S], arguments: Mapping[str, Any], ignored: Collection[str], refusals: Refusals) -> S:
    """The body as a struct.

    Raises:
        ValidationError: naming the parameter, as OpenAI words it.
    """
    known = struct.__struct_fields__
    for name in arguments:
        if name not in known and name not in ignored:
            if name not in refusals:
                raise ValidationError(
                    f"Unknown parameter: '{_shown(name)}'.", code="unknown_parameter", members={"param": _shown(name)}
                )
            refusals.check(name, arguments[name])
    try:
        return msgspec.convert(arguments, struct)
    except msgspec.ValidationError as error:
        raise _worded(str(error)) from None


def invalid(param: str, reason: str, code: str = "invalid_value") -> ValidationError:
    """An error about one parameter."""
    return ValidationError(f"Invalid '{param}': {reason}", code=code, members={"param": param})


def missing(param: str) -> ValidationError:
    """An error about a parameter that is not there."""
    return ValidationError(
        f"Missing required parameter: '{param}'.", code="missing_required_parameter", members={"param": param}
    )


def _worded(text: str) -> ValidationError:
    at = _ENDS_AT.search(text)
    path = at.group(1) if at else ""
    reason = text[: at.start()] if at else text
    absent = _MISSING.search(reason)
    if absent:
        return missing(f"{path}.{absent.group(1)}" if path else absent.group(1))
    if reason.startswith("Invalid"):  # quotes the value
        return invalid(path, "not one of the values that are supported here.")
    reason = _TYPE.sub(lambda found: _TYPES[found.group(1)], reason).replace("`", "")
    code = "invalid_type" if ", got " in reason else "invalid_value"
    return invalid(path, f"{reason[:1].lower()}{reason[1:]}.", code)


def _shown(name: str) -> str:
    return name if len(name) <= 64 else name[:64] + "..."  # noqa: PLR2004 - longer than any parameter
