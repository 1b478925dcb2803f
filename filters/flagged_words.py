"""Keeps documents and paragraphs that are not made of pornographic or abusive words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.text.flagged_words import flagged_words, languages_with_list
from corpusflow.text.measures import words


@dataclass(frozen=True)
class FlaggedWords:
    """Drops paragraphs and documents with too many flagged words, by the short lists of `corpusflow/text/
    flagged_words.txt` (en, de, fr, es, it, pt, nl, pl, ru, tr, zh, ja).

    max_share: flagged words over all words of a document. 0.01 in OBELICS, 0.02 in OmniCorpus, each with its own,
    longer lists, so these let through less than ours.
    max_paragraph_share: of one text segment of any role; OBELICS takes 0.01 there too. Off by default: one swear word
    in a short quote is over it.
    max_distinct: different flagged words in a document. 1 is mOSCAR's bound, which drops at two.

    Words are counted as `corpusflow.text.measures.words` does. A document whose language has no list, or that nobody
    measured, is not judged.
    """

    max_share: float = 0.01
    max_paragraph_share: float | None = None
    max_distinct: int | None = None

    name: ClassVar[str] = "flagged_words"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ("language",)

    def __post_init__(self) -> None:
        for option in ("max_share", "max_paragraph_share"):
            value = getattr(self, option)
            if value is not None and not 0 <= value <= 1:
                raise ValueError(f"{option} is {value}, a share lies in [0, 1]")
        if self.max_distinct is not None and self.max_distinct < 0:
            raise ValueError(f"max_distinct is {self.max_distinct}, it cannot be negative")

    def judge(self, document: Document) -> Iterator[Decision]:
        language = document.score("language")
        if language is None or language.label not in languages_with_list():
            return
        total, flagged = 0, list[str]()
        for text in document.texts:
            found, count = flagged_words(text.text, language.label), words(text.text)
            share = _share(len(found), count)
            if self.max_paragraph_share is not None and share > self.max_paragraph_share:
                yield Decision(self.name, "text_has_flagged_words", text.index, share, self.max_paragraph_share)
            else:
                total, flagged = total + count, flagged + found
        share, distinct = _share(len(flagged), total), len(set(flagged))
        if share > self.max_share:
            yield Decision(self.name, "many_flagged_words", None, share, self.max_share)
        elif self.max_distinct is not None and distinct > self.max_distinct:
            yield Decision(self.name, "different_flagged_words", None, distinct, self.max_distinct)


def _share(flagged: int, total: int) -> float:
    # In a script without spaces the number of words is an estimate, and may be too low.
    return min(flagged / max(total, 1), 1.0)
