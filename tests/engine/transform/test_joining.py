"""Selecting from records and joining answers to them."""

from __future__ import annotations

from typing import Any

import pytest

from usina.engine.transform.joining import Joining
from usina.engine.transform.records import RecordError


def joining(form: str, before: str = "$", after: str = "$", source: str = "None") -> Joining:
    request: dict[str, Any] = {
        "TransformInput": {"ContentType": form},
        "TransformOutput": {"Accept": form},
        "DataProcessing": {"InputFilter": before, "OutputFilter": after, "JoinSource": source},
    }
    return Joining.of(request)


def test_nothing_is_read_where_nothing_is_selected() -> None:
    plain = joining("application/x-anything")
    assert plain.asked([b"\xff", b"2"]) == [b"\xff", b"2"]
    assert plain.stored([b"\xff", b"2"], b"\xfe\n\n") == [b"\xfe\n\n"]


def test_rows_lose_columns_and_gain_those_of_the_answer() -> None:
    rows = joining("text/csv; charset=utf-8", "$[1:]", "$[0,-1]", "Input")
    batch = [b'"a, ""b""",1,2\r', b"c,3,4"]
    assert rows.asked(batch) == [b"1,2", b"3,4"]
    assert rows.stored(batch, b"0.5,x\n0.25,y\n") == [b'"a, ""b""",x', b"c,y"]
    assert joining("text/csv", source="Input").stored([b"1,2,3"], b"1\n") == [b"1,2,3,1"]


def test_objects_gain_a_member_and_other_values_become_one() -> None:
    objects = joining("application/jsonlines", "$.features", "$['id','SageMakerOutput']", "Input")
    assert objects.asked([b'{"id": 1, "features": [1, 2]}']) == [b"[1,2]"]
    assert objects.stored([b'{"id": 1, "features": [1, 2]}'], b'{"label": "\xc3\xa9"}\n') == [
        '{"id":1,"SageMakerOutput":{"label":"é"}}'.encode()
    ]
    arrays = joining("application/json", source="Input")
    assert arrays.stored([b"[1]"], b"2") == [b'{"SageMakerInput":[1],"SageMakerOutput":2}']
    assert joining("application/json", after="$.a").stored([b"1"], b'{"a":2}') == [b"2"]


@pytest.mark.parametrize(
    ("form", "batch", "answer", "why"),
    [
        ("text/csv", [b"1", b"2"], b"1\n2\n3\n", "answered 3 lines to 2 records"),
        ("text/csv", [b'"1'], b"1", "a record is not a row"),
        ("text/csv", [b"\xff"], b"1", "a record is not a row"),
        ("application/json", [b"{"], b"1", "a record is not JSON"),
        ("application/json", [b"{}"], b"[" * 100_000, "the model's answer is not JSON"),
        ("application/json", [b"{}"], b"", "the model's answer is not JSON"),
    ],
)
def test_what_cannot_be_joined_is_told_without_its_content(
    form: str, batch: list[bytes], answer: bytes, why: str
) -> None:
    with pytest.raises(RecordError, match=why):
        joining(form, source="Input").stored(batch, answer)


def test_a_selection_that_fits_no_record_says_what_is_missing() -> None:
    with pytest.raises(RecordError, match="InputFilter does not fit: there is no member 'x'"):
        joining("application/json", before="$.x").asked([b"{}"])
    with pytest.raises(RecordError, match="OutputFilter does not fit: there is no item 5 among 2"):
        joining("text/csv", after="$[5]", source="Input").stored([b"1"], b"2")
