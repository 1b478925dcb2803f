"""Drops lines that say who wrote a text and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.text.bylines import is_byline
from corpusflow.text.dates import dates, is_date_line
from corpusflow.text.measures import words
from filters.bounds import check_not_negative
from filters.text_length import PARAGRAPH_ROLES


@dataclass(frozen=True)
class Bylines:
    """Drops paragraphs and quotes that name an author or a date and say nothing more (OmniCorpus, mOSCAR).

    The forms, in some twelve languages, are in `corpusflow.text.bylines` and `corpusflow.text.dates`.

    max_byline_words: texts of at most so many words that are a byline. OmniCorpus: fewer than 10, whatever follows
    `by`; here names must. None: no byline is dropped.
    drop_date_lines: texts that are a date or a time and nothing more.
    max_dated_words: texts of at most so many words that hold a date among others. Off; OmniCorpus: 19, which takes
    `The bridge was opened on 3 May 1880.` with it.
    max_dates: a text with more dates goes, since it is a list. Off; mOSCAR: 1.
    """

    max_byline_words: int | None = 9
    drop_date_lines: bool = True
    max_dated_words: int | None = None
    max_dates: int | None = None

    name: ClassVar[str] = "bylines"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        check_not_negative(self, "max_byline_words", "max_dated_words", "max_dates")

    def judge(self, document: Document) -> Iterator[Decision]:
        for text in document.texts:
            if text.role in PARAGRAPH_ROLES and (fault := self._fault(text.text)):
                reason, measured, limit = fault
                yield Decision(self.name, reason, text.index, measured, limit)

    def _fault(self, text: str) -> tuple[str, float | None, float | None] | None:
        if self.drop_date_lines and is_date_line(text):
            return "date_line", None, None
        if self.max_byline_words is not None and is_byline(text):
            count = words(text)
            if count <= self.max_byline_words:
                return "byline", count, self.max_byline_words
        if self.max_dated_words is None and self.max_dates is None:
            return None
        found = len(dates(text))
        if self.max_dated_words is not None and found:
            count = words(text)
            if count <= self.max_dated_words:
                return "short_text_with_date", count, self.max_dated_words
        if self.max_dates is not None and found > self.max_dates:
            return "many_dates", found, self.max_dates
        return None
