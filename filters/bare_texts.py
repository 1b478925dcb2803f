"""Drops texts that are nothing but an address, a counter or one word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document, ImageSegment, TextSegment
from corpusflow.filtering import Needs
from corpusflow.text.bare_lines import bare_line
from corpusflow.text.measures import words
from filters.text_length import PARAGRAPH_ROLES

_ROLES = PARAGRAPH_ROLES | {"list_item"}
_NEAR = 1  # OmniCorpus: 10 lines of markup


@dataclass(frozen=True)
class BareTexts:
    """Drops paragraphs, quotes and list items without a word to say (OmniCorpus).

    drop_addresses: an e-mail address, a phone number or a URL, with a label such as `Tel.:` at most.
    drop_counters: `12 likes`, `Comments (3)`, in some twelve languages.
    drop_single_words: paragraphs and quotes of one word, or of signs only. Next to an image they stay: they may be its
    caption.
    """

    drop_addresses: bool = True
    drop_counters: bool = True
    drop_single_words: bool = True

    name: ClassVar[str] = "bare_texts"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def judge(self, document: Document) -> Iterator[Decision]:
        # By index, not by place: what is dropped between two segments must not make them neighbours.
        images = {segment.index for segment in document.segments if isinstance(segment, ImageSegment)}
        for text in document.texts:
            if text.role in _ROLES and (reason := self._fault(text, images)):
                yield Decision(self.name, reason, text.index)

    def _fault(self, text: TextSegment, images: set[int]) -> str | None:
        kind = bare_line(text.text)
        if kind is not None and (self.drop_counters if kind == "social_counter" else self.drop_addresses):
            return kind
        if self.drop_single_words and text.role in PARAGRAPH_ROLES and words(text.text) <= 1:
            near = range(text.index - _NEAR, text.index + _NEAR + 1)
            return None if images.intersection(near) else "single_word"
        return None
