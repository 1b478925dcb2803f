"""Telephone numbers in a text, by the forms in which they are written; a number that could be anything else stays."""

from __future__ import annotations

import re
from collections.abc import Iterator

# One thing between two groups of digits. A comma is never among them, nor two spaces: these part numbers.
_GAP = r"(?:[ \u00a0.\-/\u2010-\u2013]|\)[ \u00a0-]?|[ \u00a0]?\(|[ \u00a0][-/\u2013][ \u00a0]|\)[ \u00a0]?\()"
_START = r"(?<![\w+.,/=&?#%$€£@\u00b0-])"
_NO_FOURS = r"(?<!\D\d{4}[ \u00a0])"  # within groups of four stand accounts and cards, whatever their checksum says
_END = r"(?![\w%€£$°/=]|[.,:\-]\d|[ \u00a0]?[€£$])"

# 00 is a prefix only where the country code stands apart: there are many codes that begin with zeros.
_INTERNATIONAL = re.compile(
    _START + r"(?:\(?\+|" + _NO_FOURS + r"00[ \u00a0]?(?=[1-9]\d{0,2}[^\w.]))\d(?:" + _GAP + r"?\d){7,14}" + _END
)
_NORTH_AMERICAN = re.compile(
    _START + r"(?:1[-. ])?(?:\([2-9]\d\d\)[ \u00a0]?[2-9]\d\d[-. ]|[2-9]\d\d([-.])[2-9]\d\d\1)\d{4}" + _END
)
_FRENCH = re.compile(_START + r"0[1-9]([ \u00a0.-])\d\d(?:\1\d\d){3}" + _END)
# With the 0 that stands before an area code in most of the world; nobody counts things in that form.
_WITH_AREA_CODE = re.compile(
    _START + _NO_FOURS + r"(?:\(0[1-9]\d{0,4}\)[ \u00a0]?|0[1-9]\d{0,4}(?:[ \u00a0]?[/-][ \u00a0]?|[ \u00a0]))"
    r"\d{2,8}(?:[ \u00a0-]\d{2,8}){0,4}" + _END
)
_CHINESE_MOBILE = re.compile(_START + r"1[3-9]\d([- ])\d{4}\1\d{4}" + _END)
# Without gaps too, and with no space around, where Chinese is written.
_AMONG_HAN = re.compile(r"(?<![A-Za-z0-9_+.,/=&?#-])1[3-9]\d{9}(?![A-Za-z0-9_%/=]|[.,-]\d)")
_HAN = re.compile("[\u4e00-\u9fff]")
# Behind a word for it any number of the right length will do.
_NAMED = re.compile(
    r"(?:\b(?:tele(?:ph|f)on\w*|t[eé]l[eé](?:phone|fono)|tel|tlf|phone|fon|fax|telefax|faks|mobile|mobil|m[oó]vil|cell|"
    r"cellulare|celular|handy|gsm|whats ?app|hotline|puhelin|puh|telefoon|тел|телефон|факс)\b"
    r"|电话|電話|手机|手機|傳真|传真|전화|โทร|هاتف|טלפון)"
    r"[^\w\n+(]{0,4}(?:(?:number|no|nr|nummer)\b[^\w\n+(]{0,4})?"
    r"(?P<number>\(?\d(?:" + _GAP + r"?\d){6,14})" + _END,
    re.IGNORECASE,
)
_FORMS = (_INTERNATIONAL, _NORTH_AMERICAN, _FRENCH, _WITH_AREA_CODE, _CHINESE_MOBILE)

# Country codes of ITU-T E.164: the assigned ones, by how many digits they have.
_COUNTRY_CODE = re.compile(
    r"[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"
    r"|2[1-69]\d|3[578]\d|42\d|50\d|59\d|6[7-9]\d|8[0578]\d|9[679]\d"
)
# Dates, groups of thousands and places on earth are written with digits and the same signs.
_DATE = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})(?:[ -].*)?|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}(?:[ -].*)?"
)
_THOUSANDS = re.compile(r"[+(]*\d{1,3}(?:([. \u00a0])\d{3})(?:\1\d{3})*")
_YEARS = re.compile(r"(?:1[5-9]|20)\d\d(?: ?[-/\u2013] ?| )(?:1[5-9]|20)\d\d")
_MONTH = re.compile(r"0\d[ \u00a0/-](?:19|20)\d\d(?!\d).*")
_PLACE = re.compile(r"[+(]*\d{1,3}\.\d{3,}[-+]\d{1,3}\.\d+")


def phone_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where telephone numbers stand, as (start, end); some may overlap."""
    for form in _FORMS:
        for found in form.finditer(text):
            if _can_be_dialled(found[0], 9, international=form is _INTERNATIONAL):
                yield found.span()
    if _HAN.search(text):
        yield from (found.span() for found in _AMONG_HAN.finditer(text) if _can_be_dialled(found[0], 11))
    for found in _NAMED.finditer(text):
        if _can_be_dialled(found["number"], 7):
            yield found.span("number")


def _can_be_dialled(written: str, min_digits: int, *, international: bool = False) -> bool:
    if any(form.fullmatch(written) for form in (_DATE, _MONTH, _YEARS, _PLACE)) or _is_count(written):
        return False
    digits = "".join(filter(str.isdigit, written))
    if not international:
        return min_digits <= len(digits) <= 15 and not _THOUSANDS.fullmatch(written) and len(set(digits)) > 2
    digits = digits.removeprefix("00")
    # +20 000 000 is a gain, not a number in Egypt.
    if len(set(digits[3:])) < 2 or not _COUNTRY_CODE.match(digits):
        return False
    if digits[0] == "1":
        return len(digits) == 11 and digits[1] > "1" and digits[4] > "1"
    if digits[0] == "7":
        return len(digits) == 11
    return min_digits <= len(digits) <= 15


def _is_count(written: str) -> bool:
    """Pairs of digits that only grow: a drawing of numbers, a list of versions."""
    pairs = re.split(r"\D+", written)
    return len(pairs) > 3 and all(len(pair) == 2 for pair in pairs) and pairs == sorted(pairs)
