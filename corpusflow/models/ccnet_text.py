"""Text as the language models of CCNet (Wenzek et al. 2020) were trained on it; most models for KenLM follow them."""

from __future__ import annotations

import re
import unicodedata

_DIGIT = re.compile(r"\d")
# Lone surrogates are none of CCNet's, but sentencepiece cannot read them.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

# ASCII, and the marks that it stands for.
_MARKS = {
    ",": "\uff0c\u3001",
    ".": "\u3002",
    ". ": "\uff0e",
    "...": "\u2026",
    '"': "\u201c\u201d\u201e\u00ab\u00bb\u300c\u300d\u300a\u300b",
    "'": "\u2019\u00b4",
    ":": "\uff1a\u2236",
    ";": "\uff1b",
    "?": "\uff1f",
    "!": "\uff01",
    "(": "\uff08",
    ")": "\uff09",
    "[": "\u3010",
    "]": "\u3011",
    "<": "\u3008",
    ">": "\u3009",
    "-": "\u2013\u2501\u25ba",
    " - ": "\u2014",
    "~": "\uff5e",
    "%": "\uff05",
}
_ASCII = str.maketrans({mark: plain for plain, marks in _MARKS.items() for mark in marks})


def ccnet_text(line: str, cased: bool = False) -> str:
    """One line with every digit a 0 and marks in ASCII where there is such a mark, in lower case and without accents.

    cased: keeps capitals and accents, as OBELICS does.
    """
    line = line.strip()
    if not cased:
        line = line.lower()
        if not line.isascii():
            decomposed = unicodedata.normalize("NFD", line)
            line = "".join(character for character in decomposed if unicodedata.category(character) != "Mn")
    return _CONTROL.sub("", _DIGIT.sub("0", line).translate(_ASCII))
