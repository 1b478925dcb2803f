"""Runs of words that a text has in common with the entries of a list."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corpusflow.text.tokens import tokens

_FACTOR = 0x9E3779B97F4A7C15  # odd, so that it can be divided by modulo 2 ** 64
_INVERSE = pow(_FACTOR, -1, 1 << 64)
_KNOWN_WORDS = 1 << 16


@dataclass(frozen=True, slots=True)
class RunIndex:
    """Hashes of the runs of each length, ascending, and the line of the first entry that has the run."""

    runs: dict[int, tuple[np.ndarray, np.ndarray]]

    def shared(self, text: str) -> list[tuple[int, int]]:
        """(place of its first word, line of the entry) of each run of a text that stands in the list."""
        words = Words(tokens(text))
        found: list[tuple[int, int]] = []
        for length, (known, lines) in self.runs.items():
            hashes = words.runs(length)
            places = known.searchsorted(hashes)
            places[places == len(known)] = 0
            starts = np.flatnonzero(known[places] == hashes)
            if len(starts):
                found += zip(starts.tolist(), lines[places[starts]].tolist(), strict=True)
        return sorted(found)


class EntryList:
    """entries: (line, text) of each."""

    def __init__(self, entries: Sequence[tuple[int, str]]) -> None:
        self._words = [(line, Words(tokens(text))) for line, text in entries]
        self._indexes: dict[tuple[int, int], RunIndex] = {}

    def __len__(self) -> int:
        return len(self._words)

    def index(self, length: int, least: int) -> RunIndex:
        """All runs of `length` words; an entry of fewer, but at least `least`, is one run. Made once."""
        key = (length, least)
        if key not in self._indexes:
            self._indexes[key] = self._new_index(length, least)
        return self._indexes[key]

    def _new_index(self, length: int, least: int) -> RunIndex:
        hashes: dict[int, list[np.ndarray]] = {}
        lines: dict[int, list[np.ndarray]] = {}
        for line, words in self._words:
            size = min(length, len(words))
            if size >= min(least, length) and size:
                hashes.setdefault(size, []).append(words.runs(size))
                lines.setdefault(size, []).append(np.full(len(words) - size + 1, line, np.int64))
        runs = {}
        for size in sorted(hashes, reverse=True):
            # Of equal runs the first stays: that of the smallest line.
            known, firsts = np.unique(np.concatenate(hashes[size]), return_index=True)
            runs[size] = (known, np.concatenate(lines[size])[firsts])
        return RunIndex(runs)


def parse_text_list(lines: list[str]) -> EntryList:
    """One text a line; empty lines say nothing."""
    return EntryList([(number, line) for number, line in enumerate(lines, start=1) if line.strip()])


def parse_json_lines(lines: list[str]) -> EntryList:
    """One JSON object a line, with the key `text`. Raises ValueError, `3: ...`, for a line that is none."""
    entries = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            text = json.loads(line)["text"]
        except (ValueError, LookupError, TypeError) as error:
            raise ValueError(f"{number}: {line[:80]!r} is no JSON object with the key 'text'") from error
        if not isinstance(text, str):
            raise ValueError(f"{number}: 'text' is {text!r}, no text")
        entries.append((number, text))
    return EntryList(entries)


class Words:
    """The words of a text, hashed, so that the hash of any run of them is at hand."""

    def __init__(self, words: list[str]) -> None:
        self._count = len(words)
        hashes = np.fromiter(map(_word_hash, words), np.uint64, len(words))
        # Sums of words times powers of a number that ascend along the text: what lies between two of them, divided by
        # the power at its start, depends on the words of the run alone.
        self._sums = np.zeros(len(words) + 1, np.uint64)
        np.cumsum(hashes * _powers(_FACTOR, len(words)), out=self._sums[1:])

    def __len__(self) -> int:
        return self._count

    def runs(self, length: int) -> np.ndarray:
        """The hash of every run of so many words, in order: (max(0, words - length + 1),) uint64."""
        count = max(0, self._count - length + 1)
        hashes: np.ndarray = (self._sums[length : length + count] - self._sums[:count]) * _powers(_INVERSE, count)
        return hashes


@functools.lru_cache(maxsize=_KNOWN_WORDS)
def _word_hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _powers(factor: int, count: int) -> np.ndarray:
    powers = _many_powers(factor, max(1024, 1 << (count - 1).bit_length()))
    return powers[:count]


@functools.lru_cache(maxsize=64)
def _many_powers(factor: int, count: int) -> np.ndarray:
    powers = np.full(count, factor, np.uint64)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint64)
