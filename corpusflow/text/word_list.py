"""Lists of words that users bring, and which of them a text holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from corpusflow.text.tokens import written_without_spaces

_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_PART = re.compile(r"\w+")  # of texts without `_`


def parse_word_list(lines: Sequence[str]) -> frozenset[str]:
    """The entries of a list, in lower case: one a line, `#` begins a comment line.

    Raises ValueError where there is none.
    """
    stripped = (line.strip().lower() for line in lines)
    entries = frozenset(line for line in stripped if line and not line.startswith("#"))
    if not entries:
        raise ValueError("1: the list has no words")
    return entries


@dataclass(frozen=True)
class PhraseFinder:
    """Finds words and phrases of a list. words: single ones. phrases: of several, joined by one space, by their number.
    unspaced: those in scripts without spaces, by how many characters they have; they are found inside a text, too."""

    words: frozenset[str]
    phrases: dict[int, frozenset[str]]
    unspaced: dict[int, frozenset[str]]

    def found_in(self, text: str) -> list[str]:
        """Every entry in a text, as often as it stands there, in lower case; words first."""
        lower = text.lower()
        own = _WORD.findall(lower) if self._may_be_in(lower) else []
        found = [word for word in own if word in self.words]
        for length, phrases in self.phrases.items():
            runs = (" ".join(own[start : start + length]) for start in range(len(own) - length + 1))
            found += [run for run in runs if run in phrases]
        return found + self._inside(lower)

    def _inside(self, lower: str) -> list[str]:
        """The unspaced entries in a text from left to right, none of them over another: of those that begin at one
        character the longest, so that an entry that begins another does not hide it.

        The time does not grow with the list, as that of a regular expression of all entries would.
        """
        firsts, starts, found, end = self._firsts, self._starts, list[str](), 0
        if firsts.isdisjoint(lower):
            return found
        for start, character in enumerate(lower):
            if start < end or character not in firsts:
                continue
            for length in starts.get(lower[start : start + 2]) or starts.get(character) or ():
                if (entry := lower[start : start + length]) in self.unspaced[length]:
                    found.append(entry)
                    end = start + length
                    break
        return found

    def _may_be_in(self, lower: str) -> bool:
        """Whether the first part of any entry is in a text; where none is, as in most, that is told sooner."""
        return "_" in lower or not self._first_parts.isdisjoint(_PART.findall(lower))

    @cached_property
    def _first_parts(self) -> frozenset[str]:
        entries = chain(self.words, *self.phrases.values())
        return frozenset(part[0] for entry in entries if (part := _PART.match(entry)))

    @cached_property
    def _firsts(self) -> frozenset[str]:
        return frozenset(entry[0] for entry in chain(*self.unspaced.values()))

    @cached_property
    def _starts(self) -> dict[str, list[int]]:
        """How long the unspaced entries are that may stand where a text goes on with these one or two characters, from
        the longest. Two, since with a long list some entry begins with nearly every one."""
        starts: dict[str, list[int]] = {}
        for length in sorted(self.unspaced, reverse=True):
            for start in {entry[:2] for entry in self.unspaced[length]}:
                starts.setdefault(start, []).append(length)
        for start, lengths in starts.items():
            if len(start) == 2 and start[0] in starts:
                lengths.append(1)
        return starts


def parse_phrase_finder(lines: Sequence[str]) -> PhraseFinder:
    """Of a list as `parse_word_list` reads it."""
    words, phrases, unspaced = set[str](), dict[int, set[str]](), dict[int, set[str]]()
    for entry in parse_word_list(lines):
        parts = _WORD.findall(entry)
        if written_without_spaces(entry):
            unspaced.setdefault(len(entry), set()).add(entry)
        elif len(parts) == 1:
            words.add(parts[0])
        elif parts:
            phrases.setdefault(len(parts), set()).add(" ".join(parts))
    return PhraseFinder(frozenset(words), _by_length(phrases), _by_length(unspaced))


def _by_length(entries: dict[int, set[str]]) -> dict[int, frozenset[str]]:
    return {length: frozenset(entries[length]) for length in sorted(entries)}
