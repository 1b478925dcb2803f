"""Keeps documents and paragraphs whose length in words is that of real text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.text.measures import words

# Headings and captions are short by nature. List items, table rows and code are not paragraphs either: the published
# pipelines that bound paragraphs drop them before.
PARAGRAPH_ROLES = frozenset({"paragraph", "quote"})


@dataclass(frozen=True)
class TextLength:
    """Drops paragraphs, then documents, that are too short or too long. All bounds are words, as
    `corpusflow.text.measures.words` counts them, and belong to what is kept.

    min_words, max_words: of all the text of a document, headings, tables and code as well, less the paragraphs that
    this filter drops. 10 is the least of OBELICS, 100,000 the most of OmniCorpus; OBELICS keeps no more than 2,000.
    min_paragraph_words, max_paragraph_words: of one paragraph or quote. Off by default; OBELICS takes 4 and 1,000.
    """

    min_words: int = 10
    max_words: int = 100_000
    min_paragraph_words: int = 0
    max_paragraph_words: int | None = None

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

    def judge(self, document: Document) -> Iterator[Decision]:
        total = 0
        for text in document.texts:
            count = words(text.text)
            if text.role not in PARAGRAPH_ROLES:
                total += count
            elif count < self.min_paragraph_words:
                yield Decision(self.name, "paragraph_too_short", text.index, count, self.min_paragraph_words)
            elif self.max_paragraph_words is not None and count > self.max_paragraph_words:
                yield Decision(self.name, "paragraph_too_long", text.index, count, self.max_paragraph_words)
            else:
                total += count
        if total < self.min_words:
            yield Decision(self.name, "document_too_short", None, total, self.min_words)
        elif total > self.max_words:
            yield Decision(self.name, "document_too_long", None, total, self.max_words)
