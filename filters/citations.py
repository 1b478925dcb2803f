"""Drops bibliographies and their entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document, TextSegment
from corpusflow.filtering import Needs
from corpusflow.text.measures import words
from corpusflow.text.references import is_citation, is_reference_heading
from filters.bounds import check_not_negative, check_shares

_ROLES = frozenset({"paragraph", "quote", "list_item"})
_BRACKETS = {"[": "]", "(": ")", "\uff08": "\uff09", "\u3010": "\u3011"}


@dataclass(frozen=True)
class Citations:
    """Drops entries of bibliographies, whole bibliographies, and brackets that close a document (OmniCorpus).

    What is told for an entry is in `corpusflow.text.references`.

    max_citation_words: paragraphs, quotes and list items of at most so many words that are an entry. None: none are.
    references_from: a heading such as `References`, behind this share of the texts, goes with all texts under it, up to
    the next heading of its rank or a higher one. OmniCorpus: 0.75. None: none goes.
    drop_trailing_brackets: last paragraphs that stand in brackets as a whole.
    """

    max_citation_words: int | None = 80
    references_from: float | None = 0.75
    drop_trailing_brackets: bool = True

    name: ClassVar[str] = "citations"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        check_shares({"references_from": self.references_from})
        check_not_negative(self, "max_citation_words")

    def judge(self, document: Document) -> Iterator[Decision]:
        texts = []
        for text in document.texts:
            count = self._words_of_citation(text)
            if count is None:
                texts.append(text)
            else:
                yield Decision(self.name, "citation_line", text.index, count, self.max_citation_words)
        if self.references_from is not None:
            # Again: without what is gone, an earlier heading may stand in the last part.
            while section := _references(texts, self.references_from):
                share = section.start / len(texts)
                for text in texts[section]:
                    yield Decision(self.name, "reference_section", text.index, share, self.references_from)
                del texts[section]
        while self.drop_trailing_brackets and texts and _in_brackets(texts[-1]):
            yield Decision(self.name, "trailing_brackets", texts.pop().index)

    def _words_of_citation(self, text: TextSegment) -> int | None:
        if self.max_citation_words is None or text.role not in _ROLES:
            return None
        # Counted first, since most of a document's characters are in texts that are too long.
        count = words(text.text)
        return count if count <= self.max_citation_words and is_citation(text.text) else None


def _references(texts: Sequence[TextSegment], least: float) -> slice | None:
    """The place of the first heading of references behind this share of the texts, and of what stands under it."""
    for place, text in enumerate(texts):
        if text.role == "heading" and place >= least * len(texts) and is_reference_heading(text.text):
            after = range(place + 1, len(texts))
            end = (number for number in after if texts[number].role == "heading" and texts[number].level <= text.level)
            return slice(place, next(end, len(texts)))
    return None


def _in_brackets(text: TextSegment) -> bool:
    content = text.text.strip()
    closing = _BRACKETS.get(content[:1])
    return text.role == "paragraph" and closing is not None and content.find(closing) == len(content) - 1
