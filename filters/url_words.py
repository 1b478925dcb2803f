"""Keeps documents and images whose URLs do not tell that they are decoration or pornography."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs


@dataclass(frozen=True)
class UrlWords:
    """Drops documents and images by words in their URLs, in whatever case.

    image_words: logo, button, icon, plugin, widget in MMC4, and banner in mOSCAR; OBELICS adds porn, xxx and sex.
    document_words: none of the published pipelines says which; those of OBELICS that mean pages too.
    match: `word` takes a word with no letter on either side, an `s` at its end apart; `substring` takes it anywhere, as
    the published pipelines do, who lose Essex and silicon by it. measured: the word.
    """

    image_words: tuple[str, ...] = ("logo", "button", "icon", "plugin", "widget", "banner", "porn", "xxx", "sex")
    document_words: tuple[str, ...] = ("porn", "xxx", "sex")
    match: Literal["word", "substring"] = "word"

    name: ClassVar[str] = "url_words"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if any(not word.strip() for word in (*self.image_words, *self.document_words)):
            raise ValueError("an empty word is in every URL")
        if self.match not in ("word", "substring"):
            raise ValueError(f"match is {self.match!r}, it must be 'word' or 'substring'")

    def judge(self, document: Document) -> Iterator[Decision]:
        word = self._word_in(document.url, self.document_words)
        if word is not None:
            yield Decision(self.name, "document_url_has_word", None, word)
            return
        for image in document.images:
            word = self._word_in(image.url, self.image_words)
            if word is not None:
                yield Decision(self.name, "image_url_has_word", image.index, word)

    def _word_in(self, url: str, words: tuple[str, ...]) -> str | None:
        lower = url.lower()
        # Few have any, and to look for each in turn is cheaper than for all at once.
        if not any(word.lower() in lower for word in words):
            return None
        found = _pattern(words, self.match).search(lower)
        return found["word"] if found else None


@functools.cache
def _pattern(words: tuple[str, ...], match: str) -> re.Pattern[str]:
    word = f"(?P<word>{'|'.join(re.escape(word.lower()) for word in words)})"
    return re.compile(word if match == "substring" else rf"(?<![^\W\d_]){word}s?(?![^\W\d_])")
