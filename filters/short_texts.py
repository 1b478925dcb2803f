"""Drops texts too short to be read, and documents that have no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document, TextSegment
from corpusflow.filtering import Needs
from corpusflow.text.letters import weighted_length
from corpusflow.text.measures import words
from corpusflow.text.prose import prose
from corpusflow.text.script import dominant_script
from filters.bounds import check_not_negative
from filters.text_length import PARAGRAPH_ROLES


@dataclass(frozen=True)
class ShortTexts:
    """Drops paragraphs of a few bytes, then documents of a few short texts. None switches a bound off.

    min_latin_bytes, min_other_bytes: of a paragraph or quote in UTF-8, by the script of most of its letters. mOSCAR: 5
    and 15; a text without letters counts as not Latin.
    min_longest_words, min_mean_words: a document goes where its longest text and the mean of its texts are both
    shorter, code and table rows apart. OmniCorpus: 35 and 12 words.
    min_texts, min_characters: a document goes with fewer texts and fewer characters, of all texts. mOSCAR: 5 and 300.
    A character of Han, kana or Hangul counts three: it says as much.

    Of a pair of which one is None, the other one decides alone. A document without texts is not judged:
    `document_shape` and `text_length` tell it.
    """

    min_latin_bytes: int | None = 5
    min_other_bytes: int | None = 15
    min_longest_words: int | None = 35
    min_mean_words: float | None = 12
    min_texts: int | None = 5
    min_characters: int | None = 300

    name: ClassVar[str] = "short_texts"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        check_not_negative(
            self,
            "min_latin_bytes",
            "min_other_bytes",
            "min_longest_words",
            "min_mean_words",
            "min_texts",
            "min_characters",
        )

    def judge(self, document: Document) -> Iterator[Decision]:
        left = []
        for text in document.texts:
            found = self._too_short(text)
            if found is None:
                left.append(text)
            else:
                yield Decision(self.name, "text_too_short", text.index, *found)
        if left:
            yield from self._of_document(document, left)

    def _too_short(self, text: TextSegment) -> tuple[int, int] | None:
        """Bytes and limit of a text that goes."""
        if text.role not in PARAGRAPH_ROLES:
            return None
        # surrogatepass: a lone surrogate of a broken page has bytes like any other character here.
        size = len(text.text.encode("utf-8", "surrogatepass"))
        if size >= max(self.min_latin_bytes or 0, self.min_other_bytes or 0):
            return None
        limit = self.min_latin_bytes if dominant_script(text.text)[0] == "Latn" else self.min_other_bytes
        return None if limit is None or size >= limit else (size, limit)

    def _of_document(self, document: Document, left: Sequence[TextSegment]) -> Iterator[Decision]:
        if self.min_longest_words is not None or self.min_mean_words is not None:
            dropped = {text.index for text in document.texts} - {text.index for text in left}
            counts = [words(text.text) for text in prose(document.without(dropped))]
            if counts and _both_below(
                (max(counts), self.min_longest_words), (sum(counts) / len(counts), self.min_mean_words)
            ):
                yield Decision(self.name, "no_long_text", None, max(counts), self.min_longest_words)
        characters = sum(weighted_length(text.text) for text in left)
        if _both_below((len(left), self.min_texts), (characters, self.min_characters)):
            yield Decision(self.name, "few_short_texts", None, characters, self.min_characters)


def _both_below(*measured: tuple[float, float | None]) -> bool:
    """Whether all that have a limit are below it, and one has."""
    judged = [number < limit for number, limit in measured if limit is not None]
    return bool(judged) and all(judged)
