"""JSON schemas that callers send."""

from __future__ import annotations

import pytest

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
        ('{"type": "nothing"}', "is not a valid JSON schema"),
        ('{"properties": {"a": {"minimum": "x"}}}', "properties.a.minimum"),
        ('{"$ref": "http://example.com/schema.json"}', "leads outside the document"),
        ('{"items": [{"$ref": "file:///etc/passwd"}]}', "not a valid JSON schema"),
        ("[" * 3_000 + "]" * 3_000, "nested too deeply"),
    ],
)
def test_what_is_no_schema_is_refused_with_the_place(text: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse(text, "the.place")
    assert "the.place" in caught.value.message
    assert words in caught.value.message


def test_a_schema_nested_too_deeply_to_check_is_refused() -> None:
    schema: dict[str, object] = {}
    for _ in range(2_000):
        schema = {"not": schema}
    with pytest.raises(ValidationError):
        check(schema, "x")
