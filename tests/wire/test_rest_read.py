from __future__ import annotations

from typing import Any

import pytest

from usina.core.errors import Kind, ValidationError
from usina.wire.faults import TypeFaultError
from usina.wire.models import Model, Shape
from usina.wire.rest_read import header_reader, parse_form, split_header_list

STRINGS = {"type": "list", "member": {"shape": "S"}}
SHAPES: dict[str, Any] = {
    "S": {"type": "string"},
    "I": {"type": "integer"},
    "T": {"type": "timestamp"},
    "Strings": STRINGS,
    "Dates": {"type": "list", "member": {"shape": "T"}},
    "Numbers": {"type": "list", "member": {"shape": "I"}},
    "Json": {"type": "string", "jsonvalue": True},
}


def shape(name: str) -> Shape:
    return Shape(Model("m", {"metadata": {}, "operations": {}, "shapes": SHAPES}), name)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a, b,c", ["a", "b", "c"]),
        ('"a, b", c', ["a, b", "c"]),
        (r'"say \"hi\"", \x', ['say "hi"', "\\x"]),
        ('a"b', ['a"b']),
        ('"open, c', ["open, c"]),
        ("a,,b", ["a", "", "b"]),
    ],
)
def test_a_list_in_a_header_is_split_at_its_commas(text: str, parts: list[str]) -> None:
    assert split_header_list(text) == parts


def test_dates_in_a_header_keep_the_comma_of_their_own() -> None:
    read = header_reader(shape("Dates"))
    assert len(read("Tue, 29 Apr 2014 18:30:38 GMT, Mon, 16 Dec 2019 23:48:18 GMT")) == 2
    assert len(read("2014-04-29T18:30:38Z, 2019-12-16T23:48:18Z")) == 2


def test_an_empty_header_is_an_empty_list() -> None:
    assert header_reader(shape("Strings"))("") == []


@pytest.mark.parametrize(("name", "text"), [("Numbers", "1, x"), ("Json", "%%%"), ("Json", "bm8="), ("Dates", "soon")])
def test_a_header_of_another_type_is_a_fault(name: str, text: str) -> None:
    read = header_reader(Shape(shape(name).model, name, {"location": "header"}))
    with pytest.raises(TypeFaultError):
        read(text)


def test_a_form_of_more_fields_than_any_operation_takes_is_malformed() -> None:
    with pytest.raises(ValidationError) as caught:
        parse_form("a=1&" * 20, 10)
    assert caught.value.error_kind is Kind.MALFORMED
