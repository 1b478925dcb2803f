"""Keeps documents that a language model finds neither strange nor all too easy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs


@dataclass(frozen=True)
class Perplexity:
    """Drops a document whose perplexity, as a model in `text.models` measured it, is out of bounds.

    max_perplexity: 1500 in OBELICS, by a model of Wikipedia; the figures of one model say nothing of another.
    min_perplexity: of texts that repeat themselves or stood in what the model was trained on. None switches a bound
    off. It is measured once, before filters drop paragraphs. A document that no model reads, by its language, stays.
    """

    max_perplexity: float | None = 1500
    min_perplexity: float | None = None

    name: ClassVar[str] = "perplexity"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ("perplexity",)

    def __post_init__(self) -> None:
        for option in ("max_perplexity", "min_perplexity"):
            value = getattr(self, option)
            if value is not None and not value >= 1:
                raise ValueError(f"{option} is {value}, a perplexity is 1 or more")
        least, most = self.min_perplexity, self.max_perplexity
        if least is not None and most is not None and least > most:
            raise ValueError(f"min_perplexity is {least}, more than max_perplexity, {most}")

    def judge(self, document: Document) -> Iterator[Decision]:
        measured = document.score("perplexity")
        if measured is None:
            return
        # Written so that NaN is no.
        if self.max_perplexity is not None and not measured.value <= self.max_perplexity:
            yield Decision(self.name, "perplexity_too_high", None, measured.value, self.max_perplexity)
        elif self.min_perplexity is not None and not measured.value >= self.min_perplexity:
            yield Decision(self.name, "perplexity_too_low", None, measured.value, self.min_perplexity)
