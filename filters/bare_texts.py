"""Drops texts that are nothing but an address, a counter or one word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document, ImageSegment, Segment, TextSegment
from corpusflow.filtering import Needs
from corpusflow.text.bare_lines import Bare, bare_line
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
    drop_breadcrumbs: the way to the page, such as `Home > Bags > Red bag`; not in OmniCorpus.
    keep_labels: a single word with a text behind it stays if it ends in a colon (`Note:`, `Anna:`) or a list item
    follows (`Ingredients`). OmniCorpus drops these too.
    """

    drop_addresses: bool = True
    drop_counters: bool = True
    drop_single_words: bool = True
    drop_breadcrumbs: bool = True
    keep_labels: bool = True

    name: ClassVar[str] = "bare_texts"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def judge(self, document: Document) -> Iterator[Decision]:
        # By index, not by place: what is dropped between two segments must not make them neighbours.
        images = {segment.index for segment in document.segments if isinstance(segment, ImageSegment)}
        followers = chain(document.segments[1:], (None,))
        for segment, follower in zip(document.segments, followers, strict=False):  # there may be no segment
            if isinstance(segment, TextSegment) and segment.role in _ROLES:
                reason = self._fault(segment, images, follower)
                if reason is not None:
                    yield Decision(self.name, reason, segment.index)

    def _fault(self, text: TextSegment, images: set[int], follower: Segment | None) -> str | None:
        kind = bare_line(text.text)
        if kind is not None and self._unwanted(kind):
            return kind
        if self.drop_single_words and text.role in PARAGRAPH_ROLES and (count := words(text.text)) <= 1:
            near = range(text.index - _NEAR, text.index + _NEAR + 1)
            if images.intersection(near) or (self.keep_labels and count and _is_label(text.text, follower)):
                return None
            return "single_word"
        return None

    def _unwanted(self, kind: Bare) -> bool:
        if kind == "breadcrumbs":
            return self.drop_breadcrumbs
        return self.drop_counters if kind == "social_counter" else self.drop_addresses


def _is_label(word: str, follower: Segment | None) -> bool:
    if not isinstance(follower, TextSegment) or not any(map(str.isalpha, word)):
        return False
    return follower.role == "list_item" or (follower.role != "heading" and word.rstrip().endswith((":", "\uff1a")))
