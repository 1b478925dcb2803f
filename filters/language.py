"""Keeps documents, and the texts in them, that are in the wanted languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.text.language_shares import language_shares

_CODE = re.compile("[a-z]{2,3}|und-[A-Z][a-z]{3}")


@dataclass(frozen=True)
class Language:
    """Drops a document whose language, as a language scorer measured it, is another one or too uncertain; on demand
    also single texts in other languages and documents that are too mixed.

    wanted: codes as the scorer gives them: ISO 639-1, or 639-3 where there is no shorter (`en`, `zh`, `ceb`); where
    only the script was told, that (`und-Ethi`).
    min_probability: least probability of that language, in [0, 1]. OBELICS asks 0.8 and C4 0.99; the default is
    milder, since short pages and pages with names or code in them score low.
    by_segments: the document's language is that of most letters of its segments, as in mOSCAR, and its probability
    their share. In a filter that stands after others it is the language of what they left. Where no segment is long
    enough to have a language of its own, it is the document's all the same.
    max_foreign_share: most of the letters, in [0, 1], that may be in languages that are not wanted, by the segments
    that came in. None: any share.
    min_foreign_probability: a text is dropped from a document that stays where it is in a language that is not wanted
    with at least this probability, in [0, 1]. None: no text is. Texts too short to have a language of their own, and
    those of which neither language nor script is known, stay.

    A document that nobody measured is dropped.
    """

    wanted: tuple[str, ...]
    min_probability: float = 0.5
    by_segments: bool = False
    max_foreign_share: float | None = None
    min_foreign_probability: float | None = None

    name: ClassVar[str] = "language"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ("language",)

    def __post_init__(self) -> None:
        if not self.wanted:
            raise ValueError("wanted names no language, so every document would be dropped")
        odd = [code for code in self.wanted if not _CODE.fullmatch(code)]
        if odd:
            raise ValueError(f"wanted holds {odd[0]!r}, which is no code such as 'en', 'ceb' or 'und-Ethi'")
        for option in ("min_probability", "max_foreign_share", "min_foreign_probability"):
            value = getattr(self, option)
            if value is not None and not 0 <= value <= 1:
                raise ValueError(f"{option} is {value}, it must lie in [0, 1]")

    def judge(self, document: Document) -> Iterator[Decision]:
        shares = language_shares(document) if self.by_segments or self.max_foreign_share is not None else {}
        whole = self._judge_whole(document, shares)
        if whole is not None:
            yield whole
        elif self.min_foreign_probability is not None:
            yield from self._judge_texts(document, self.min_foreign_probability)

    def _judge_whole(self, document: Document, shares: dict[str, float]) -> Decision | None:
        language = document.score("language")
        if language is None:
            return Decision(self.name, "language_unknown")
        label, probability = language.label, language.value
        if self.by_segments and shares:
            label, probability = next(iter(shares.items()))
        if label not in self.wanted:
            return Decision(self.name, "language_not_wanted", None, label, ", ".join(self.wanted))
        # Written so that NaN is no.
        if not probability >= self.min_probability:
            return Decision(self.name, "language_uncertain", None, probability, self.min_probability)
        foreign = sum(share for label, share in shares.items() if label not in self.wanted)
        if self.max_foreign_share is not None and foreign > self.max_foreign_share:
            return Decision(self.name, "languages_mixed", None, foreign, self.max_foreign_share)
        return None

    def _judge_texts(self, document: Document, least: float) -> Iterator[Decision]:
        texts = {text.index for text in document.texts}
        for score in document.scores:
            foreign = score.name.startswith("language/") and score.label not in (*self.wanted, "und")
            if foreign and score.segment in texts and score.value >= least:
                yield Decision(
                    self.name, "text_language_not_wanted", score.segment, score.label, ", ".join(self.wanted)
                )
