"""Where in a text personal data stands, by form and check digits. In doubt it is found: a number too many that is taken
out costs an answer some of its use, one too few is gone.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from usina.federation.personal import checks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Span(NamedTuple):
    """One finding: text[start:end]."""

    start: int
    end: int
    kind: str


_EMAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}")
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?=[ -]?[A-Za-z0-9])")
_DIGIT_RUN = re.compile(r"(?<![0-9])[0-9](?:[ .-]?[0-9]){12,}")
_CARD_DIGITS: Final = range(13, 20)
_IPV4 = re.compile(r"(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w]|\.[0-9])")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{2,39}(?::(?:[0-9]{1,3}\.){3}[0-9]{1,3})?(?![\w:])")
_PHONE = re.compile(
    r"(?<![\w+.,-])(?:"
    r"(?:\+|00)[1-9](?:[ ()./-]{0,3}[0-9]){6,14}"  # international
    r"|\(?0[1-9](?:[ ()./-]{0,3}[0-9]){5,13}"  # with the prefix of a country's own calls
    r"|(?:1[ .-]?)?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}"  # North America
    r")(?![\w]|[.,-][0-9])"
)
_PASSPORT_LINE = re.compile(r"(?<![A-Z0-9<])(?:[A-Z0-9<]{30}|[A-Z0-9<]{36}(?:[A-Z0-9<]{8})?)(?![A-Z0-9<])")
_SEPARATORS = re.compile(r"[ ./-]")


def _number(pattern: str, check: Callable[[str], bool]) -> Callable[[str], Iterator[tuple[int, int]]]:
    """A form, between word boundaries, whose digits and letters without separators pass a check."""
    form = re.compile(rf"(?<!\w){pattern}(?!\w)", re.IGNORECASE | re.ASCII)

    def find(text: str) -> Iterator[tuple[int, int]]:
        for match in form.finditer(text):
            if check(_SEPARATORS.sub("", match.group()).upper()):
                yield match.span()

    return find


def _always(_text: str) -> bool:
    return True


# Forms as the countries' own pages write them; separators are those that people use.
_NATIONAL: Final[tuple[Callable[[str], Iterator[tuple[int, int]]], ...]] = (
    _number(r"[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}", checks.us_ssn),  # United States
    _number(
        r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?(?:[0-9]{2} ?){3}[A-D]", _always
    ),  # NINO, GB
    _number(r"[1-9][0-9](?: ?[0-9]{3}){3}", checks.german_tax),
    _number(r"(?:[0-9]{8}|[XYZ][ -]?[0-9]{7})[ -]?[A-Z]", checks.spanish_nif),
    _number(
        r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-EHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]", checks.italian_fiscale
    ),
    _number(r"[1-478] ?[0-9]{2} ?[0-9]{2} ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}", checks.french_nir),
    _number(r"[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}-?[0-9]{2}", checks.brazilian_cpf),
    _number(r"[0-9]{11}", checks.polish_pesel),
    _number(r"(?:[0-9]{2})?[0-9]{6}[-+][0-9]{4}", lambda text: checks.swedish_number(text.replace("+", "")[-10:])),
    _number(r"756\.?[0-9]{4}\.?[0-9]{4}\.?[0-9]{2}", checks.swiss_ahv),
    _number(r"[0-9]{9}", checks.dutch_bsn),
    _number(r"[0-9]{2}\.?[0-9]{2}\.?[0-9]{2}-?[0-9]{3}\.?[0-9]{2}", checks.belgian_number),
)


def find_all(text: str) -> list[Span]:
    """All findings, in order, those that touch the same characters joined under the name of the first."""
    found = sorted(
        (Span(start, end, kind) for kind, find in RECOGNISERS.items() for start, end in find(text)),
        key=lambda span: (span.start, -span.end),
    )
    joined: list[Span] = []
    for span in found:
        if joined and span.start < joined[-1].end:
            last = joined[-1]
            joined[-1] = Span(last.start, max(last.end, span.end), last.kind)
        else:
            joined.append(span)
    return joined


def _emails(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _EMAIL.finditer(text))


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """From each beginning as many characters as that country's IBANs have, blanks and dashes between them."""
    for match in _IBAN_START.finditer(text):
        length = checks.IBAN_LENGTHS.get(match.group()[:2].upper(), 0)
        kept, position = "", match.start()
        while position < len(text) and len(kept) < length:
            letter = text[position]
            if letter.isascii() and letter.isalnum():
                kept += letter
            elif letter not in " -":
                break
            position += 1
        if length and checks.iban(kept.upper()):
            yield match.start(), position


def _cards(text: str) -> Iterator[tuple[int, int]]:
    """Groups of digits that together have a card's length and sum, within longer runs of groups too."""
    for match in _DIGIT_RUN.finditer(text):
        groups = [group.span() for group in re.finditer(r"[0-9]+", match.group())]
        for first, (start, _) in enumerate(groups):
            digits = ""
            for begin, end in groups[first:]:
                digits += match.group()[begin:end]
                if len(digits) >= _CARD_DIGITS.stop:
                    break
                if len(digits) in _CARD_DIGITS and digits.strip("0") and checks.luhn(digits):
                    yield match.start() + start, match.start() + end


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    for form in (_IPV4, _IPV6):
        for match in form.finditer(text):
            written = match.group()
            if form is _IPV6 and (written.count(":") < 2 or not any(map(str.isalnum, written))):  # noqa: PLR2004
                continue
            try:
                ipaddress.ip_address(written)
            except ValueError:
                continue
            yield match.span()


def _phones(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _PHONE.finditer(text))


def _nationals(text: str) -> Iterator[tuple[int, int]]:
    for find in _NATIONAL:
        yield from find(text)


def _documents(text: str) -> Iterator[tuple[int, int]]:
    """Lines of a passport or identity card as machines read them (ICAO 9303), told by their fillers."""
    return (match.span() for match in _PASSPORT_LINE.finditer(text) if "<<" in match.group())


RECOGNISERS: Final[dict[str, Callable[[str], Iterator[tuple[int, int]]]]] = {
    "EMAIL": _emails,
    "IBAN": _ibans,
    "CARD": _cards,
    "NATIONAL_ID": _nationals,
    "DOCUMENT": _documents,
    "IP_ADDRESS": _addresses,
    "PHONE": _phones,
}
