"""How much a text says, counted in letters."""

from __future__ import annotations

import re

_SYLLABLE_OR_WORD = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)
_WEIGHT = 3  # a kana, a Han character or a syllable of Hangul says as much as some three letters


def letters(text: str) -> int:
    """Number of letters; what stands for a syllable or a word (kana, Han, Hangul) counts three."""
    count = sum(map(str.isalpha, text))
    if text.isascii():
        return count
    return count + (_WEIGHT - 1) * len(_SYLLABLE_OR_WORD.findall(text))


def weighted_length(text: str) -> int:
    """Number of characters; what stands for a syllable or a word counts three here too."""
    return len(text) if text.isascii() else len(text) + (_WEIGHT - 1) * len(_SYLLABLE_OR_WORD.findall(text))
