"""Drops an image that the model takes for the same as an earlier one of the document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from filters.bounds import check_cosines


@dataclass(frozen=True)
class AlikeImages:
    """Keeps the first of images of a document whose embeddings are nearly the same: copies that were cut, mirrored or
    written on, which hashes of pixels do not find.

    min_similarity: cosine similarity, in [-1, 1], from which an image is a copy. It belongs to the model that scores,
    so there is no default; pictures of one thing are alike too, so look at a sample before choosing.

    An image is compared with the earlier one that is most like it, among all that could be had: where that one is gone
    by an earlier filter, the image stays.
    """

    min_similarity: float

    name: ClassVar[str] = "alike_images"
    needs: ClassVar[Needs] = "scores"
    measures: ClassVar[tuple[str, ...]] = ("copy_similarity",)

    def __post_init__(self) -> None:
        check_cosines({"min_similarity": self.min_similarity})

    def judge(self, document: Document) -> Iterator[Decision]:
        left = {str(image.index) for image in document.images}
        for image in document.images:
            most = document.score("copy_similarity", image.index)
            if most is not None and most.label in left and most.value >= self.min_similarity:
                yield Decision(self.name, "image_alike_earlier_one", image.index, most.value, self.min_similarity)
