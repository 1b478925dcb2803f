"""Drops headings that nothing stands under."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document, TextSegment
from corpusflow.filtering import Needs

_NO_RANK = 99


@dataclass(frozen=True)
class OrphanHeadings:
    """Drops a heading that another heading of the same or a higher rank follows, or nothing at all (OmniCorpus: of the
    same rank).

    Texts of any role and images stand under a heading. It is judged by what earlier filters left, so it stands in a
    recipe after those that drop texts. A heading left without any by this filter goes with it.

    keep_first: the first heading stays in any case: it is the title, and at times a subtitle of the same rank follows.
    """

    keep_first: bool = True

    name: ClassVar[str] = "orphan_headings"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def judge(self, document: Document) -> Iterator[Decision]:
        first = next((text.index for text in document.texts if text.role == "heading"), None)
        orphans: list[int] = []
        highest = 0  # a heading of this rank or a lower one (a greater level) is an orphan; at the end all are
        for segment in reversed(document.segments):
            if not isinstance(segment, TextSegment) or segment.role != "heading":
                highest = _NO_RANK
            elif segment.level < highest or (self.keep_first and segment.index == first):
                highest = segment.level
            else:
                orphans.append(segment.index)
        for index in reversed(orphans):
            yield Decision(self.name, "orphan_heading", index)
