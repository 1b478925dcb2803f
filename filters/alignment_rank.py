"""Keeps images and texts that are more alike than those of other documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from filters.bounds import check_shares


@dataclass(frozen=True)
class AlignmentRank:
    """Drops an image to which texts of other documents are as similar as those of its own, and a text likewise: the
    joint filter of mOSCAR. Needs `align.negatives`, the number of them that are drawn.

    max_rank: share of the negatives, in [0, 1], that may be at least as similar as the best partner in the document.
    mOSCAR keeps the best 8 of 64: at most 7 of 63 negatives, so 0.112. It is no number of a model and fair to languages
    and lengths, since texts are compared with texts of their language and length.
    drop: what goes; `both` as in mOSCAR, each by what was measured before anything went: an image whose best text goes
    stays if it is good itself.

    Nothing that was not measured is judged: documents in a language that the model does not read, and texts and images
    with fewer than 8 negatives.
    """

    max_rank: float = 0.112
    drop: Literal["both", "images", "texts"] = "both"

    name: ClassVar[str] = "alignment_rank"
    needs: ClassVar[Needs] = "scores"
    measures: ClassVar[tuple[str, ...]] = ("text_rank", "image_rank")

    def __post_init__(self) -> None:
        check_shares({"max_rank": self.max_rank})
        if self.drop not in ("both", "images", "texts"):
            raise ValueError(f"drop is {self.drop!r}, it must be 'both', 'images' or 'texts'")

    def judge(self, document: Document) -> Iterator[Decision]:
        if self.drop != "texts":
            images = [image.index for image in document.images]
            yield from self._over(document, "text_rank", images, "image_not_above_negatives")
        if self.drop != "images":
            texts = [text.index for text in document.texts]
            yield from self._over(document, "image_rank", texts, "text_not_above_negatives")

    def _over(self, document: Document, measure: str, indices: list[int], reason: str) -> Iterator[Decision]:
        ranks = {score.segment: score.value for score in document.scores if score.measure == measure}
        for index in indices:
            # Written so that NaN is no.
            if index in ranks and not ranks[index] <= self.max_rank:
                yield Decision(self.name, reason, index, ranks[index], self.max_rank)
