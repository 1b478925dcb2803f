"""Keeps documents that a classifier does not find abusive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs


@dataclass(frozen=True)
class Toxicity:
    """Drops a document that a classifier in `text.models` finds likely to be abusive.

    max_score: highest probability that is kept, in [0, 1]. 0.5 is where the classifier of alt-profanity-check itself
    says yes.
    languages: documents in these are judged, as the language detector names them, and dropped where nobody measured
    them: what cannot be judged counts as abusive. Documents in other languages stay. No text counts as not abusive.
    """

    max_score: float = 0.5
    languages: tuple[str, ...] = ("en",)

    name: ClassVar[str] = "toxicity"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ("toxicity", "language")

    def __post_init__(self) -> None:
        if not 0 <= self.max_score <= 1:
            raise ValueError(f"max_score is {self.max_score}, it must lie in [0, 1]")
        if not self.languages:
            raise ValueError("languages is empty: nothing would be judged")

    def judge(self, document: Document) -> Iterator[Decision]:
        language = document.score("language")
        if language is None or language.label not in self.languages:
            return
        measured = document.score("toxicity")
        if measured is None:
            if any(text.role != "code" for text in document.texts):
                yield Decision(self.name, "toxicity_unknown")
        # Written so that NaN is no.
        elif not measured.value <= self.max_score:
            yield Decision(self.name, "text_toxic", None, measured.value, self.max_score)
