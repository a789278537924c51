from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from tests.engine.gbnf import Gbnf
from usina.core.errors import ValidationError
from usina.engine.grammar import schema_grammar

if TYPE_CHECKING:
    from collections.abc import Callable

SIMPLE = st.sampled_from([
    {"type": "string"},
    {"type": "string", "minLength": 2, "maxLength": 4},
    {"type": "string", "pattern": "^[A-Z]{2}-\\d{3}$"},
    {"type": "string", "format": "date"},
    {"type": "string", "format": "date-time"},
    {"type": "string", "format": "uuid"},
    {"type": "string", "format": "ipv4"},
    {"type": "string", "format": "email"},
    {"type": "boolean"},
    {"type": "null"},
    {"type": "number"},
    {"type": ["integer", "null"]},
    {"type": "integer", "nullable": True, "title": "x"},
    {"enum": ["a", 1, None, {"x": [1]}, 'q"\\\n']},
    {"const": "k"},
    {"type": "string", "enum": ["a", 1]},
    {},
    True,
])  # fmt: skip
INTEGERS = st.tuples(st.integers(-2000, 2000), st.integers(0, 3000)).map(
    lambda pair: {"type": "integer", "minimum": pair[0], "maximum": pair[0] + pair[1]}
)
NUMBERS = st.tuples(st.integers(-50, 50), st.integers(1, 100)).map(
    lambda pair: {"type": "number", "exclusiveMinimum": pair[0], "maximum": pair[0] + pair[1]}
)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.text('abc "é\\', min_size=1, max_size=4)
    objects = st.dictionaries(names, inner, max_size=4).flatmap(
        lambda properties: st.builds(
            lambda required, others: {
                "type": "object",
                "properties": properties,
                "required": required,
                "additionalProperties": others,
            },
            st.lists(st.sampled_from(sorted(properties)), unique=True) if properties else st.just([]),
            st.booleans(),
        )
    )
    arrays = st.builds(
        lambda items, least, more: {"type": "array", "items": items, "minItems": least, "maxItems": least + more},
        inner,
        st.integers(0, 2),
        st.integers(0, 2),
    )
    maps = st.builds(lambda item: {"type": "object", "additionalProperties": item}, inner)
    either = st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options})
    return objects | arrays | maps | either


SCHEMAS = st.recursive(SIMPLE | INTEGERS | NUMBERS, nested, max_leaves=6)


def below(data: st.DataObject) -> Callable[[int], int]:
    return lambda count: data.draw(st.integers(0, count - 1))


@settings(max_examples=150, deadline=None)
@given(SCHEMAS, st.randoms(use_true_random=False))
def test_every_text_of_the_grammar_fits_the_schema(schema: Any, chance: Any) -> None:
    grammar = Gbnf(schema_grammar(schema))
    # OpenAPI's word for null is not in the judge's dialect
    judged = json.loads(
        json.dumps(schema).replace('"type": "integer", "nullable": true', '"type": ["integer", "null"]')
    )
    judge = Draft202012Validator(judged, format_checker=FormatChecker())
    for _ in range(3):
        text = grammar.derive(chance.randrange)
        judge.validate(json.loads(text))


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "integer", "minimum": 18, "maximum": 99}, ["18", "50", "99"], ["17", "100", "018", "1"]),
        ({"type": "integer", "minimum": -12, "maximum": 3}, ["-12", "-1", "0", "3"], ["-13", "4", "-0"]),
        ({"type": "integer", "exclusiveMinimum": 0, "maximum": 1005}, ["1", "999", "1005"], ["0", "1006"]),
        ({"type": "number", "minimum": 0, "maximum": 1}, ["0", "0.5", "1"], ["1.5", "-0.5", "2"]),
    ],
)
def test_bounds_of_numbers_are_kept_exactly(schema: Any, good: list[str], bad: list[str]) -> None:
    derived = {Gbnf(schema_grammar(schema)).derive(choose) for choose in _walks(4000)}
    assert not derived & set(bad)
    assert set(good) <= derived


def _walks(count: int) -> list[Callable[[int], int]]:
    import random

    chance = random.Random(7)
    return [chance.randrange] * count


def test_members_keep_their_order_and_optional_ones_may_be_absent() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"const": 1}, "b": {"const": 2}, "c": {"const": 3}},
        "required": ["b"],
    }
    derived = {Gbnf(schema_grammar(schema)).derive(choose).replace(" ", "") for choose in _walks(300)}
    assert derived == {'{"b":2}', '{"a":1,"b":2}', '{"b":2,"c":3}', '{"a":1,"b":2,"c":3}'}


def test_a_schema_may_refer_to_itself() -> None:
    schema = {
        "$defs": {
            "node": {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}}
        },
        "$ref": "#/$defs/node",
    }
    judge = Draft202012Validator(schema)
    for choose in _walks(50):
        judge.validate(json.loads(Gbnf(schema_grammar(schema)).derive(choose)))


def test_all_of_is_merged_where_its_parts_agree() -> None:
    schema = {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "null"}}, "required": ["a"]},
            {"properties": {"b": {"type": "null"}}},
        ]
    }
    judge = Draft202012Validator(schema)
    for choose in _walks(20):
        judge.validate(json.loads(Gbnf(schema_grammar(schema)).derive(choose)))


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"not": {"type": "string"}},
        {"type": "string", "not": {"const": "a"}},
        {"if": {"const": 1}, "then": {"const": 1}},
        {"type": "object", "patternProperties": {"^a": {}}},
        {"type": "object", "minProperties": 1},
        {"type": "object", "propertyNames": {"maxLength": 3}},
        {"type": "object", "properties": {"a": {"type": "array", "uniqueItems": True}}},
        {"type": "array", "contains": {"const": 1}},
        {"type": "array", "minItems": 3, "maxItems": 2},
        {"type": "integer", "multipleOf": 3},
        {"type": "integer", "minimum": 5, "maximum": 4},
        {"type": "number", "minimum": 0.2, "maximum": 0.3},
        {"type": "integer", "minimum": 1e300},
        {"type": "string", "format": "regex"},
        {"type": "string", "pattern": "(?=a)b"},
        {"type": "string", "pattern": "a+?"},
        {"type": "string", "pattern": "(a)\\1"},
        {"type": "string", "pattern": "(a"},
        {"type": "string", "pattern": "[a"},
        {"type": "string", "pattern": "a{5,2}"},
        {"type": "string", "pattern": 'say "hi"'},
        {"type": "string", "minLength": 5000},
        {"type": "strange"},
        {"type": []},
        {"enum": []},
        {"type": "integer", "enum": ["a"]},
        {"oneOf": [{"type": "integer"}, {"type": "number"}]},
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        {"$ref": "https://example.com/schema"},
        {"$ref": "#/$defs/nothing"},
        {"type": "object", "properties": {}, "required": ["a"], "additionalProperties": False},
        {"type": "object", "properties": []},
        ["not a schema"],
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_place(schema: Any) -> None:
    with pytest.raises(ValidationError, match="JSON schema"):
        schema_grammar({"type": "object", "properties": {"x": schema}})


def test_a_schema_may_not_be_too_deep_or_too_large() -> None:
    deep: Any = {"type": "string"}
    for _ in range(100):
        deep = {"type": "array", "items": deep}
    with pytest.raises(ValidationError, match="deeper"):
        schema_grammar(deep)
    wide = {"type": "object", "properties": {f"p{n}": {"type": "string", "maxLength": 5} for n in range(3_000)}}
    with pytest.raises(ValidationError, match="too large"):
        schema_grammar(wide)


def test_one_of_is_kept_where_its_alternatives_are_apart() -> None:
    kinds = [
        {"type": "object", "properties": {"kind": {"const": kind}}, "required": ["kind"], "additionalProperties": False}
        for kind in ("cat", "dog")
    ]
    judge = Draft202012Validator({"oneOf": kinds})
    for choose in _walks(20):
        judge.validate(json.loads(Gbnf(schema_grammar({"oneOf": kinds})).derive(choose)))
