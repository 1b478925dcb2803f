"""Drops a paragraph that the document has said before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.text.identity import plain


@dataclass(frozen=True)
class RepeatedParagraphs:
    """Keeps the first of the texts of a document that are the same, white space and case apart; of any role.

    min_characters: shorter texts may stand often: a table or a list says `yes` on many lines. mOSCAR drops a repeated
    text of any length (1). The Decision measures which time it is that the text is said.
    """

    min_characters: int = 1

    name: ClassVar[str] = "repeated_paragraphs"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if self.min_characters < 1:
            raise ValueError(f"min_characters is {self.min_characters}; it must be at least 1")

    def judge(self, document: Document) -> Iterator[Decision]:
        times: dict[str, int] = {}
        for text in document.texts:
            said = plain(text.text)
            if len(said) < self.min_characters:
                continue
            times[said] = times.get(said, 0) + 1
            if times[said] > 1:
                yield Decision(self.name, "paragraph_said_before", text.index, times[said], 1)
