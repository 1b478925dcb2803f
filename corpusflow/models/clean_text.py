"""Text as models can take it: no control characters, no lone surrogates, one space at a time, of bounded length."""

from __future__ import annotations

import re

# Tokenizers in C and Rust refuse lone surrogates; line ends and NUL cut the text short or raise in some detectors.
# Unicode's noncharacters are refused by cld2.
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(chr(last) + chr(last + 1) for last in range(0xFFFE, 0x110000, 0x10000))
_UNREADABLE = re.compile(rf"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff{_NONCHARACTERS}]+")


def clean_text(text: str, max_chars: int) -> str:
    """The first `max_chars` characters of the text, then cleaned: what comes after them changes nothing."""
    return _UNREADABLE.sub(" ", text[:max_chars]).strip()
