"""Keeps texts without personal data, where a recipe wants such texts dropped rather than masked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.text.personal_data import find_personal_data


@dataclass(frozen=True)
class DropPersonalData:
    """Drops text segments that hold an e-mail address, a telephone number or the like. It is no choice of a recipe's
    filters: `text.personal_data: drop` has it run before them, on texts that nothing has masked.

    measured: the kinds that were found. What was found is not told: the ledger is kept longer than the text.
    """

    name: ClassVar[str] = "personal_data"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def judge(self, document: Document) -> Iterator[Decision]:
        for text in document.texts:
            kinds = {found.kind for found in find_personal_data(text.text)}
            if kinds:
                yield Decision(self.name, "text_has_personal_data", text.index, ", ".join(sorted(kinds)))
