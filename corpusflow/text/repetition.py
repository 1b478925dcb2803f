"""How much of a text repeats: character and word n-grams, lines, paragraphs.

Two published families. OBELICS (Laurençon et al. 2023), after the ROOTS corpus (Laurençon et al. 2022): the share of
repeated n-grams among all n-grams. Gopher (Rae et al. 2021, table A1): the share of characters that stand in repeated
lines, paragraphs or word n-grams. All shares lie in [0, 1]; what is too short to repeat has 0.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# N-grams are compared by a 64-bit polynomial of their members: two that differ share one with a chance of 2**-64 or so.
_FACTOR = np.uint64(0x9E3779B97F4A7C15)

Codes = npt.NDArray[np.uint64]
_Places = npt.NDArray[np.int64]


def character_repetition(text: str, n: int) -> float:
    """Share of the most frequent character n-grams among all n-grams of the text (OBELICS).

    The most frequent are as many as the square root of the number of different n-grams, rounded down, but only those
    that occur more than once.
    """
    return most_frequent_share(character_ngrams(text, n))


def character_ngrams(text: str, n: int) -> Codes:
    """A code for the n-gram that begins at each character but the last n - 1; equal n-grams have equal codes. A part
    of the row is that of a part of the text."""
    # surrogatepass: a lone surrogate of a broken page is a character like any other here.
    characters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    ngrams = characters[: max(len(characters) - n + 1, 0)]
    for member in range(1, n):
        ngrams = ngrams * _FACTOR + characters[member : member + len(ngrams)]
    return ngrams


def most_frequent_share(ngrams: Codes) -> float:
    """`character_repetition` of the text that has these n-grams."""
    counts = _counts(ngrams)
    if counts is None:
        return 0.0
    repeated = counts[counts > 1]
    repeated.sort()
    most = math.isqrt(len(counts))
    return float(repeated[-most:].sum() / len(ngrams))


def word_repetition(tokens: Sequence[str], n: int) -> float:
    """Share of word n-grams that occur more than once among all n-grams, each occurrence counted (OBELICS)."""
    return repeated_share(WordNgrams(tokens).codes(n))


def repeated_share(ngrams: Codes) -> float:
    """`word_repetition` of the text that has these n-grams."""
    counts = _counts(ngrams)
    return 0.0 if counts is None else float(counts[counts > 1].sum() / len(ngrams))


class WordNgrams:
    """The word n-grams of one text. What is found for one n makes the next greater one cheap."""

    def __init__(self, tokens: Sequence[str]) -> None:
        numbers = defaultdict[str, int]()
        numbers.default_factory = numbers.__len__  # a new token gets the next number
        self._codes = [np.fromiter(map(numbers.__getitem__, tokens), np.uint64, len(tokens))]
        self._ends = np.zeros(len(tokens) + 1, dtype=np.int64)  # in characters, of the tokens before each and of all
        np.cumsum(np.fromiter(map(len, tokens), np.int64, len(tokens)), out=self._ends[1:])
        self._found: dict[int, _Repeated] = {}

    def codes(self, n: int) -> Codes:
        """A code for the n-gram that begins at each token but the last n - 1; equal n-grams have equal codes. A part
        of the row is that of a part of the text."""
        while len(self._codes) < n:
            self._codes.append(self._codes[-1][:-1] * _FACTOR + self._codes[0][len(self._codes) :])
        return self._codes[n - 1]

    def top_share(self, n: int) -> float:
        """Share of characters that stand in the n-gram with the most occurrences (Gopher), spaces and punctuation
        around words not counted. Of those that occur equally often the one with the most characters; an n-gram that
        occurs once is no repetition."""
        repeated = self._repeated(n)
        if not repeated:
            return 0.0
        counts = np.diff(repeated.starts, append=len(repeated.places))
        most = counts.max()
        first = repeated.places[repeated.starts[counts == most]]
        longest = int((self._ends[first + n] - self._ends[first]).max())
        return min(1.0, longest * int(most) / int(self._ends[-1]))  # occurrences may overlap

    def duplicate_share(self, n: int) -> float:
        """Share of characters that stand in an n-gram which occurred before (Gopher), each counted once however many
        such n-grams overlap there. The first occurrence is not a duplicate."""
        repeated = self._repeated(n)
        if not repeated:
            return 0.0
        later = np.ones(len(repeated.places), dtype=bool)
        later[repeated.starts] = False
        duplicates = repeated.places[later]
        steps = np.zeros(len(self._ends), dtype=np.int64)
        steps[duplicates] += 1
        steps[duplicates + n] -= 1
        covered = np.cumsum(steps[:-1]) > 0
        return float(np.diff(self._ends)[covered].sum() / self._ends[-1])

    def _repeated(self, n: int) -> _Repeated | None:
        """None where no n-gram occurs twice."""
        if n not in self._found:
            # An n-gram repeats only where the shorter one that it begins with repeats.
            tokens = len(self._ends) - 1
            places = self._found[n - 1].places if n - 1 in self._found else np.arange(tokens)
            places = np.sort(places[places <= tokens - n])
            self._found[n] = _repeated(self.codes(n)[places], places) if len(places) else _NONE
        return self._found[n] if len(self._found[n].places) else None


@dataclass(frozen=True, slots=True)
class _Repeated:
    """places: where n-grams that occur more than once begin, equal ones side by side, earlier ones first. starts:
    where among these each group of equals begins."""

    places: _Places
    starts: _Places


_NONE = _Repeated(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def _repeated(codes: Codes, places: _Places) -> _Repeated:
    """Of n-grams that begin at these ascending places, at least one."""
    order = np.argsort(codes, kind="stable")
    counts = _run_lengths(codes[order])
    repeats = counts > 1
    counts_of_repeated = counts[repeats]
    return _Repeated(places[order[np.repeat(repeats, counts)]], np.cumsum(counts_of_repeated) - counts_of_repeated)


def duplicates(parts: Sequence[str]) -> tuple[float, float]:
    """Lines or paragraphs that occurred before: their share among all, and that of their characters (Gopher).

    Compared without the spaces around them; empty ones are left out.
    """
    stripped = [part for part in map(str.strip, parts) if part]
    different = set(stripped)
    if len(different) == len(stripped):
        return 0.0, 0.0
    characters = sum(map(len, stripped))
    repeated = characters - sum(map(len, different))
    return (len(stripped) - len(different)) / len(stripped), repeated / characters


def _counts(ngrams: Codes) -> _Places | None:
    """How often each different code occurs, None where none does twice."""
    if len(ngrams) < 2:
        return None
    ordered = ngrams.copy()
    ordered.sort()
    if not (ordered[1:] == ordered[:-1]).any():
        return None
    return _run_lengths(ordered)


def _run_lengths(ordered: Codes) -> _Places:
    """How many equal codes stand side by side, run by run. At least one code."""
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1], [True])))
    return starts[1:] - starts[:-1]
