"""Bank accounts and payment cards in a text: numbers with a checksum that is right."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Characters of an IBAN by country: the IBAN registry of SWIFT. A checksum alone lets one random code in 97 pass.
IBAN_LENGTHS = {
    code: length
    for length, codes in {
        15: "NO",
        16: "BE",
        18: "DK FI FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "FR GR IT MC MR SM",
        28: "AL AZ BY CY DO EG GT HU LB PL",
        29: "BR PS QA UA",
        30: "JO KW MU",
        31: "MT SC",
        32: "LC",
    }.items()
    for code in codes.split()
}

# Groups of four, as they are printed, or nothing between.
_IBAN = re.compile(r"(?<![\w/=])[A-Z]{2}\d{2}(?:[ \u00a0-]?[A-Z0-9]{4}){2,7}(?:[ \u00a0-]?[A-Z0-9]{1,3})?(?!\w)")
_CARD = re.compile(
    r"(?<![\w/=.,&?#+-])[2-6]\d{3}([ -]?)(?:\d{4}\1\d{4}\1\d{4}|\d{6}\1\d{5}|\d{6}\1\d{4})(?![\w/=&]|[.,-]\d)"
)

# First digits and lengths of the large schemes. The old Visa numbers of 13 digits are left out: so are many EAN codes.
_SCHEME = re.compile(
    r"4\d{15}"  # Visa
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12}"  # Discover
    r"|3(?:0[0-5]|[68]\d)\d{11}"  # Diners Club
    r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB
    r"|62\d{14}"  # UnionPay
)
_SPACES = str.maketrans("", "", " \u00a0-")


def ibans(text: str) -> Iterator[tuple[int, int]]:
    """Where IBANs stand, as (start, end)."""
    for found in _IBAN.finditer(text):
        end = _end_of_iban(found)
        if end is not None and is_iban(found[0][: end - found.start()].translate(_SPACES)):
            yield found.start(), end


def cards(text: str) -> Iterator[tuple[int, int]]:
    """Where numbers of payment cards stand, as (start, end)."""
    for found in _CARD.finditer(text):
        digits = found[0].translate(_SPACES)
        if _SCHEME.fullmatch(digits) and passes_luhn(digits):
            yield found.span()


def is_iban(code: str) -> bool:
    """Whether a code without spaces has the length of its country and a right checksum (ISO 13616, modulo 97)."""
    if IBAN_LENGTHS.get(code[:2]) != len(code):
        return False
    return int("".join(str(int(character, 36)) for character in code[4:] + code[:4])) % 97 == 1


def passes_luhn(digits: str) -> bool:
    """The checksum of payment cards: ISO/IEC 7812-1."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def _end_of_iban(found: re.Match[str]) -> int | None:
    """Where the country's length is reached: capitals behind an IBAN may belong to the next word. None: too short."""
    wanted = IBAN_LENGTHS.get(found[0][:2], 0)
    end = 0
    for place, character in enumerate(found[0], start=1):
        end += character not in " \u00a0-"
        if wanted and end == wanted:
            after = found.start() + place
            return after if after == found.end() or found[0][place] in " \u00a0-" else None
    return None
