"""Keeps documents and paragraphs whose length in words is that of real text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document, TextSegment
from corpusflow.filtering import Needs
from corpusflow.text.measures import words
from corpusflow.text.sentences import split_sentences

# Headings and captions are short by nature. List items, table rows and code are not paragraphs either: the published
# pipelines that bound paragraphs drop them before.
PARAGRAPH_ROLES = frozenset({"paragraph", "quote"})
_SENTENCE_ROLES = PARAGRAPH_ROLES | {"list_item"}


@dataclass(frozen=True)
class TextLength:
    """Drops paragraphs, then documents, that are too short or too long. All bounds are words, as
    `corpusflow.text.measures.words` counts them, and belong to what is kept.

    min_words, max_words: of all the text of a document, headings, tables and code as well, less the paragraphs that
    this filter drops. 10 is the least of OBELICS, 100,000 the most of OmniCorpus; OBELICS keeps no more than 2,000.
    min_paragraph_words, max_paragraph_words: of one paragraph or quote. Off by default; OBELICS takes 4 and 1,000.
    min_sentences, max_sentences: of a document, as `corpusflow.text.sentences` splits its paragraphs, quotes and list
    items. Off by default; C4's code takes 3 at least (5 in the paper's first version), MMC4's core set 4 and 40.
    """

    min_words: int = 10
    max_words: int = 100_000
    min_paragraph_words: int = 0
    max_paragraph_words: int | None = None
    min_sentences: int | None = None
    max_sentences: int | None = None

    name: ClassVar[str] = "text_length"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if self.min_words < 0 or self.min_paragraph_words < 0:
            raise ValueError("min_words and min_paragraph_words cannot be negative")
        if self.min_words > self.max_words:
            raise ValueError(f"min_words is {self.min_words}, more than max_words, {self.max_words}")
        if self.max_paragraph_words is not None and self.min_paragraph_words > self.max_paragraph_words:
            raise ValueError(
                f"min_paragraph_words is {self.min_paragraph_words}, more than max_paragraph_words, "
                f"{self.max_paragraph_words}"
            )
        least, most = self.min_sentences, self.max_sentences
        if (least or 0) < 0 or (most or 0) < 0:
            raise ValueError("min_sentences and max_sentences cannot be negative")
        if least is not None and most is not None and least > most:
            raise ValueError(f"min_sentences is {least}, more than max_sentences, {most}")

    def judge(self, document: Document) -> Iterator[Decision]:
        total = 0
        left = []
        for text in document.texts:
            count = words(text.text)
            if text.role not in PARAGRAPH_ROLES:
                total += count
                left.append(text)
            elif count < self.min_paragraph_words:
                yield Decision(self.name, "paragraph_too_short", text.index, count, self.min_paragraph_words)
            elif self.max_paragraph_words is not None and count > self.max_paragraph_words:
                yield Decision(self.name, "paragraph_too_long", text.index, count, self.max_paragraph_words)
            else:
                total += count
                left.append(text)
        if total < self.min_words:
            yield Decision(self.name, "document_too_short", None, total, self.min_words)
        elif total > self.max_words:
            yield Decision(self.name, "document_too_long", None, total, self.max_words)
        elif self.min_sentences is not None or self.max_sentences is not None:
            yield from self._of_sentences(document, left)

    def _of_sentences(self, document: Document, left: Sequence[TextSegment]) -> Iterator[Decision]:
        measured = document.score("language")
        language = "" if measured is None else measured.label
        count = sum(len(split_sentences(text.text, language)) for text in left if text.role in _SENTENCE_ROLES)
        if self.min_sentences is not None and count < self.min_sentences:
            yield Decision(self.name, "too_few_sentences", None, count, self.min_sentences)
        elif self.max_sentences is not None and count > self.max_sentences:
            yield Decision(self.name, "too_many_sentences", None, count, self.max_sentences)
