"""JSON schemas that callers send."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from usina.core.errors import ValidationError
from usina.services.bedrock_runtime.schemas import check, parse


def test_a_schema_comes_back_as_it_was_written() -> None:
    assert parse('{"type":"object","$defs":{"a":{"$ref":"#/$defs/a"}}}', "x") == {
        "type": "object",
        "$defs": {"a": {"$ref": "#/$defs/a"}},
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not valid JSON"),
        ("3", "must be a JSON object"),
        ('{"type": "nothing"}', "$.type: expected the name of a type"),
        ('{"type": []}', "$.type"),
        ('{"properties": {"a": {"minimum": "x"}}}', "$.properties.a.minimum: expected a number"),
        ('{"anyOf": [true, 3]}', "$.anyOf[1]: a schema is an object or a boolean"),
        ('{"anyOf": []}', "$.anyOf: expected an array of schemas"),
        ('{"enum": []}', "$.enum: expected an array of values"),
        ('{"minLength": 1.5}', "$.minLength: expected an integer"),
        ('{"$ref": "http://example.com/schema.json"}', "$.$ref: it leads outside the document"),
        ('{"items": {"$ref": "file:///etc/passwd"}}', "$.items.$ref: it leads outside the document"),
        ("[" * 3_000 + "]" * 3_000, "nested too deeply"),
        ('{"properties": {' + ",".join(f'"p{n}": {{}}' for n in range(2_000)) + "}}", "more than 2000 subschemas"),
    ],
)
def test_what_is_no_schema_is_refused_with_the_place(text: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse(text, "the.place")
    assert "the.place" in caught.value.message
    assert words in caught.value.message


def test_a_deep_schema_is_walked_without_recursion() -> None:
    schema: dict[str, Any] = {}
    for _ in range(1_500):
        schema = {"not": schema}
    check(schema, "x")


def test_a_keyword_that_nobody_knows_is_left_alone() -> None:
    check({"x-order": object(), "default": {"type": "nothing"}}, "x")


VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 1.5, 2.0, "a", "string", "#/x", [], ["a"], ["string"], [3], {}, {"a": {}}]
)
KEYWORDS = st.sampled_from(
    [
        *("type", "enum", "required", "multipleOf", "$ref", "pattern", "uniqueItems", "minimum", "minItems"),
        *("items", "not", "anyOf", "prefixItems", "properties", "$defs", "x-unknown", "maxLength", "if", "title"),
    ]
)
SCHEMAS = st.recursive(
    st.dictionaries(KEYWORDS, VALUES, max_size=3),
    lambda inner: st.dictionaries(KEYWORDS, VALUES | inner | st.lists(inner, max_size=2), max_size=3),
    max_leaves=5,
)


@settings(max_examples=120, deadline=None)
@given(SCHEMAS)
def test_what_a_general_validator_refuses_is_refused_here(schema: dict[str, Any]) -> None:
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError:
        with pytest.raises(ValidationError):
            check(schema, "x")
