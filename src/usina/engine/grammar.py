"""JSON schema as a GBNF grammar, so that what an engine decodes fits the schema by construction.

The grammar accepts a subset of what the schema allows, never more: members come in the order of `properties`, those
that are not declared are left out, strings are bounded. A keyword that cannot be kept that way is refused, with its
place, not ignored. Grammar format: grammars/README.md in ggml-org/llama.cpp; schema: JSON Schema 2020-12 and draft 7.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from usina.core.errors import ValidationError
from usina.engine.numbers import integer_rule, number_rule
from usina.engine.patterns import pattern_rule

_MOST_RULES = 4_000
_MOST_DEPTH = 64
_MOST_REPEATS = 2_000  # llama.cpp's own bound for {m,n}
_NOTES = frozenset({
    "title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly", "$schema", "$id",
    "$comment", "$defs", "definitions", "$anchor", "contentEncoding", "contentMediaType", "strict",
})  # fmt: skip  # they say nothing about which values fit
_KEYS = {
    "object": frozenset({"properties", "required", "additionalProperties"}),
    "array": frozenset({"items", "prefixItems", "minItems", "maxItems"}),
    "string": frozenset({"minLength", "maxLength", "pattern", "format"}),
    "integer": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "boolean": frozenset[str](),
    "null": frozenset[str](),
}
_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
_BASE = {
    "ws": '" "?',
    "char": r'[^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})',
    "plainchar": r'[^"\\\x00-\x1F\x7F]',
    "string": r'"\"" char* "\""',
    "boolean": '"true" | "false"',
    "null": '"null"',
    "integer": '"-"? ("0" | [1-9] [0-9]{0,15})',
    "number": '"-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?',
    "object": r'"{" (string ":" ws value ("," ws string ":" ws value)*)? "}"',
    "array": '"[" (value ("," ws value)*)? "]"',
    "value": "object | array | string | number | boolean | null",
}
_DIGITS2 = "[0-9]{2}"
_FORMATS = {
    "date": r'[1-9] [0-9]{3} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | "1" [0-9] | "2" [0-8])',
    "time": '("0" [0-9] | "1" [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] "Z"',
    "uuid": '[0-9a-f]{8} "-" [0-9a-f]{4} "-" [0-9a-f]{4} "-" [0-9a-f]{4} "-" [0-9a-f]{12}',
    "ipv4": 'octet "." octet "." octet "." octet',
    "email": '[a-zA-Z0-9_+-]{1,32} ("." [a-zA-Z0-9_+-]{1,32})? "@" [a-z0-9]{1,32} ("." [a-z0-9]{1,32}){1,3}',
    "hostname": '[a-z0-9]{1,32} ("." [a-z0-9]{1,32}){0,4}',
    "uri": '"http" "s"? "://" [a-z0-9]{1,32} ("." [a-z0-9]{1,32}){0,4} ("/" [a-zA-Z0-9._~-]{0,64}){0,8}',
    "duration": '"P" [0-9]{1,4} [DWMY] | "PT" [0-9]{1,4} [HMS]',
}
_OCTET = '"25" [0-5] | "2" [0-4] [0-9] | "1" [0-9] [0-9] | [1-9]? [0-9]'


def quoted(text: str) -> str:
    """A GBNF literal."""
    out = []
    for character in text:
        if character in '"\\':
            out.append("\\" + character)
        elif character == "\n":
            out.append("\\n")
        elif character == "\r":
            out.append("\\r")
        elif character == "\t":
            out.append("\\t")
        elif ord(character) < 0x20 or ord(character) == 0x7F:  # noqa: PLR2004 - ASCII control characters
            out.append(f"\\x{ord(character):02X}")
        else:
            out.append(character)
    return '"' + "".join(out) + '"'


class Grammar:
    """Rules under construction."""

    def __init__(self) -> None:
        self._rules: dict[str, str] = {}
        self._refs: dict[tuple[int, str], str] = {}
        self._roots: list[Any] = []  # keeps documents alive: `_refs` is keyed by their identity
        self._count = 0

    def text(self, root: str) -> str:
        """The whole grammar, `root` being what it must match. Base rules come along as far as they are used."""
        lines = [f"root ::= {root}"]
        lines += [f"{name} ::= {body}" for name, body in self._rules.items()]
        lines += [f"{name} ::= {body}" for name, body in _BASE.items()]
        lines.append(f"octet ::= {_OCTET}")
        return "\n".join(lines) + "\n"

    def rule(self, body: str) -> str:
        """Name a body."""
        self._count += 1
        if self._count > _MOST_RULES:
            raise ValidationError(f"The JSON schema is too large: it needs more than {_MOST_RULES} rules.")
        name = f"r{self._count}"
        self._rules[name] = body
        return name

    def add(self, schema: Any, where: str = "schema") -> str:
        """A schema document; gives the name of its rule.

        Raises: ValidationError naming the place and the keyword that cannot be kept.
        """
        self._roots.append(schema)
        return self._schema(schema, schema, where, 0)

    def _schema(self, schema: Any, root: Any, where: str, depth: int) -> str:
        if depth > _MOST_DEPTH:
            raise _refuse(where, f"is nested deeper than {_MOST_DEPTH}")
        if schema is True or schema == {}:
            return "value"
        if not isinstance(schema, dict):
            raise _refuse(where, "is not a schema that a value can fit")
        if "$ref" in schema:
            return self._reference(schema, root, where, depth)
        for key in ("const", "enum"):
            if key in schema:
                return self._literals(schema, [schema["const"]] if key == "const" else schema["enum"], where)
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self._alternatives(schema, key, root, where, depth)
        if "allOf" in schema:
            return self._schema(_merged(schema, where), root, where, depth + 1)
        kinds = schema.get("type", _implied_type(schema))
        if kinds is None:
            _only_known(schema, frozenset(), where)
            return "value"
        several = kinds if isinstance(kinds, list) else [kinds]
        if not several or not all(isinstance(kind, str) and kind in _KEYS for kind in several):
            raise _refuse(where, f"has the unknown type {kinds!r}")
        _only_known(schema, frozenset({"type", "nullable"}).union(*(_KEYS[kind] for kind in several)), where)
        made = [self._typed(schema, kind, root, where, depth) for kind in several]
        return made[0] if len(made) == 1 else self.rule(" | ".join(made))

    def _typed(self, schema: dict[str, Any], kind: str, root: Any, where: str, depth: int) -> str:
        if kind == "object":
            made = self._object(schema, root, where, depth)
        elif kind == "array":
            made = self._array(schema, root, where, depth)
        elif kind == "string":
            made = self._string(schema, where)
        elif kind == "integer":
            made = self.rule(body) if (body := integer_rule(schema, where)) else "integer"
        elif kind == "number":
            made = self.rule(body) if (body := number_rule(schema, where)) else "number"
        else:
            made = str(kind)
        return self.rule(f"{made} | null") if schema.get("nullable") is True else made

    def _object(self, schema: dict[str, Any], root: Any, where: str, depth: int) -> str:
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        if not isinstance(properties, dict) or not isinstance(required, list):
            raise _refuse(where, "has properties or required of the wrong type")
        others = schema.get("additionalProperties", True)
        if not properties and not required:
            if others is False:
                return self.rule('"{" "}"')
            if others is True:
                return "object"
            item = self._schema(others, root, f"{where}.additionalProperties", depth + 1)
            return self.rule(rf'"{{" (string ":" ws {item} ("," ws string ":" ws {item})*)? "}}"')
        missing = [name for name in required if name not in properties]
        if missing and others is False:
            raise _refuse(where, f"requires {missing[0]!r} and forbids it")
        pairs = []
        for name, inner in {**properties, **dict.fromkeys(missing, others)}.items():
            value = self._schema(inner, root, f"{where}.properties.{name}", depth + 1)
            pairs.append((f'{quoted(_json(str(name)))} ":" ws {value}', name in required))
        return self.rule(f'"{{" {self._members(pairs)} "}}"')

    def _members(self, pairs: list[tuple[str, bool]]) -> str:
        """In their order, optional ones or not: from the last to the first, as first member and as a later one."""
        first = more = '""'
        for pair, needed in reversed(pairs):
            if needed:
                first, more = self.rule(f"{pair} {more}"), self.rule(f'"," ws {pair} {more}')
            else:
                first = self.rule(f"{pair} {more} | {first}")
                more = self.rule(f'("," ws {pair})? {more}')
        return first

    def _array(self, schema: dict[str, Any], root: Any, where: str, depth: int) -> str:
        least, most = _bounds(schema, "minItems", "maxItems", where)
        given = schema.get("prefixItems", [])
        if given:
            items = [self._schema(one, root, f"{where}.prefixItems", depth + 1) for one in given]
            if least > len(items) or (most is not None and most < len(items)):
                raise _refuse(where, "has minItems or maxItems beside prefixItems of another length")
            return self.rule('"[" ' + ' "," ws '.join(items) + ' "]"')
        item = self._schema(schema.get("items", True), root, f"{where}.items", depth + 1)
        if most == 0:
            return self.rule('"[" "]"')
        rest = f'("," ws {item}){{{max(least - 1, 0)},{"" if most is None else most - 1}}}'
        return self.rule(f'"[" {item} {rest} "]"' if least else f'"[" ({item} {rest})? "]"')

    def _string(self, schema: dict[str, Any], where: str) -> str:
        if "pattern" in schema:
            if schema.keys() & {"minLength", "maxLength", "format"}:
                raise _refuse(where, "has pattern together with another bound")
            return self.rule(rf'"\"" {pattern_rule(schema["pattern"], where)} "\""')
        if "format" in schema:
            return self._formatted(schema, where)
        least, most = _bounds(schema, "minLength", "maxLength", where)
        if not least and most is None:
            return "string"
        if least > _MOST_REPEATS:
            raise _refuse(where, f"has minLength over {_MOST_REPEATS}")
        end = _MOST_REPEATS if most is None else min(most, _MOST_REPEATS)
        return self.rule(rf'"\"" plainchar{{{least},{end}}} "\""')

    def _formatted(self, schema: dict[str, Any], where: str) -> str:
        name = schema["format"]
        if schema.keys() & {"minLength", "maxLength"}:
            raise _refuse(where, "has format together with a length")
        if name == "date-time":
            return self.rule(rf'"\"" {_FORMATS["date"]} "T" {_FORMATS["time"]} "\""')
        if name not in _FORMATS:
            raise _refuse(where, f"has the format {name!r}, which cannot be kept")
        return self.rule(rf'"\"" ({_FORMATS[name]}) "\""')

    def _literals(self, schema: dict[str, Any], values: Any, where: str) -> str:
        if not isinstance(values, list):
            raise _refuse(where, "has an enum that is not a list")
        _only_known(schema, frozenset({"type", "enum", "const"}), where)
        kinds = schema.get("type")
        kinds = [kinds] if isinstance(kinds, str) else kinds
        fitting = [
            value
            for value in values
            if kinds is None or _kind(value) in kinds or (_kind(value) == "integer" and "number" in kinds)
        ]
        if not fitting:
            raise _refuse(where, "has no value that fits")
        return self.rule(" | ".join(quoted(_json(value)) for value in fitting))

    def _alternatives(self, schema: dict[str, Any], key: str, root: Any, where: str, depth: int) -> str:
        options = schema[key]
        _only_known(schema, frozenset({key, "type"}), where)
        if not isinstance(options, list) or not options:
            raise _refuse(where, f"has an empty {key}")
        if key == "oneOf" and not _apart(options):
            raise _refuse(where, "has oneOf whose alternatives may overlap; use anyOf")
        return self.rule(
            " | ".join(
                self._schema(one, root, f"{where}.{key}[{index}]", depth + 1) for index, one in enumerate(options)
            )
        )

    def _reference(self, schema: dict[str, Any], root: Any, where: str, depth: int) -> str:
        path = schema["$ref"]
        _only_known(schema, frozenset({"$ref"}), where)
        if not isinstance(path, str) or not (path == "#" or path.startswith("#/")):
            raise _refuse(where, "has a $ref that leads out of the schema")
        key = (id(root), path)
        if key not in self._refs:
            target = root
            for part in path[2:].split("/") if path != "#" else []:
                part = part.replace("~1", "/").replace("~0", "~")  # noqa: PLW2901 - JSON pointer's own escapes
                if not isinstance(target, dict) or part not in target:
                    raise _refuse(where, f"has a $ref to {path!r}, which is not there")
                target = target[part]
            name = self._refs[key] = self.rule("")  # named before it is made: it may refer to itself
            self._rules[name] = self._schema(target, root, path, depth + 1)
        return self._refs[key]


@lru_cache(maxsize=256)
def _cached(document: bytes) -> str:
    grammar = Grammar()
    return grammar.text(grammar.add(msgspec.json.decode(document)))


def schema_grammar(schema: Any) -> str:
    """The grammar of one schema. Raises: ValidationError for what cannot be kept."""
    return _cached(msgspec.json.encode(schema))


def _only_known(schema: dict[str, Any], known: frozenset[str], where: str) -> None:
    for key in schema:
        if key not in known and key not in _NOTES:
            raise _refuse(where, f"has {key!r}, which cannot be kept while decoding")


def _refuse(where: str, what: str) -> ValidationError:
    return ValidationError(f"The JSON schema at {where} {what}.")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _kind(value: Any) -> str:
    return "null" if value is None else _TYPES.get(type(value), "")


def _implied_type(schema: dict[str, Any]) -> str | None:
    """The type that a schema without one speaks of, by its keywords."""
    return next((kind for kind in ("object", "array", "string", "number") if _KEYS[kind] & schema.keys()), None)


def _bounds(schema: dict[str, Any], low: str, high: str, where: str) -> tuple[int, int | None]:
    least, most = schema.get(low, 0), schema.get(high)
    whole = [one for one in (least, most) if one is not None]
    if any(not isinstance(one, int) or isinstance(one, bool) or one < 0 for one in whole) or (
        most is not None and most < least
    ):
        raise _refuse(where, f"has {low} and {high} that no value can keep")
    return least, most


def _apart(options: list[Any]) -> bool:
    """Whether no value can fit two of them: other types each, or a property that is another constant in each."""
    if not all(isinstance(one, dict) for one in options):
        return False
    kinds = [one.get("type") for one in options]
    if (
        all(isinstance(kind, str) for kind in kinds)
        and len(set(kinds)) == len(kinds)
        and not {"integer", "number"} <= set(kinds)
    ):
        return True
    values = [one.get("const", one.get("enum")) for one in options]
    if all(value is not None for value in values):
        flat = [_json(one) for value in values for one in (value if isinstance(value, list) else [value])]
        return len(set(flat)) == len(flat)
    shared = set.intersection(
        *({key for key in one.get("properties", {}) if key in one.get("required", [])} for one in options)
    )
    for name in shared:
        constants = [
            one["properties"][name].get("const") for one in options if isinstance(one["properties"][name], dict)
        ]
        if len({_json(value) for value in constants if value is not None}) == len(options):
            return True
    return False


def _merged(schema: dict[str, Any], where: str) -> dict[str, Any]:
    """`allOf` of objects that declare different members, as one object."""
    merged = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema["allOf"]:
        if not isinstance(part, dict):
            raise _refuse(where, "has an allOf that cannot be merged")
        for key, value in part.items():
            if key == "properties" and not (value.keys() & merged.get(key, {}).keys()):
                merged[key] = {**merged.get(key, {}), **value}
            elif key == "required":
                merged[key] = [*merged.get(key, []), *value]
            elif key in _NOTES or merged.get(key, value) == value:
                merged[key] = value
            else:
                raise _refuse(where, "has an allOf that cannot be merged")
    return merged
