"""Personal data and secrets in a text: where they stand, and the text with a typed placeholder in their place.

What is looked for has a form that little else has: an address, a checksum, a prefix, or a word before it. A number
that could as well be a price, a date or a version stays, so some telephone numbers stay too. Names and street
addresses have no such form; they are not looked for.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from corpusflow.text.account_numbers import cards, ibans
from corpusflow.text.phone_numbers import phone_numbers
from corpusflow.text.secret_keys import may_have_key, secret_keys

VERSION = 1  # raised when another answer is given for the same text: it is part of the keys of what is made with it

Kind = Literal["api_key", "email", "iban", "card", "ip", "passport", "phone"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of a text that is personal. start, end: as in a slice."""

    kind: Kind
    start: int
    end: int


_LATIN = "A-Za-z0-9\u00c0-\u024f"
# The mark between name and host, also as it is written to hide from collectors.
_AT = r"(?:@|[ ]?(?:\(at\)|\[at\]|\{at\})[ ]?)"
_EMAIL = re.compile(
    rf"(?<![{_LATIN}.+%_'/-])(?P<name>[{_LATIN}](?:[{_LATIN}.+%_'-]{{0,62}}[{_LATIN}+_-])?){_AT}"
    rf"(?:[{_LATIN}](?:[{_LATIN}-]{{0,61}}[{_LATIN}])?(?:\.|[ ]?[(\[](?:dot|punkt)[)\]][ ]?)){{1,6}}"
    rf"(?P<top>[A-Za-z]{{2,24}})(?![{_LATIN}]|-[{_LATIN}])",
    re.IGNORECASE,
)
_MAYBE_EMAIL = re.compile(r"@|[(\[{]at[)\]}]", re.IGNORECASE)
# `photo@2x.png` is a file, `git@host.example:project` the same for everybody.
_NO_TOP_DOMAIN = frozenset({"png", "jpg", "jpeg", "gif", "webp", "svg", "avif", "css", "js", "html", "py", "mp"})
_NO_MAILBOX = frozenset({"git", "svn", "hg"})

_IPV4 = re.compile(r"(?<![\w.\-/])(?:\d{1,3}\.){3}\d{1,3}(?![\w\-]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:./-])[23][0-9a-f]{3}(?::[0-9a-f]{0,4}){2,7}(?![\w:])", re.IGNORECASE)
_NUMBERING = re.compile(r"(?:\bv|versions?|release|firmware|build|section|chapter|kernel|driver|bios)[ .:]{0,2}$", re.I)
_LEAST_IPV4_DIGITS = 8  # 4.1.2.11 is a version or a chapter; three addresses in a hundred have fewer

_PASSPORT = re.compile(
    r"(?:\b(?:(?:reise)?pass(?:port)?(?:nummer|number)?|passeport|pasaporte|passaporto|passaporte|paspoort|paszport|"
    r"паспорт\w*)\b|护照|護照|旅券|パスポート|여권)"
    r"[^\w\n]{0,4}(?:(?:number|no|nr|num[eé]ro|nummer|numer|номер|号码|番号)[^\w\n]{0,4}|№ ?)?(?:(?:is|ist)[ :]{1,2})?"
    r"(?P<number>(?-i:[A-Z]{0,3} ?\d{6,9}[A-Z]?|(?=[A-Z]{0,8}\d)[CFGHJKLMNPRTVWXYZ0-9]{9}))(?!\w)",
    re.IGNORECASE,
)

_SIX_DIGITS = re.compile(r"\d\D{0,5}\d\D{0,5}\d\D{0,5}\d\D{0,5}\d\D{0,5}\d")


def find_personal_data(text: str) -> list[Found]:
    """What is personal in a text, in order; no two overlap, and where two could be meant the earlier of KINDS is.

    IP addresses count where they are public: 192.168.1.1 is the same in every house.
    """
    found: list[Found] = []
    for may_have, finders in _FINDERS:
        if may_have(text):
            found += [Found(kind, start, end) for kind, finder in finders for start, end in finder(text)]
    return _apart(found, len(text)) if found else found


def mask(text: str, found: Sequence[Found]) -> str:
    """The text with `[EMAIL]`, `[PHONE]` and the like in the place of what was found in it."""
    pieces, done = [], 0
    for item in found:
        pieces += [text[done : item.start], f"[{item.kind.upper()}]"]
        done = item.end
    return "".join([*pieces, text[done:]])


def _apart(found: list[Found], length: int) -> list[Found]:
    covered, taken = bytearray(length), []
    for item in found:  # in the order of KINDS
        if not any(covered[item.start : item.end]):
            covered[item.start : item.end] = b"\1" * (item.end - item.start)
            taken.append(item)
    return sorted(taken, key=lambda item: item.start)


def _emails(text: str) -> Iterator[tuple[int, int]]:
    for found in _EMAIL.finditer(text):
        if found["top"].lower() not in _NO_TOP_DOMAIN and found["name"].lower() not in _NO_MAILBOX:
            yield found.span()


def _ip_addresses(text: str) -> Iterator[tuple[int, int]]:
    for form in (_IPV4, _IPV6):
        for found in form.finditer(text):
            numbered = form is _IPV4 and (
                sum(map(str.isdigit, found[0])) < _LEAST_IPV4_DIGITS
                or _NUMBERING.search(text[max(0, found.start() - 12) : found.start()])
            )
            if not numbered and _is_public(found[0]):
                yield found.span()


def _is_public(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return parsed.is_global and not parsed.is_multicast


def _passports(text: str) -> Iterator[tuple[int, int]]:
    for found in _PASSPORT.finditer(text):
        yield found.span("number")


Finder = Callable[[str], Iterator[tuple[int, int]]]

# A look that costs little, and what is only looked for where it says that there may be some; in the order of KINDS.
_FINDERS: tuple[tuple[Callable[[str], object], tuple[tuple[Kind, Finder], ...]], ...] = (
    (may_have_key, (("api_key", secret_keys),)),
    (_MAYBE_EMAIL.search, (("email", _emails),)),
    (
        _SIX_DIGITS.search,
        (("iban", ibans), ("card", cards), ("ip", _ip_addresses), ("passport", _passports), ("phone", phone_numbers)),
    ),
)
