from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usina.federation.personal import checks


@given(st.text(alphabet="0123456789", min_size=12, max_size=18))
def test_of_ten_last_digits_one_makes_luhns_sum(digits: str) -> None:
    assert sum(checks.luhn(digits + last) for last in "0123456789") == 1


@given(st.sampled_from(sorted(checks.IBAN_LENGTHS)), st.data())
def test_of_all_check_digits_of_an_iban_one_or_two_are_right(country: str, data: st.DataObject) -> None:
    length = checks.IBAN_LENGTHS[country] - 4
    rest = data.draw(st.text(alphabet="0123456789ABCXYZ", min_size=length, max_size=length))
    right = [number for number in range(2, 99) if checks.iban(f"{country}{number:02}{rest}")]
    assert len(right) == 1
    assert not checks.iban(f"{country}{right[0]:02}{rest}0")


@pytest.mark.parametrize("digits", ["11111111111", "00000000000"])
def test_a_cpf_of_one_digit_is_none(digits: str) -> None:
    assert not checks.brazilian_cpf(digits)


def test_a_number_of_corsica_has_letters() -> None:
    number = "1550" + "22A" + "123456"
    key = 97 - int(number.replace("2A", "19")) % 97
    assert checks.french_nir(f"{number}{key:02}")


@pytest.mark.parametrize("digits", ["666123456", "900123456", "123003456", "123450000"])
def test_a_number_that_is_never_given_is_no_social_security_number(digits: str) -> None:
    assert not checks.us_ssn(digits)
