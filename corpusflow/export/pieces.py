"""The smallest pieces into which a text can be cut: at the borders of tokens, and not inside what a reader sees as one
character."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from corpusflow.export.tokens import Span

_LONGEST_CHARACTER = 32  # tokens; a letter with marks without end is cut all the same
_JOINER = "\u200d"  # makes one picture of two emoji
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)  # spell the flag of a region after a black flag
_REGIONAL = range(0x1F1E6, 0x1F200)  # two of them are the flag of a country
_HANGUL_VOWELS_AND_ENDS = range(0x1160, 0x1200)


class Piece(NamedTuple):
    """Characters of a text that stay together, and how many tokens they are."""

    start: int
    end: int
    tokens: int


def pieces(text: str, spans: Iterable[Span], start: int = 0) -> list[Piece]:
    """The pieces of a text with these tokens, in order.

    start: added to all places. A text has one piece at least, of one token at least: one that a tokenizer finds
    nothing in takes room, too.
    """
    found: list[Piece] = []
    plain = text.isascii() and "\r" not in text
    for first, end in spans:
        last = found[-1] if found else None
        if last is not None and _together(text, last, first, plain):
            found[-1] = Piece(last.start, max(last.end, end), last.tokens + 1)
        else:
            found.append(Piece(first, end, 1))
    whole = found or [Piece(0, len(text), 1)]
    return whole if start == 0 else [Piece(piece.start + start, piece.end + start, piece.tokens) for piece in whole]


def _together(text: str, last: Piece, first: int, plain: bool) -> bool:
    if first < last.end:
        return True
    return not plain and last.tokens < _LONGEST_CHARACTER and inside_character(text, first, last.start)


def inside_character(text: str, place: int, start: int = 0) -> bool:
    """Whether a cut before text[place] would part a letter from its marks, an emoji from its parts, the halves of a
    flag, a syllable of Hangul that is written in pieces, or a line's two ends. False at both ends of the text.

    start: where a character begins; nothing before it is looked at.
    """
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if after.isascii():
        return before == "\r" and after == "\n"
    code = ord(after)
    if _JOINER in (before, after) or unicodedata.category(after)[0] == "M":
        return True
    if code in _REGIONAL:
        return _regional_before(text, place, start) % 2 == 1
    return code in _SKIN_TONES or code in _TAGS or code in _HANGUL_VOWELS_AND_ENDS


def _regional_before(text: str, place: int, start: int) -> int:
    first = place
    while first > start and ord(text[first - 1]) in _REGIONAL:
        first -= 1
    return place - first
