"""MinHash: short signatures of texts, whose agreement estimates how much of what they say is the same.

Shingles and hashes are computed in numpy, in 32 bits: some three thousand texts of 200 words a second and core.
rensa makes four times as many (benchmarks/duplicates.py), but extraction takes seven times as long as ours, and
signatures that are kept must not change with another package's version.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

Unit = Literal["word", "character"]

# Parameter sets by name. Numbers that a paper does not tell are ours, as said.
PUBLISHED: dict[str, dict[str, Any]] = {
    # OBELICS, arXiv 2306.16527, appendix A.1; no code: 16 hashes over 5-grams. Bands and similarity are not published.
    "obelics": {"similarity": 0.8, "permutations": 16, "bands": 4, "rows": 4, "shingle": "word", "sizes": [5]},
    # OmniCorpus, arXiv 2406.08418, sections 3.1 to 3.4: Jaccard 0.8, the latest stays. Shingles, permutations and bands
    # are not published.
    "omnicorpus": {"similarity": 0.8, "permutations": 256, "bands": 32, "rows": 8, "shingle": "word", "sizes": [5]},
    # mOSCAR, arXiv 2406.08707, section 3, appendices A.4 to A.6: 256 permutations, 4- and 5-grams of characters within
    # word bounds, Jaccard 0.8, per language. Bands are not published: datasketch chooses fewer and longer ones for 0.8
    # and takes what they find unseen; ours find more, and what they find is compared.
    "moscar": {"similarity": 0.8, "permutations": 256, "bands": 32, "rows": 8, "shingle": "character", "sizes": [4, 5]},
}

SEED = 1
_CHUNK = 512  # shingles hashed at once: half a megabyte with 256 permutations, so that it stays in the cache

# Scripts that put no spaces between words: each character counts as one. Thai and Lao, Myanmar, Khmer; kana and Han.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
# Vowel signs and points belong to their word, although `\w` leaves them out: Latin, Hebrew, Arabic, scripts of India.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff"
_WORD = re.compile(f"[{_UNSPACED}]|(?:[^\\W{_UNSPACED}]|[{_MARKS}])+")
# The same for texts without any of these, in a third of the time.
_OTHER_THAN_WORD = re.compile(f"[{_UNSPACED}{_MARKS}]")
_PLAIN_WORD = re.compile(r"\w+")

# Of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators).
_STEP = 0x9E3779B97F4A7C15
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


def shingles(text: str, unit: Unit = "word", sizes: Sequence[int] = (5,)) -> np.ndarray:
    """The text's shingles, hashed: (N,) uint64, unique and sorted; N is 0 for a text without words.

    word: runs of so many words; a character is a word where a script has no spaces. A shorter text is one shingle.
    character: runs of so many characters of a word with a space on either side; a shorter word is one shingle.
    Case and, between words, white space and punctuation (for characters white space only) are no difference.
    """
    folded = text.casefold()
    if unit == "word":
        plain = folded.isascii() or not _OTHER_THAN_WORD.search(folded)
        words = (_PLAIN_WORD if plain else _WORD).findall(folded)
    else:
        words = [f" {word} " for word in folded.split()]
    if not words:
        return np.empty(0, np.uint64)
    codes = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    starts = np.cumsum(lengths) - lengths
    if unit == "word":
        places = np.arange(len(codes)) - np.repeat(starts, lengths)
        items = np.add.reduceat(_mixed(codes, places.astype(np.uint64)), starts)
        owners = np.zeros(len(items), np.int64)
    else:
        items = codes
        owners = np.repeat(np.arange(len(words)), lengths)
    return np.unique(np.concatenate([_runs(items, owners, size) for size in sizes]))


def signature(hashed: np.ndarray, permutations: int = 256, seed: int = SEED) -> np.ndarray:
    """The least value of each permutation over the shingles: (permutations,) uint32. hashed: (N,) uint64, N > 0."""
    if not len(hashed):
        raise ValueError("a text without shingles has no signature")
    factors, terms = _permutations(permutations, seed)
    low = hashed.astype(np.uint32)
    least = np.full(permutations, np.iinfo(np.uint32).max, np.uint32)
    for start in range(0, len(low), _CHUNK):
        values = low[start : start + _CHUNK, None] * factors + terms
        np.minimum(least, values.min(axis=0), out=least)
    return least


def band_keys(values: np.ndarray, count: int, rows: int) -> np.ndarray:
    """A key for each of the bands of so many rows: two signatures with a key in common may be near.

    values: (N, permutations) uint32, permutations at least count * rows. Returns (N, count) uint64. Two texts of
    similarity s share a key with probability 1 - (1 - s ** rows) ** count.
    """
    # The place is that in the whole signature, so that equal values in two bands make different keys.
    places = np.arange(count * rows, dtype=np.uint64).reshape(count, rows)
    cut = values[:, : count * rows].reshape(len(values), count, rows).astype(np.uint64)
    keys: np.ndarray = _mixed(_mixed(cut, places).sum(axis=2, dtype=np.uint64), places[:, 0])
    return keys


def estimated_similarity(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the permutations on which two signatures agree: their texts' Jaccard similarity, give or take
    sqrt(s * (1 - s) / permutations)."""
    return float(np.mean(one == other))


def similarity(one: np.ndarray, other: np.ndarray) -> float:
    """Jaccard similarity of two sets of shingles; 0 where both are empty."""
    common = len(np.intersect1d(one, other, assume_unique=True))
    total = len(one) + len(other) - common
    return common / total if total else 0.0


def to_bytes(values: np.ndarray) -> bytes:
    """A signature as it is stored: four bytes a value, least first."""
    return values.astype("<u4").tobytes()


def from_bytes(data: bytes) -> np.ndarray:
    """The inverse of `to_bytes`."""
    return np.frombuffer(data, "<u4")


def _runs(items: np.ndarray, owners: np.ndarray, size: int) -> np.ndarray:
    """Hashes of all runs of `size` items of one owner; of an owner that has fewer, of all it has. Owners ascend."""
    places, sized = np.arange(size, dtype=np.uint64), np.array([size], np.uint64)
    firsts = np.flatnonzero(np.diff(owners, prepend=-1))
    counts = np.diff(firsts, append=len(items))
    hashes = []
    if counts.min() < size:
        whole = np.add.reduceat(_mixed(items, _place_in(firsts, counts)), firsts)
        # By their own length: the same for every size that they are too short for.
        hashes.append(_mixed(whole[counts < size], counts[counts < size].astype(np.uint64)))
    if len(items) >= size:
        windows = np.lib.stride_tricks.sliding_window_view(items, size)
        windows = windows[owners[size - 1 :] == owners[: len(owners) - size + 1]]
        hashes.append(_mixed(_mixed(windows, places).sum(axis=1, dtype=np.uint64), sized))
    return np.concatenate(hashes)


def _place_in(firsts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Of every item its place behind the first of its owner."""
    places: np.ndarray = (np.arange(counts.sum()) - np.repeat(firsts, counts)).astype(np.uint64)
    return places


def _mixed(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Each value at its place as 64 bits that look random: the finaliser of splitmix64."""
    mixed: np.ndarray = (values + np.uint64(1)) * np.uint64(_STEP) + places * np.uint64(_MIX[0][1])
    for shift, factor in _MIX:
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return mixed


@functools.lru_cache(maxsize=8)
def _permutations(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Odd factors and terms modulo 2 ** 32: each pair permutes all hashes. Not numpy's generator, whose stream may
    change with its version."""
    numbers = np.arange(2 * count, dtype=np.uint64)
    random = (_mixed(numbers, np.array([seed], np.uint64)) >> np.uint64(32)).astype(np.uint32)
    return random[:count] | np.uint32(1), random[count:]
