"""JSON schemas that callers send: refused where they are none, point outside the document, or are too much to hold a
model to.

The keywords of draft 2020-12 (https://json-schema.org/draft/2020-12) are checked for the kind of their values; keywords
that nobody knows are left alone, as the draft says. A general validator takes a quarter of a millisecond for each
subschema, on the loop that serves everybody: so the check is written out here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.core.ports import Json

_decode = msgspec.json.Decoder().decode
_MOST_SCHEMAS = 2_000  # in one document, subschemas counted
_TYPES: Final = frozenset({"null", "boolean", "object", "array", "number", "string", "integer"})
_Place = tuple[Any, str]


def parse(text: str, where: str) -> Json:
    """A schema that came as JSON text.

    Raises:
        ValidationError: it is not JSON, or not a schema.
    """
    try:
        schema = _decode(text)
    except msgspec.DecodeError as error:
        raise ValidationError(f"The value at {where} is not valid JSON: {error}.") from None
    except RecursionError:
        raise ValidationError(f"The value at {where} is nested too deeply.") from None
    if not isinstance(schema, dict):
        raise ValidationError(f"The value at {where} must be a JSON object.")
    check(schema, where)
    return schema


def check(schema: Json, where: str) -> None:
    """Refuse what is no JSON schema (draft 2020-12).

    Raises:
        ValidationError: where and why it is none.
    """
    waiting: list[_Place] = [(schema, "$")]
    for count, (item, place) in enumerate(waiting):
        if count >= _MOST_SCHEMAS:
            raise ValidationError(f"The value at {where} has more than {_MOST_SCHEMAS} subschemas.")
        if isinstance(item, bool):
            continue
        if not isinstance(item, dict):
            raise _refusal(where, place, "a schema is an object or a boolean")
        for keyword, value in item.items():
            known = _KEYWORDS.get(keyword)
            if known is not None:
                problem = known(value, f"{place}.{keyword}", waiting)
                if problem:
                    raise _refusal(where, f"{place}.{keyword}", problem)


def _refusal(where: str, place: str, problem: str) -> ValidationError:
    return ValidationError(f"The value at {where} is not a valid JSON schema: {place[:200]}: {problem}.")


# Checks of a keyword are (value, its place, the schemas still to be checked) -> what is wrong, or nothing.


def _is(test: Callable[[Any], bool], words: str) -> Callable[[Any, str, list[_Place]], str]:
    def check_value(value: Any, _place: str, _waiting: list[_Place]) -> str:
        return "" if test(value) else f"expected {words}"

    return check_value


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(value: Any) -> bool:
    return _number(value) and value >= 0 and (isinstance(value, int) or value.is_integer())


def _type(value: Any) -> bool:
    names = value if isinstance(value, list) and value else [value]
    return all(isinstance(name, str) and name in _TYPES for name in names)


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _reference(value: Any, _place: str, _waiting: list[_Place]) -> str:
    if not isinstance(value, str):
        return "expected a string"
    return "" if value.startswith("#") else "it leads outside the document"


def _schema(value: Any, place: str, waiting: list[_Place]) -> str:
    waiting.append((value, place))
    return ""


def _schemas(value: Any, place: str, waiting: list[_Place]) -> str:
    if not isinstance(value, list) or not value:
        return "expected an array of schemas"
    waiting.extend((item, f"{place}[{position}]") for position, item in enumerate(value))
    return ""


def _named_schemas(value: Any, place: str, waiting: list[_Place]) -> str:
    if not isinstance(value, dict):
        return "expected an object of schemas"
    waiting.extend((item, f"{place}.{name}") for name, item in value.items())
    return ""


_string = _is(lambda value: isinstance(value, str), "a string")
_boolean = _is(lambda value: isinstance(value, bool), "true or false")
_a_number = _is(_number, "a number")
_a_count = _is(_count, "an integer that is not negative")

_KEYWORDS: Final[Mapping[str, Callable[[Any, str, list[_Place]], str]]] = {
    "type": _is(_type, "the name of a type, or several"),
    "enum": _is(lambda value: isinstance(value, list) and bool(value), "an array of values"),
    "required": _is(_strings, "an array of strings"),
    "multipleOf": _is(lambda value: _number(value) and value > 0, "a number above 0"),
    "$ref": _reference,
    "$dynamicRef": _reference,
    **dict.fromkeys(("pattern", "format", "title", "description", "$id", "$schema", "$anchor", "$comment"), _string),
    **dict.fromkeys(("uniqueItems", "deprecated", "readOnly", "writeOnly"), _boolean),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _a_number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _a_count),
    **dict.fromkeys(("minContains", "maxContains"), _a_count),
    **dict.fromkeys(("additionalProperties", "items", "contains", "not", "propertyNames"), _schema),
    **dict.fromkeys(("if", "then", "else", "unevaluatedItems", "unevaluatedProperties"), _schema),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), _schemas),
    **dict.fromkeys(("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"), _named_schemas),
}
