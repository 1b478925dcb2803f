"""Keeps documents that a classifier finds good."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs


@dataclass(frozen=True)
class TextQuality:
    """Drops a document that a classifier in `text.models` gives too little a probability of being good.

    min_score: in [0, 1]; at 0.5 a classifier of two labels holds both for equally likely. OBELICS chose its pages so.
    A document that no model reads, by its language or for want of text, stays.
    """

    min_score: float = 0.5

    name: ClassVar[str] = "text_quality"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ("text_quality",)

    def __post_init__(self) -> None:
        if not 0 <= self.min_score <= 1:
            raise ValueError(f"min_score is {self.min_score}, it must lie in [0, 1]")

    def judge(self, document: Document) -> Iterator[Decision]:
        measured = document.score("text_quality")
        # Written so that NaN is no.
        if measured is not None and not measured.value >= self.min_score:
            yield Decision(self.name, "text_quality_too_low", None, measured.value, self.min_score)
