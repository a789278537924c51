"""JSON schemas that callers send: checked once, refused where they are none or point outside the document."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from usina.core.ports import Json

_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder().decode
_CACHED = 256  # a program sends the same few schemas with each of its requests


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
    try:
        encoded = _encode(schema)
    except RecursionError:
        raise ValidationError(f"The value at {where} is nested too deeply.") from None
    problem = _problem(encoded)
    if problem:
        raise ValidationError(f"The value at {where} is not a valid JSON schema: {problem}")


@lru_cache(maxsize=_CACHED)
def _problem(encoded: bytes) -> str:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    schema = _decode(encoded)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"{error.json_path}: {error.message}"[:300]
    except RecursionError:
        return "it is nested too deeply"
    return "$ref leads outside the document" if _leads_out(schema) else ""


def _leads_out(schema: Any) -> bool:
    """Whether any reference would have to be fetched: nothing here ever is."""
    waiting = [schema]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            target = item.get("$ref")
            if isinstance(target, str) and not target.startswith("#"):
                return True
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return False
