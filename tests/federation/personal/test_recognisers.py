from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usina.federation.personal.recognisers import RECOGNISERS, find_all

# Every value is an example that the scheme's own documentation gives, or was made to pass its check digits.
FOUND = {
    "EMAIL": [
        "ada@example.com", "Ada.Lovelace+x@mail.example.co.uk", "o'neil@example.com", "jürgen@müller.example.org",
        "a_b-c@x-y.example.io",
    ],
    "IBAN": [
        "DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "gb82 west 1234 5698 7654 32",
        "FR14 2004 1010 0505 0001 3M02 606", "NO9386011117947", "CH93-0076-2011-6238-5295-7",
    ],
    "CARD": [
        "4111111111111111", "4111 1111 1111 1111", "5500-0000-0000-0004", "3400 000000 00009", "6011000000000004",
    ],
    "IP_ADDRESS": ["192.168.1.17", "8.8.8.8", "2001:db8::8a2e:370:7334", "fe80::1", "::ffff:10.0.0.1"],
    "PHONE": [
        "+49 30 1234567", "+49 (0)30 1234567", "0049-171-1234567", "030/1234567", "0171 123 45 67", "(555) 234-5678",
        "555-234-5678", "+1 555 234 5678", "+442079460958",
    ],
    "NATIONAL_ID": [
        "123-45-6789", "AB 12 34 56 C", "QQ123456C".replace("QQ", "AA"), "86 095 742 719", "12345678Z", "X1234567L",
        "RSSMRA85T10A562S", "1 55 02 78 123 400 15", "529.982.247-25", "44051401359", "811228-9874", "756.9217.0769.85",
        "111222333", "85.07.30-033.28",
    ],
    "DOCUMENT": ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"],
}  # fmt: skip
NOT_FOUND = [
    "2026-11-27", "10:20:30", "1.2.3", "3.14159265", "std::vector<int>", "C++", "1,000,000", "1732737600", "a@b",
    "@example.com", "see chapter 12 of 24", "0x7fffffff", "v1.0.0-rc.1", "DE89370400440532013001",
    "4111 1111 1111 1112", "123456789Z", "000-12-3456", "12345", "$1,299.00", "f47ac10b-58cc-4372-a567-0e02b2c3d479",
    "https://example.com/path?a=1", "999.999.999.999", "RSSMRA85T10A562X", "529.982.247-24",
]  # fmt: skip
CASES = [(kind, value) for kind, values in FOUND.items() for value in values]


def kinds(text: str) -> list[str]:
    return [span.kind for span in find_all(text)]


@pytest.mark.parametrize(("kind", "value"), CASES, ids=[f"{kind} {number}" for number, (kind, _) in enumerate(CASES)])
def test_a_value_is_found_whole_alone_and_within_a_sentence(kind: str, value: str) -> None:
    for before, after in (("", ""), ("It is ", "."), ("(", ")"), ("x: ", ", and more"), ("\n", "\n"), ("„", '"')):
        text = before + value + after
        (span,) = find_all(text)
        assert text[span.start : span.end].strip("()") == value.strip("()")
        assert span.kind == kind


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_is_no_personal_data_stays(text: str) -> None:
    assert not kinds(text)


@pytest.mark.parametrize("value", ["4111111111111111", "DE89370400440532013000", "86095742719", "44051401359"])
def test_one_wrong_digit_is_no_such_number(value: str) -> None:
    kind = kinds(value)[0]
    missed = 0
    for place in range(2, len(value)):
        for other in "0123456789":
            if value[place].isdigit() and other != value[place]:
                changed = value[:place] + other + value[place + 1 :]
                missed += kind in kinds(changed)
    assert missed <= 12, "the sums find a changed digit; another scheme's number may come of it now and then"


def test_a_card_among_other_numbers_is_found() -> None:
    assert "CARD" in kinds("order 12 4111 1111 1111 1111 77")
    numbers = " ".join(["7"] * 60)
    assert "CARD" in kinds(f"{numbers} 4111 1111 1111 1111")


def test_findings_do_not_overlap_and_are_in_order() -> None:
    text = "ada@example.com 10.0.0.1 DE89370400440532013000 +49301234567, 4111 1111 1111 1111"
    spans = find_all(text)
    assert [span.kind for span in spans] == ["EMAIL", "IP_ADDRESS", "IBAN", "PHONE", "CARD"]
    assert all(first.end <= second.start for first, second in pairwise(spans))


@given(st.text(alphabet=st.sampled_from("0123456789 .-+()/:@abcdefXYZ<"), max_size=80))
def test_whatever_comes_is_looked_through_without_an_error(text: str) -> None:
    for span in find_all(text):
        assert 0 <= span.start < span.end <= len(text)
        assert span.kind in RECOGNISERS


@pytest.mark.parametrize("piece", ["1 ", "a.", "0", "+1(", "::", "a@", "DE89 ", "<", "1-"])
def test_a_text_made_to_hang_does_not(piece: str) -> None:
    find_all(piece * 20_000)
