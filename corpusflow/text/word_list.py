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
    """Finds words and phrases of a list. words: single ones. phrases: (how many words, joined by one space).
    unspaced: of those in scripts without spaces, which are looked for inside the text; None where there is none."""

    words: frozenset[str]
    phrases: dict[int, frozenset[str]]
    unspaced: re.Pattern[str] | None

    def found_in(self, text: str) -> list[str]:
        """Every entry in a text, as often as it stands there, in lower case; words first."""
        lower = text.lower()
        own = _WORD.findall(lower) if self._may_be_in(lower) else []
        found = [word for word in own if word in self.words]
        for length, phrases in self.phrases.items():
            runs = (" ".join(own[start : start + length]) for start in range(len(own) - length + 1))
            found += [run for run in runs if run in phrases]
        return found + (self.unspaced.findall(lower) if self.unspaced is not None else [])

    def _may_be_in(self, lower: str) -> bool:
        """Whether the first part of any entry is in a text; where none is, as in most, that is told sooner."""
        return "_" in lower or not self._first_parts.isdisjoint(_PART.findall(lower))

    @cached_property
    def _first_parts(self) -> frozenset[str]:
        entries = chain(self.words, *self.phrases.values())
        return frozenset(part[0] for entry in entries if (part := _PART.match(entry)))


def parse_phrase_finder(lines: Sequence[str]) -> PhraseFinder:
    """Of a list as `parse_word_list` reads it."""
    words, phrases, unspaced = set[str](), dict[int, set[str]](), list[str]()
    for entry in parse_word_list(lines):
        parts = _WORD.findall(entry)
        if written_without_spaces(entry):
            unspaced.append(entry)
        elif len(parts) == 1:
            words.add(parts[0])
        elif parts:
            phrases.setdefault(len(parts), set()).add(" ".join(parts))
    # The longest first, so that an entry that begins another does not hide it.
    unspaced.sort(key=lambda entry: (-len(entry), entry))
    return PhraseFinder(
        frozenset(words),
        {length: frozenset(phrases[length]) for length in sorted(phrases)},
        re.compile("|".join(map(re.escape, unspaced))) if unspaced else None,
    )
