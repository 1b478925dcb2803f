"""Drops lines that say whose a picture or a text is."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document, ImageSegment, TextSegment
from corpusflow.filtering import Needs
from corpusflow.text.credits import FILE_WORDS, is_photo_credit, is_source_line
from corpusflow.text.measures import words
from corpusflow.text.sentences import ends_a_sentence
from corpusflow.text.tokens import written_without_spaces
from filters.bounds import check_not_negative
from filters.text_length import PARAGRAPH_ROLES

_ROLES = PARAGRAPH_ROLES | {"caption"}


@dataclass(frozen=True)
class Credits:
    """Drops paragraphs, quotes and captions that name a photographer, an agency or a publisher and say nothing more,
    and captions that speak of the file (OmniCorpus). The forms, in some twelve languages, are in
    `corpusflow.text.credits`. All bounds are words; None switches one off.

    max_credit_words: texts of at most so many words that say whose a picture is, or where a text was published and
    whom it thanks.
    max_file_caption_words: captions, and texts directly before or after an image, of at most so many words that hold
    one of `file_words` and are no sentence. OmniCorpus: 7.
    file_words: whole words, in whatever case. OmniCorpus: download, load, getty, image, photo, source, which takes
    `A plague doctor (Image: Getty)` with it; here it is the words for download and enlarge.
    """

    max_credit_words: int | None = 15
    max_file_caption_words: int | None = 7
    file_words: tuple[str, ...] = FILE_WORDS

    name: ClassVar[str] = "credits"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        check_not_negative(self, "max_credit_words", "max_file_caption_words")
        if any(not word.strip() for word in self.file_words):
            raise ValueError("an empty word in file_words is in every caption")

    def judge(self, document: Document) -> Iterator[Decision]:
        images = {segment.index for segment in document.segments if isinstance(segment, ImageSegment)}
        for text in document.texts:
            if text.role in _ROLES:
                # By index, not by place: what is dropped between two segments must not make them neighbours.
                by_image = text.role == "caption" or text.index - 1 in images or text.index + 1 in images
                yield from self._of_text(text, by_image)

    def _of_text(self, text: TextSegment, by_image: bool) -> Iterator[Decision]:
        if (most := self.max_credit_words) is not None:
            reason = _credit(text.text)
            if reason is not None and (count := words(text.text)) <= most:
                yield Decision(self.name, reason, text.index, count, most)
                return
        if (most := self.max_file_caption_words) is not None and by_image:
            found = _pattern(self.file_words).search(text.text) if self.file_words else None
            if found and words(text.text) <= most and not ends_a_sentence(text.text):
                yield Decision(self.name, "caption_about_the_file", text.index, found.group().lower())


def _credit(text: str) -> str | None:
    if is_photo_credit(text):
        return "photo_credit"
    return "source_line" if is_source_line(text) else None


@functools.cache
def _pattern(file_words: tuple[str, ...]) -> re.Pattern[str]:
    # Han and kana stand without spaces between words.
    spaced = "|".join(re.escape(word) for word in file_words if not written_without_spaces(word))
    unspaced = "|".join(re.escape(word) for word in file_words if written_without_spaces(word))
    return re.compile("|".join(filter(None, (spaced and rf"\b(?:{spaced})\b", unspaced))), re.I)
