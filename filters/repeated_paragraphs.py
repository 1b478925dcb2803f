"""Drops a paragraph that the document has said before."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.text.identity import plain

# Of one document: each pair costs the square of the texts' length, a short one something besides; all together a second
# or two. Five hundred paragraphs of 500 characters stay below it.
MOST_COMPARED = 10**11
_OWN_COST = 64  # characters


@dataclass(frozen=True)
class RepeatedParagraphs:
    """Keeps the first of the texts of a document that are the same, white space and case apart; of any role.

    min_characters: shorter texts may stand often: a table or a list says `yes` on many lines. mOSCAR drops a repeated
    text of any length (1). The Decision measures which time it is that the text is said.
    min_similarity: drops a text that is so much like an earlier one, too: 1 less the share of their characters that
    must be taken out or put in to make one of the other, which is what the package Levenshtein calls ratio. mOSCAR:
    0.95. Lines that differ in a number are alike, if they are long enough. None: only equal texts count. Where a page
    has very many long texts of like length, the last ones are only looked at for equal ones.
    """

    min_characters: int = 1
    min_similarity: float | None = None

    name: ClassVar[str] = "repeated_paragraphs"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if self.min_characters < 1:
            raise ValueError(f"min_characters is {self.min_characters}; it must be at least 1")
        if self.min_similarity is not None and not 0.5 <= self.min_similarity <= 1:
            raise ValueError(f"min_similarity is {self.min_similarity}; it must be from 0.5 to 1")

    def judge(self, document: Document) -> Iterator[Decision]:
        times: dict[str, int] = {}
        known = None if self.min_similarity is None else _Said(self.min_similarity)
        for text in document.texts:
            said = plain(text.text)
            if len(said) < self.min_characters:
                continue
            times[said] = times.get(said, 0) + 1
            if times[said] > 1:
                yield Decision(self.name, "paragraph_said_before", text.index, times[said], 1)
            elif known is not None:
                similarity = known.nearest(said)
                if similarity is None:
                    known.add(said)
                else:
                    yield Decision(
                        self.name, "paragraph_nearly_said_before", text.index, similarity, self.min_similarity
                    )


@dataclass
class _Said:
    """The texts that a document has said, by their lengths: only those of like length can be near."""

    limit: float
    lengths: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    compared: int = 0

    def nearest(self, text: str) -> float | None:
        """Similarity of the text with the one that is most like it; None where that is below the limit."""
        from rapidfuzz.distance import Indel
        from rapidfuzz.process import extractOne

        # Of two texts at least the difference of their lengths must be taken out.
        ratio = self.limit / (2 - self.limit)
        first = bisect_left(self.lengths, len(text) * ratio)
        last = bisect_right(self.lengths, len(text) / ratio)
        self.compared += (last - first) * (len(text) + _OWN_COST) ** 2
        if first == last or self.compared > MOST_COMPARED:
            return None
        near = self.texts[first:last]
        found = extractOne(text, near, scorer=Indel.normalized_similarity, score_cutoff=self.limit)
        return None if found is None else float(found[1])

    def add(self, text: str) -> None:
        place = bisect_left(self.lengths, len(text))
        self.lengths.insert(place, len(text))
        self.texts.insert(place, text)
