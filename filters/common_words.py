"""Keeps texts made of words that are common in their language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.safety.list_file import ListFile, list_file
from corpusflow.text.prose import prose
from corpusflow.text.tokens import tokens
from corpusflow.text.word_list import parse_word_list
from filters.bounds import check_shares
from filters.text_length import PARAGRAPH_ROLES


@dataclass(frozen=True)
class CommonWords:
    """Drops paragraphs, then documents, with too few common words: misspelled, garbled or foreign text (OBELICS).

    path: the common words, one a line, in whatever case; `#` begins a comment line. Relative to the recipe. OBELICS's
    own list is not to be had. To make one, cut many documents of the language into words with
    `corpusflow.text.tokens.tokens` and keep those that occur in some 10 documents or more of 100,000.
    languages: ISO 639-1; documents in others, or whose language was not measured, are not judged.
    min_paragraph_share, min_share: common words among the words of a paragraph or quote, and of the document without
    the paragraphs that this filter drops. OBELICS: 0.8 and 0.9. None switches one off. Words without a letter do not
    count, and code and table rows are not looked at.
    """

    path: str
    languages: tuple[str, ...]
    min_paragraph_share: float | None = 0.8
    min_share: float | None = 0.9

    name: ClassVar[str] = "common_words"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ("language",)
    files: ClassVar[tuple[str, ...]] = ("path",)

    def __post_init__(self) -> None:
        """Raises ValueError where the list cannot be read or is empty."""
        check_shares({"min_paragraph_share": self.min_paragraph_share, "min_share": self.min_share})
        if not self.languages:
            raise ValueError("languages is empty, so no document would be judged")
        self._list.parsed(parse_word_list)

    @cached_property
    def _list(self) -> ListFile:
        return list_file(self.path)

    def judge(self, document: Document) -> Iterator[Decision]:
        language = document.score("language")
        if language is None or language.label not in self.languages:
            return
        common = self._list.parsed(parse_word_list)
        kept = []
        for text in prose(document):
            own = [word for word in tokens(text.text) if any(map(str.isalpha, word))]
            if (least := self.min_paragraph_share) is not None and own and text.role in PARAGRAPH_ROLES:
                share = _share(own, common)
                if share < least:
                    yield Decision(self.name, "paragraph_of_uncommon_words", text.index, share, least)
                    continue
            kept.append(own)
        words = list(chain.from_iterable(kept))
        if self.min_share is not None and words:
            share = _share(words, common)
            if share < self.min_share:
                yield Decision(self.name, "uncommon_words", None, share, self.min_share)


def _share(words: Sequence[str], common: frozenset[str]) -> float:
    return sum(word in common for word in words) / len(words)
