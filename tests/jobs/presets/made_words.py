"""Words and paragraphs in which nothing repeats by chance and of which every figure is known beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from random import Random

# All have four letters, and none is one of Gopher's eight but the first three.
SMALL_WORDS = (
    "that have with from into when they them were will been than then some such only very just even once ever also "
    "both each more most much many here your what over does upon must well back"
)
SMALL = SMALL_WORDS.split()
LETTERS = 4  # of every word: a share of characters is one of words


def made_words() -> list[str]:
    """Some 5,600 different words of four letters that are none."""
    consonants, vowels = "bdfgklmnprstvwz", "aeiou"
    words = ["".join(letters) for letters in product(consonants, vowels, consonants, vowels)]
    Random(1).shuffle(words)  # so that those side by side have no letters in common
    return [word for word in words if word not in SMALL]


MADE = made_words()


def distinct(count: int, skip: int = 0) -> list[str]:
    """So many words, small ones and made ones in turn: no two of them stand side by side again, and half of them are
    stop words. skip: so many words of the row are left out at its beginning."""
    return [word for _, word in zip(range(count), _row(skip), strict=False)]


def _row(skip: int) -> Iterator[str]:
    number = skip // 2
    while True:
        if number * 2 >= skip:
            yield SMALL[number % len(SMALL)]
        yield MADE[number % len(MADE)]
        number += 1


def sentences(words: Iterable[str], length: int = 9) -> str:
    """The words with a capital and a full stop for every so many of them."""
    row = list(words)
    parts = [" ".join(row[start : start + length]) for start in range(0, len(row), length)]
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts)


def paragraphs(words: Sequence[str], length: int = 50) -> list[str]:
    """Paragraphs of so many words; a rest that would be a short one goes with the last."""
    starts = list(range(0, len(words), length))
    if len(starts) > 1 and len(words) - starts[-1] < length // 2:
        starts.pop()
    return [sentences(words[start:end]) for start, end in zip(starts, [*starts[1:], None], strict=True)]
