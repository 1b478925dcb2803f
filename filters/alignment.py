"""Keeps images that belong to some text of their document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from filters.bounds import check_cosines, check_shares


@dataclass(frozen=True)
class Alignment:
    """Drops an image that is unlike every text of its document, by the similarity of the text that is most like it.

    min_score: cosine similarity, in [-1, 1]. It belongs to the model that scores, so there is no default: 0.15 of
    CLIP ViT-L/14 in MMC4, 0.1 of CLIP in CoMM. Look at the scores of a sample before choosing.
    matched_score, min_matched_share: a document stays only if at least this share of its images, in [0, 1], is at
    least so much like its text, of the images that are left. MMC4's core set: 0.25 of CLIP ViT-L/14 and 0.75, of
    assigned texts. None: no bound.
    matched_by: which text is an image's for that share. `best`: the one most like it; `assigned`: the one that linear
    assignment gives it, where a text takes one image. Assigned are all images of a document that could be had, also
    those that filters drop after it, so that the share may come out lower than MMC4's.
    languages: codes of the languages that the model reads. Documents in another language, or in none that is known,
    are not judged: a model that reads English only says nothing about a Chinese page. Empty: the model reads all.

    An image that has no score, in a document that is judged, is dropped.
    """

    min_score: float
    languages: tuple[str, ...] = ()
    matched_score: float | None = None
    min_matched_share: float | None = None
    matched_by: Literal["best", "assigned"] = "best"

    name: ClassVar[str] = "alignment"
    needs: ClassVar[Needs] = "scores"
    measures: ClassVar[tuple[str, ...]] = ("language", "best_similarity", "assigned_similarity")

    def __post_init__(self) -> None:
        if (self.matched_score is None) != (self.min_matched_share is None):
            raise ValueError("matched_score and min_matched_share belong together, give both or none")
        if self.matched_by not in ("best", "assigned"):
            raise ValueError(f"matched_by is {self.matched_by!r}, it must be 'best' or 'assigned'")
        check_cosines({"min_score": self.min_score, "matched_score": self.matched_score})
        check_shares({"min_matched_share": self.min_matched_share})

    def judge(self, document: Document) -> Iterator[Decision]:
        if not self._reads(document):
            return
        kept = []
        for image in document.images:
            best = document.score("best_similarity", image.index)
            if best is None:
                yield Decision(self.name, "image_not_aligned", image.index)
            # Written so that NaN is no.
            elif not best.value >= self.min_score:
                yield Decision(self.name, "image_text_unrelated", image.index, best.value, self.min_score)
            else:
                kept.append(image.index)
        if self.matched_score is not None and self.min_matched_share is not None and kept:
            own = [document.score(f"{self.matched_by}_similarity", index) for index in kept]
            share = sum(score is not None and score.value >= self.matched_score for score in own) / len(kept)
            if share < self.min_matched_share:
                yield Decision(self.name, "images_weakly_related", None, share, self.min_matched_share)

    def _reads(self, document: Document) -> bool:
        if not self.languages:
            return True
        language = document.score("language")
        return language is not None and language.label in self.languages
