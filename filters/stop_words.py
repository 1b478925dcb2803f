"""Keeps running text, which holds the small words of its language; lists of names and keywords do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.text.prose import prose
from corpusflow.text.stop_words import GOPHER_ENGLISH, USUAL_SHARE, stop_word_share
from corpusflow.text.tokens import tokens
from filters.bounds import check_shares
from filters.text_length import PARAGRAPH_ROLES


@dataclass(frozen=True)
class StopWords:
    """Drops paragraphs, then documents, with too few stop words of the document's language.

    Documents whose language has no list in `corpusflow.text.stop_words`, or was not measured, are not judged. Code and
    table rows are not looked at. None switches an option off.

    min_paragraph_share, min_share: stop words among the words of a paragraph or quote, and of the document without the
    paragraphs that this filter drops. Off, and 0.1, which lists of names and links have not. OBELICS: 0.3 and 0.35, for
    English, which takes news full of names, recipes, and what is quoted in another language. In another language the
    bound is lower or higher in proportion to how common stop words are there.
    min_paragraph_words: shorter paragraphs are not judged: the share of a few words says little. OBELICS judges all.
    min_english_words: how many different ones of `the be to of and that have with` an English document has; Gopher: 2.
    """

    min_paragraph_share: float | None = None
    min_share: float | None = 0.1
    min_paragraph_words: int = 0
    min_english_words: int | None = 2

    name: ClassVar[str] = "stop_words"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ("language",)

    def __post_init__(self) -> None:
        check_shares({"min_paragraph_share": self.min_paragraph_share, "min_share": self.min_share})
        if self.min_paragraph_words < 0:
            raise ValueError("min_paragraph_words cannot be negative")
        most = len(GOPHER_ENGLISH)
        if self.min_english_words is not None and not 0 <= self.min_english_words <= most:
            raise ValueError(f"min_english_words is {self.min_english_words}, it must lie in [0, {most}]")

    def judge(self, document: Document) -> Iterator[Decision]:
        measured = document.score("language")
        if measured is None or measured.label not in USUAL_SHARE:
            return
        language = measured.label
        common = USUAL_SHARE[language] / USUAL_SHARE["en"]
        kept = []
        words = []
        for text in prose(document):
            own = tokens(text.text)
            if self.min_paragraph_share is not None and text.role in PARAGRAPH_ROLES:
                share, limit = stop_word_share(text.text, own, language), self.min_paragraph_share * common
                if share < limit and len(own) >= self.min_paragraph_words:
                    yield Decision(self.name, "paragraph_of_too_few_stop_words", text.index, share, limit)
                    continue
            kept.append(text.text)
            words.append(own)
        all_words = list(chain.from_iterable(words))
        if self.min_share is not None:
            share, limit = stop_word_share("\n".join(kept), all_words, language), self.min_share * common
            if share < limit:
                yield Decision(self.name, "too_few_stop_words", None, share, limit)
        if self.min_english_words is not None and language == "en":
            found = len(GOPHER_ENGLISH.intersection(all_words))
            if found < self.min_english_words:
                yield Decision(self.name, "too_few_english_words", None, found, self.min_english_words)
