"""Keeps lines that are sentences, and documents that are not made of short lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document, TextSegment
from corpusflow.filtering import Needs
from corpusflow.text.characters import lines
from corpusflow.text.letters import letters
from corpusflow.text.measures import words
from corpusflow.text.prose import prose
from corpusflow.text.sentences import ends_a_sentence, written_without_marks
from filters.bounds import check_not_negative, check_shares
from filters.text_length import PARAGRAPH_ROLES


@dataclass(frozen=True)
class TextLines:
    """Drops paragraphs and quotes that are no sentences (C4), then documents of short lines (FineWeb).

    A filter drops whole texts, so a text of several lines goes when none of its lines may stay. None switches a number
    off. What else C4 and FineWeb judge lines by is in text_phrases (words), text_length (min_sentences),
    text_characters (min_punctuated_lines: 0.12) and text_repetition (max_duplicate_line_characters: 0.1).

    drop_unended: lines that do not end in a mark that ends sentences, in any script; an ellipsis is none (C4). Not
    judged where Thai or Lao is in the text: they have no such marks.
    min_line_words: fewer words (as `corpusflow.text.measures.words` counts them) make no line. C4: 5 as published; 3 in
    the paper's first version.
    max_word_letters: characters of one word; longer ones are no words. C4's code: 1,000. Not judged in scripts
    without spaces.
    max_short_lines: share of lines of at most `short_line` letters. FineWeb: 0.67 of 30 characters; a letter of Han,
    kana or Hangul counts three. Lines of all texts but code and table rows count.
    max_lines_per_word: lines over words of the document. FineWeb's code: 0.3.
    """

    drop_unended: bool = True
    min_line_words: int | None = 5
    max_word_letters: int | None = 1000
    max_short_lines: float | None = 0.67
    short_line: int = 30
    max_lines_per_word: float | None = 0.3

    name: ClassVar[str] = "text_lines"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        check_shares({"max_short_lines": self.max_short_lines})
        check_not_negative(self, "min_line_words", "max_word_letters", "short_line", "max_lines_per_word")

    def judge(self, document: Document) -> Iterator[Decision]:
        left: list[str] = []
        for text in prose(document):
            own = lines([text.text])
            decision = self._of_text(text, own) if own and text.role in PARAGRAPH_ROLES else None
            if decision is None:
                left += own
            else:
                yield decision
        if left:
            yield from self._of_document(left)

    def _of_text(self, text: TextSegment, own: Sequence[str]) -> Decision | None:
        if self.drop_unended and not written_without_marks(text.text):
            own = [line for line in own if ends_a_sentence(line)]
            if not own:
                return Decision(self.name, "no_end_of_sentence", text.index, text.text[-1:])
        if self.min_line_words is not None:
            longest = max(map(words, own))
            if longest < self.min_line_words:
                return Decision(self.name, "line_too_short", text.index, longest, self.min_line_words)
        if self.max_word_letters is not None and len(text.text) > self.max_word_letters:
            longest = max(map(len, text.text.split()))
            if longest > self.max_word_letters and words(text.text) <= len(text.text.split()):
                return Decision(self.name, "word_too_long", text.index, longest, self.max_word_letters)
        return None

    def _of_document(self, left: Sequence[str]) -> Iterator[Decision]:
        if self.max_short_lines is not None:
            short = sum(letters(line) <= self.short_line for line in left) / len(left)
            if short > self.max_short_lines:
                yield Decision(self.name, "too_many_short_lines", None, short, self.max_short_lines)
        if self.max_lines_per_word is not None:
            share = len(left) / max(sum(map(words, left)), 1)
            if share > self.max_lines_per_word:
                yield Decision(self.name, "too_many_lines", None, share, self.max_lines_per_word)
