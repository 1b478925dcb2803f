"""Keeps documents in the wanted languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs

_CODE = re.compile("[a-z]{2,3}")


@dataclass(frozen=True)
class Language:
    """Drops a document whose language, as a language scorer measured it, is another one or too uncertain.

    wanted: codes as the scorer gives them: ISO 639-1, or 639-3 where there is no shorter (`en`, `zh`, `ceb`).
    min_probability: least probability of that language, in [0, 1]. OBELICS asks 0.8 and C4 0.99; the default is
    milder, since short pages and pages with names or code in them score low.

    A document that nobody measured is dropped.
    """

    wanted: tuple[str, ...]
    min_probability: float = 0.5

    name: ClassVar[str] = "language"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ("language",)

    def __post_init__(self) -> None:
        if not self.wanted:
            raise ValueError("wanted names no language, so every document would be dropped")
        odd = [code for code in self.wanted if not _CODE.fullmatch(code)]
        if odd:
            raise ValueError(f"wanted holds {odd[0]!r}, which is no code such as 'en' or 'ceb'")
        if not 0 <= self.min_probability <= 1:
            raise ValueError(f"min_probability is {self.min_probability}, it must lie in [0, 1]")

    def judge(self, document: Document) -> Iterator[Decision]:
        language = document.score("language")
        if language is None:
            yield Decision(self.name, "language_unknown")
        elif language.label not in self.wanted:
            yield Decision(self.name, "language_not_wanted", None, language.label, ", ".join(self.wanted))
        # Written so that NaN is no.
        elif not language.value >= self.min_probability:
            yield Decision(self.name, "language_uncertain", None, language.value, self.min_probability)
