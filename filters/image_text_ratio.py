"""Keeps documents with enough text for their images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.text.measures import words


@dataclass(frozen=True)
class ImageTextRatio:
    """Drops a document with too few words for its images: a gallery.

    It counts what earlier filters left, texts of every role, so it stands in a recipe after those that drop images and
    texts.

    min_words_per_image: words (as `corpusflow.text.measures.words` counts them, so that Chinese is judged too) over
    images. 25 is ours: recipes and tutorials with a picture for each step have 26 to 50, shops and galleries fewer.
    OmniCorpus: 50. At most N images per 100 words is the same as 100 / N words per image.
    judged_from: documents with fewer images are not judged. 3, since OmniCorpus judges those with more than 2.
    """

    min_words_per_image: float = 25
    judged_from: int = 3

    name: ClassVar[str] = "image_text_ratio"
    # Counting needs no pixel, but only where pixels are do the images that could not be fetched no longer count, nor
    # those that turned out too small: a document must not go for pictures that it loses anyway.
    needs: ClassVar[Needs] = "pixels"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if not self.min_words_per_image >= 0:
            raise ValueError(f"min_words_per_image is {self.min_words_per_image}, it cannot be negative")
        if self.judged_from < 1:
            raise ValueError(f"judged_from is {self.judged_from}, a ratio needs an image")

    def judge(self, document: Document) -> Iterator[Decision]:
        images = len(document.images)
        if images < self.judged_from:
            return
        ratio = sum(words(text.text) for text in document.texts) / images
        if ratio < self.min_words_per_image:
            yield Decision(self.name, "too_few_words_per_image", None, ratio, self.min_words_per_image)
