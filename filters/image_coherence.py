"""Keeps documents whose images follow from one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs


@dataclass(frozen=True)
class ImageCoherence:
    """Drops a document whose images are no sequence: neighbours are hardly more alike than any two of them.

    min_coherence: mean cosine similarity of neighbours less that of all pairs, in [-2, 2]; 0 where the order of the
    images says nothing, and always for two images. It is CoMM's measure, whose bound is not published, and belongs to
    the model that scores, so there is no default: look at the scores of a sample before choosing.

    It is measured once, of all images that could be had, before filters drop some of them. Documents with fewer than 2
    images left are not judged; one with more that nobody measured is dropped.
    """

    min_coherence: float

    name: ClassVar[str] = "image_coherence"
    needs: ClassVar[Needs] = "scores"
    measures: ClassVar[tuple[str, ...]] = ("image_coherence",)

    def __post_init__(self) -> None:
        if not -2 <= self.min_coherence <= 2:
            raise ValueError(f"min_coherence is {self.min_coherence}, a difference of cosines lies in [-2, 2]")

    def judge(self, document: Document) -> Iterator[Decision]:
        if len(document.images) < 2:
            return
        measured = document.score("image_coherence")
        if measured is None:
            yield Decision(self.name, "image_coherence_unknown")
        # Written so that NaN is no.
        elif not measured.value >= self.min_coherence:
            yield Decision(self.name, "images_incoherent", None, measured.value, self.min_coherence)
