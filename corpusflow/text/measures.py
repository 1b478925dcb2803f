"""Measures of a text that filters compare: plain numbers, fair to every script."""

from __future__ import annotations

import re

from corpusflow.text.tokens import written_without_spaces

_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_HAN_OR_KANA = re.compile(
    "[\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff]"
)
_THAI_LAO_MYANMAR_KHMER = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f]+")

# A word of Chinese or Japanese has some two characters; one of Thai, Lao, Khmer or Burmese some four letters,
# vowel signs and tone marks not counted.
_CHARACTERS_PER_WORD = 2
_LETTERS_PER_WORD = 4


def words(text: str) -> int:
    """Number of words, in a way that is fair to languages that put no spaces between them.

    A run of characters between spaces is one word if it has a letter or a digit (a lone dash has none). In scripts
    that are written without spaces, words are estimated: two Han characters or kana are one word, and four Thai, Lao,
    Khmer or Myanmar letters; the remainder rounds up, so that a text with any such letter has a word.
    """
    if not written_without_spaces(text):
        return _spaced_words(text)
    spaced, characters = _HAN_OR_KANA.subn(" ", text)
    letters = sum(map(str.isalnum, "".join(_THAI_LAO_MYANMAR_KHMER.findall(spaced))))
    spaced = _THAI_LAO_MYANMAR_KHMER.sub(" ", spaced)
    return (
        _spaced_words(spaced) + _rounded_up(characters, _CHARACTERS_PER_WORD) + _rounded_up(letters, _LETTERS_PER_WORD)
    )


def _spaced_words(text: str) -> int:
    # Most begin with a letter or a digit, and this is cheaper than to look for one.
    return sum([1 for token in text.split() if token[0].isalnum() or _LETTER_OR_DIGIT.search(token)])


def _rounded_up(count: int, per_word: int) -> int:
    return -(-count // per_word)
