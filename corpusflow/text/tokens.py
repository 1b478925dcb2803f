"""A text as a row of words, with a stand-in for words in scripts that put no spaces between them."""

from __future__ import annotations

import functools
import re
import string

_HAN_OR_KANA = (
    "\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
_THAI_LAO_MYANMAR_KHMER = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f"
_UNSPACED = _HAN_OR_KANA + _THAI_LAO_MYANMAR_KHMER

_ANY_UNSPACED = re.compile(f"[{_UNSPACED}]")
_MARK = rf"(?:(?!\w)[{_THAI_LAO_MYANMAR_KHMER}])*"  # vowel signs and tone marks go with the letter before them
_TOKEN = re.compile(
    rf"[{_HAN_OR_KANA}]{{1,2}}"
    rf"|(?:(?=\w)[{_THAI_LAO_MYANMAR_KHMER}]{_MARK}){{1,4}}"
    rf"|[^\W_{_UNSPACED}][^\s{_UNSPACED}]*"
)
_SPACED_TOKEN = re.compile(r"[^\W_]\S*")

# Stripped with str.strip, which takes what is listed only: a vowel sign of Devanagari at a word's end is no letter
# and belongs to the word all the same.
_ASCII_AROUND = string.punctuation + "".join(map(chr, range(32))) + "\x7f"
_AFTER = (
    _ASCII_AROUND
    + "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a\u2026\u2013\u2014\u00b7\u2022"
    + "\u2122\u00ae\u00a9\u00b0"
    + "\u060c\u061b\u061f\u06d4\u0964\u0965\u055d\u0589\u05be\u05f3\u05f4\u1362"
    + "\u3001\u3002\uff0c\uff01\uff1f\uff1a\uff1b"
    + "\uff08\uff09\u300c\u300d\u300e\u300f\u300a\u300b\u3010\u3011\ufe0f\u200d"
)

# Several filters ask for the words of the same texts in turn. Enough for the texts of all but the longest documents;
# together no more than two million characters and their words, some twenty megabytes.
_REMEMBERED_TEXTS = 512
_REMEMBERED_LENGTH = 4096


def tokens(text: str) -> list[str]:
    """The words of a text in order, in lower case, without the punctuation around them.

    Words are those that `corpusflow.text.measures.words` counts: a run of characters between spaces with a letter or
    a digit in it. In scripts without spaces a run of Han characters or kana is cut into pairs, one of Thai, Lao, Khmer
    or Myanmar into pieces of four letters, each from the run's start: the same sentence gives the same pieces wherever
    it stands. Each run rounds up, so there may be one more per run than `words` has.
    """
    # A list of the caller's own: what is remembered must stay as it is.
    return list(_remembered(text)) if len(text) <= _REMEMBERED_LENGTH else _tokens(text)


def _tokens(text: str) -> list[str]:
    lower = text.lower()
    if text.isascii():
        return [word for token in lower.split() if (word := token if token.isalnum() else token.strip(_ASCII_AROUND))]
    if _ANY_UNSPACED.search(lower):
        return [token.rstrip(_AFTER) for token in _TOKEN.findall(lower)]
    words = []
    for token in lower.split():
        if token.isalnum():  # most are, and this is cheaper than to look for punctuation
            words.append(token)
        elif (word := token.rstrip(_AFTER))[:1].isalnum():
            words.append(word)
        elif found := _SPACED_TOKEN.search(token):
            words.append(found.group().rstrip(_AFTER))
    return words


@functools.lru_cache(maxsize=_REMEMBERED_TEXTS)
def _remembered(text: str) -> tuple[str, ...]:
    return tuple(_tokens(text))


def written_without_spaces(text: str) -> bool:
    """Whether the text has any letter of a script that puts no spaces between words."""
    return not text.isascii() and _ANY_UNSPACED.search(text) is not None
