"""What the characters of a text are: shares of kinds of characters, of marked lines, of symbols per word.

Every share is 0 for a text that has nothing to take a share of.
"""

from __future__ import annotations

import functools
import re
import string
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_OTHER, _SPACE, _LETTER, _CAPITAL, _MARK, _DIGIT, _PUNCTUATION = range(7)
_KINDS = 7
_ENDS = 64  # letters of the same case end in other bits
_TABLED = 0x32000  # above stand no assigned characters but tags and variation selectors, which count as other

# Escaped, since many of these look like ASCII and are not.
_SENTENCE_END = tuple(
    ".!?\"')\u2026\u201d\u2019\u00bb" + "\u3002\uff01\uff1f\u300d\u300f\uff09\u0964\u06d4\u061f\u1362\u0589"
)
_BULLET = re.compile(
    r"[*\u2022\u2023\u2043\u25e6\u25aa\u25ab\u25a0\u25a1\u25cf\u25cb\u25c6\u25c7\u25ba"
    r"\u25b6\u25b8\u27a2\u27a4\u2713\u2714\u2717\u00b7\u2013-]\s*\S"
)
_ELLIPSIS = re.compile("[.]{3}|\u2026")
_ELLIPSIS_END = ("...", "\u2026", "\u3002\u3002\u3002")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_COMPARISON = re.compile("[<>]=?|[\u2264\u2265]")


@dataclass(frozen=True, slots=True)
class CharacterCounts:
    """How many characters of each kind a text has; together they are all of them.

    letters: without capitals, with those of scripts that have no capitals. marks: accents and vowel signs. digits: of
    any script. punctuation: as Unicode has it, and the ASCII symbols ``$+<=>^`|~``. other: symbols, emoji, controls.
    """

    spaces: int = 0
    letters: int = 0
    capitals: int = 0
    marks: int = 0
    digits: int = 0
    punctuation: int = 0
    other: int = 0

    def __add__(self, more: CharacterCounts) -> CharacterCounts:
        return CharacterCounts(
            self.spaces + more.spaces,
            self.letters + more.letters,
            self.capitals + more.capitals,
            self.marks + more.marks,
            self.digits + more.digits,
            self.punctuation + more.punctuation,
            self.other + more.other,
        )

    @property
    def visible(self) -> int:
        """All but spaces."""
        return self.letters + self.capitals + self.marks + self.digits + self.punctuation + self.other

    @property
    def special_share(self) -> float:
        """What is neither letter nor mark, among all characters. Spaces are special too: OBELICS counts them."""
        special = self.spaces + self.digits + self.punctuation + self.other
        return _share(special, self.spaces + self.visible)

    @property
    def letter_share(self) -> float:
        """Letters and marks among what is not space; 1 less this is what mOSCAR calls non-alphabetic."""
        return _share(self.letters + self.capitals + self.marks, self.visible)

    @property
    def digit_share(self) -> float:
        """Digits among what is not space (OmniCorpus, mOSCAR)."""
        return _share(self.digits, self.visible)

    @property
    def capital_share(self) -> float:
        """Capital letters among what is not space (OmniCorpus, mOSCAR); 0 in scripts without capitals."""
        return _share(self.capitals, self.visible)

    def punctuation_share(self, words: int) -> float:
        """Punctuation marks among words and punctuation marks together (OBELICS)."""
        return _share(self.punctuation, words + self.punctuation)


def count_characters(text: str) -> CharacterCounts:
    """Counts each character once, by its Unicode category."""
    return CharactersOf([text]).counts[0]


class CharactersOf:
    """The characters of several texts, looked at all at once: of many short texts that takes a third of the time.

    counts: of each text. at_most: no character but space stands more often in the text.
    """

    counts: list[CharacterCounts]
    at_most: list[int]

    def __init__(self, texts: Sequence[str]) -> None:
        # surrogatepass: a lone surrogate of a broken page counts as other.
        codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        kinds = _kinds().take(codes, mode="clip")  # the last place of the table is an unassigned character
        owners = np.repeat(np.arange(len(texts)), np.fromiter(map(len, texts), np.int64, len(texts)))
        by_kind = np.bincount(owners * _KINDS + kinds, minlength=len(texts) * _KINDS).reshape(-1, _KINDS)
        self.counts = [
            CharacterCounts(spaces, letters, capitals, marks, digits, punctuation, other)
            for other, spaces, letters, capitals, marks, digits, punctuation in by_kind.tolist()
        ]
        # The characters whose codes end in the same bits are counted as one, so that there are few to count.
        ends = (owners * _ENDS + codes % _ENDS)[kinds != _SPACE]
        by_end = np.bincount(ends, minlength=len(texts) * _ENDS).reshape(-1, _ENDS)
        self.at_most = by_end.max(axis=1).tolist()


def one_character_share(text: str) -> float:
    """Share of the most frequent character among those that are not space (mOSCAR)."""
    visible = "".join(text.split())
    return max(map(visible.count, set(visible))) / len(visible) if visible else 0.0


def alphabetic_word_share(tokens: Sequence[str]) -> float:
    """Share of words with at least one letter (Gopher)."""
    without = [token for token in tokens if not token.isalpha() and not any(map(str.isalpha, token))]
    return _share(len(tokens) - len(without), len(tokens))


def mean_word_length(tokens: Sequence[str]) -> float:
    """Characters per word (Gopher); 0 without words. Means nothing in scripts without spaces. A syllable of Hangul,
    which is written with two letters or three, counts two: else good Korean comes near to Gopher's least."""
    text = "".join(tokens)
    syllables = 0 if text.isascii() else len(_HANGUL.findall(text))
    return (len(text) + syllables) / len(tokens) if tokens else 0.0


def hash_ratio(text: str, words: int) -> float:
    """Signs `#` per word (Gopher). May exceed 1."""
    return _share(text.count("#"), words)


def ellipsis_ratio(text: str, words: int) -> float:
    """Ellipses, as one character or as three points, per word (Gopher). May exceed 1."""
    return _share(len(_ELLIPSIS.findall(text)), words)


def curly_braces(text: str) -> int:
    return text.count("{") + text.count("}")


def comparison_signs(text: str) -> int:
    """Signs of comparison: `<`, `>`, `<=`, `>=` and their single characters (mOSCAR)."""
    return len(_COMPARISON.findall(text))


def lines(texts: Iterable[str]) -> list[str]:
    """The lines of these texts that are not empty, without the spaces around them."""
    return [line for text in texts for part in text.splitlines() if (line := part.strip())]


def starts_with_bullet(line: str) -> bool:
    """A bullet sign, an asterisk or a dash with something after it; a number such as `5.` is none, nor is the long
    dash, which opens direct speech."""
    return _BULLET.match(line) is not None


def ends_with_ellipsis(line: str) -> bool:
    return line.endswith(_ELLIPSIS_END)


def ends_like_a_sentence(line: str) -> bool:
    """Whether it ends in a mark that ends sentences, in any script, or in a quote or bracket behind one (C4)."""
    return line.endswith(_SENTENCE_END)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


@functools.cache
def _kinds() -> npt.NDArray[np.uint8]:
    """The kind of every code point below _TABLED, and `other` for all above at its end. Made at first use: 50 ms."""
    table = np.fromiter(map(_kind, map(chr, range(_TABLED))), np.uint8, _TABLED)
    return np.append(table, np.uint8(_OTHER))


def _kind(character: str) -> int:
    if character in string.punctuation:
        return _PUNCTUATION
    if character.isspace():
        return _SPACE
    category = unicodedata.category(character)
    if category in ("Lu", "Lt"):
        return _CAPITAL
    return {"L": _LETTER, "M": _MARK, "P": _PUNCTUATION}.get(category[0], _DIGIT if category == "Nd" else _OTHER)
