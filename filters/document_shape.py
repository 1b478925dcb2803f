"""Keeps documents with a useful number of images and texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs


@dataclass(frozen=True)
class DocumentShape:
    """Drops a document that has too few or too many images or texts left.

    It counts what earlier filters left, so it stands in a recipe after those that drop images.

    min_images, max_images: 1 and 30, as in OBELICS and MINT-1T; MMC4's core set takes 2 and 15.
    min_texts, max_texts: text segments of any role. At least 1 makes a document interleaved (OBELICS); mOSCAR asks
    for 5 unless there are 300 characters. None: no upper bound.
    """

    min_images: int = 1
    max_images: int = 30
    min_texts: int = 1
    max_texts: int | None = None

    name: ClassVar[str] = "document_shape"
    # Counting needs no pixel, but only where pixels are do the images that could not be fetched no longer count.
    needs: ClassVar[Needs] = "pixels"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if self.min_images < 0 or self.min_texts < 0:
            raise ValueError("min_images and min_texts cannot be negative")
        if self.min_images > self.max_images:
            raise ValueError(f"min_images is {self.min_images}, more than max_images, {self.max_images}")
        if self.max_texts is not None and self.min_texts > self.max_texts:
            raise ValueError(f"min_texts is {self.min_texts}, more than max_texts, {self.max_texts}")

    def judge(self, document: Document) -> Iterator[Decision]:
        images, texts = len(document.images), len(document.texts)
        if images < self.min_images:
            yield Decision(self.name, "too_few_images", None, images, self.min_images)
        if images > self.max_images:
            yield Decision(self.name, "too_many_images", None, images, self.max_images)
        if texts < self.min_texts:
            yield Decision(self.name, "too_few_texts", None, texts, self.min_texts)
        if self.max_texts is not None and texts > self.max_texts:
            yield Decision(self.name, "too_many_texts", None, texts, self.max_texts)
