"""Where a text can be cut so that no character is cut, as a reader sees characters."""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"  # makes one picture of two emoji
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)  # spell the flag of a region after a black flag
_REGIONAL = range(0x1F1E6, 0x1F200)  # two of them are the flag of a country
_HANGUL_VOWELS_AND_ENDS = range(0x1160, 0x1200)


def inside_character(text: str, place: int) -> bool:
    """Whether a cut before text[place] would part a letter from its marks, an emoji from its parts, the halves of a
    flag, a syllable of Hangul that is written in pieces, or a line's two ends. False at both ends of the text."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if after.isascii():
        return before == "\r" and after == "\n"
    code = ord(after)
    if _JOINER in (before, after) or unicodedata.category(after)[0] == "M":
        return True
    if code in _REGIONAL:
        return _regional_before(text, place) % 2 == 1
    return code in _SKIN_TONES or code in _TAGS or code in _HANGUL_VOWELS_AND_ENDS


def _regional_before(text: str, place: int) -> int:
    first = place
    while first and ord(text[first - 1]) in _REGIONAL:
        first -= 1
    return place - first
