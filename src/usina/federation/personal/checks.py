"""Check digits: what tells a number of a person from any other number. Each function gets digits and letters only."""

from __future__ import annotations

from typing import Final

_NIF_LETTERS: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
_FISCALE_ODD: Final = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
         10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip
_FISCALE_EVEN: Final = {letter: int(letter) if letter.isdigit() else ord(letter) - 65 for letter in _FISCALE_ODD}
# ISO 13616 registry: length of an IBAN by country.
IBAN_LENGTHS: Final = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
    "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20,
    "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
    "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
    "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip


def luhn(digits: str) -> bool:
    """Luhn's sum, ISO/IEC 7812-1: cards, Swedish personal numbers."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the sum of its two digits
    return total % 10 == 0


def iban(text: str) -> bool:
    """ISO 13616: the country's length, and 1 as the remainder by 97."""
    if IBAN_LENGTHS.get(text[:2]) != len(text):
        return False
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


def german_tax(digits: str) -> bool:
    """Steuerliche Identifikationsnummer: 11 digits, ISO 7064 mod 11,10, no leading 0, one digit of ten comes again."""
    if digits[0] == "0" or not 8 <= len(set(digits[:10])) <= 9:  # noqa: PLR2004 - by its definition
        return False
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def spanish_nif(text: str) -> bool:
    """DNI and NIE: eight digits (X, Y, Z stand for the first) and a letter."""
    number = text[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return _NIF_LETTERS[int(number) % 23] == text[-1]


def italian_fiscale(text: str) -> bool:
    """Codice fiscale: 16 letters and digits, the last one from the others."""
    odd = sum(_FISCALE_ODD[letter] for letter in text[0:15:2])
    even = sum(_FISCALE_EVEN[letter] for letter in text[1:15:2])
    return chr(65 + (odd + even) % 26) == text[15]


def french_nir(text: str) -> bool:
    """NIR (numéro de sécurité sociale): 13 digits, Corsica's with 2A or 2B, and a key by 97."""
    number = text[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(text[13:])


def brazilian_cpf(digits: str) -> bool:
    """CPF: 11 digits, the last two from the others; eleven times the same is none."""
    if len(set(digits)) == 1:
        return False
    for length in (9, 10):
        total = sum(int(digit) * (length + 1 - place) for place, digit in enumerate(digits[:length]))
        if total * 10 % 11 % 10 != int(digits[length]):
            return False
    return True


def polish_pesel(digits: str) -> bool:
    """PESEL: 11 digits, weights 1 3 7 9, a month that can be."""
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))
    return 1 <= int(digits[2:4]) % 20 <= 12 and (10 - total % 10) % 10 == int(digits[10])  # noqa: PLR2004 - months


def swedish_number(digits: str) -> bool:
    """Personnummer: ten digits, Luhn, a month and a day that can be (a day + 60: samordningsnummer)."""
    return 1 <= int(digits[2:4]) <= 12 and 1 <= int(digits[4:6]) % 60 <= 31 and luhn(digits)  # noqa: PLR2004 - dates


def swiss_ahv(digits: str) -> bool:
    """AHV number: 756 and the check digit of EAN-13."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits[:12]))
    return digits.startswith("756") and (10 - total % 10) % 10 == int(digits[12])


def dutch_bsn(digits: str) -> bool:
    """BSN: nine digits, the eleven test."""
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits[:8])) - int(digits[8])
    return total % 11 == 0 and digits.strip("0") != ""


def belgian_number(digits: str) -> bool:
    """Rijksregisternummer: 11 digits by 97, with a 2 before them for who was born from 2000 on."""
    number, key = int(digits[:9]), int(digits[9:])
    return key in {97 - number % 97, 97 - (number + 2_000_000_000) % 97}


def us_ssn(digits: str) -> bool:
    """Social security number: no check digit, but areas, groups and serials that are never given."""
    area = digits[:3]
    return area not in {"000", "666"} and area < "900" and digits[3:5] != "00" and digits[5:] != "0000"
