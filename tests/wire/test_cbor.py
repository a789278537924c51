from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usina.core.errors import ApiError, Kind, TooLargeError
from usina.wire.cbor import decode
from usina.wire.faults import TypeFaultError

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_cbor2_writes_is_read(value: Any) -> None:
    assert decode(cbor2.dumps(value)) == value


@pytest.mark.parametrize(
    ("document", "value"),
    [
        ("9f0102ff", [1, 2]),
        ("bf6161f5ff", {"a": True}),
        ("5f41004101ff", b"\x00\x01"),
        ("7f61616162ff", "ab"),
        ("f97c00", math.inf),
        ("fa3fc00000", 1.5),
        ("f7", None),
        ("c11a5361f24e", datetime.fromtimestamp(0x5361F24E, UTC)),
    ],
)
def test_every_form_of_an_item_is_read(document: str, value: object) -> None:
    assert decode(bytes.fromhex(document)) == value


@pytest.mark.parametrize(
    "document",
    [
        "",
        "ff",
        "1c",
        "18",
        "5f6161ff",
        "61ff",
        "a10101",
        "9f",
        "0001",
        "f8ff",
        "9bffffffffffffffff",
        "bbffffffffffffffff",
        "5bffffffffffffffff",
        "c249ffffffffffffffffff",
        "c4821b7fffffffffffffff01",
        "d81c80",
        "d8236161",
        "c16161",
    ],
)
def test_what_is_no_document_or_holds_a_foreign_tag_is_malformed(document: str) -> None:
    with pytest.raises(ApiError) as caught:
        decode(bytes.fromhex(document))
    assert caught.value.error_kind is Kind.MALFORMED


def test_a_document_nested_too_deep_is_refused() -> None:
    with pytest.raises(TooLargeError):
        decode(b"\x81" * 10_000 + b"\x00")


def test_a_moment_outside_the_calendar_is_a_fault_of_type() -> None:
    with pytest.raises(TypeFaultError):
        decode(cbor2.dumps(cbor2.CBORTag(1, 1e300)))
