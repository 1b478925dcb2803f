"""Texts of a document as the corpus may have them: what is changed in them, and how often.

Extraction stores what the page says, so that another setting here extracts nothing again.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal

from corpusflow.document import ROLES, Document, ImageSegment, Role, Segment, TextSegment
from corpusflow.text.broken_lines import joined
from corpusflow.text.personal_data import VERSION, Found, find_personal_data, mask
from corpusflow.text.placeholders import without_placeholders
from corpusflow.text.repeated_marks import without_runs
from corpusflow.text.unfinished import trimmed
from corpusflow.text.urls import without_urls

CELL_BREAK = " | "  # as extraction joins the cells of a row
PASSES = 8  # bounds the work for a page that nests what goes, [Vid[Vid[Video]eo]eo], a million deep

PersonalData = Literal["mask", "drop", "keep"]
Urls = Literal["keep", "remove"]
BrokenLines = Literal["keep", "mid_sentence", "any"]
Unfinished = Literal["keep", "trim"]

Change = tuple[str, Callable[[str], tuple[str, int]]]  # its kind, and the text after it with how often it was made


@dataclass(frozen=True)
class Cleaning:
    """What is to be changed; the recipe's section `text` tells what each means."""

    personal_data: PersonalData = "keep"
    urls: Urls = "keep"
    repeated_marks: bool = False
    broken_lines: BrokenLines = "keep"
    unfinished: Unfinished = "keep"
    placeholders: bool = False

    def section(self) -> dict[str, Any]:
        """What of it decides on a stage's output: what changes nothing is left out."""
        wanted = {name: value for name, value in dataclasses.asdict(self).items() if value not in ("keep", False)}
        return wanted | ({"looked_for": VERSION} if "personal_data" in wanted else {})

    @cached_property
    def anywhere(self) -> tuple[Change, ...]:
        """The changes that are made in any text but code, alt text, caption and title."""
        changes: list[Change] = []
        if self.placeholders:
            changes.append(("placeholders", without_placeholders))
        if self.urls == "remove":
            changes.append(("urls", without_urls))
        if self.repeated_marks:
            changes.append(("repeated_marks", without_runs))
        return tuple(changes)

    @cached_property
    def in_lines(self) -> tuple[Change, ...]:
        """The changes that are made in texts that have lines."""
        if self.broken_lines == "keep":
            return self.anywhere
        return (*self.anywhere, ("broken_lines", partial(joined, broken=self.broken_lines)))

    def in_paragraphs(self, language: str) -> tuple[Change, ...]:
        """The changes that are made in paragraphs: whole sentences are expected of nothing else."""
        if self.unfinished == "keep":
            return self.in_lines
        return (*self.in_lines, ("unfinished", partial(trimmed, language=language)))


def clean(document: Document, wanted: Cleaning) -> tuple[Document, Counter[str]]:
    """The document after cleaning, and how often each kind of change was made. A text of which nothing is left is no
    segment any more. The very same object where nothing changes; a document that was cleaned does not change again.

    personal_data: `mask` puts placeholders in all texts, alt texts, captions and the title; `drop` leaves text segments
    to the filter, and masks the others, since no image goes for its alt text. In code nothing else is changed.
    """
    counts: Counter[str] = Counter()
    language = document.score("language")
    changes = _changes_by_role(wanted, language.label if language else "")
    segments = tuple(_cleaned_segment(segment, wanted, changes, counts) for segment in document.segments)
    title = _cleaned(document.metadata.title, wanted.anywhere, wanted.personal_data != "keep", counts)
    if not counts:
        return document, counts
    metadata = dataclasses.replace(document.metadata, title=title)
    cleaned = dataclasses.replace(document, segments=segments, metadata=metadata)
    empty = {text.index for text in cleaned.texts if not text.text} - {
        text.index for text in document.texts if not text.text
    }
    return cleaned.without(empty) if empty else cleaned, counts


def _changes_by_role(wanted: Cleaning, language: str) -> dict[Role, tuple[Change, ...]]:
    special: dict[Role, tuple[Change, ...]] = {
        "code": (),
        "caption": wanted.anywhere,
        "table_row": wanted.anywhere,
        "paragraph": wanted.in_paragraphs(language),
    }
    return dict.fromkeys(ROLES, wanted.in_lines) | special


def _cleaned_segment(
    segment: Segment, wanted: Cleaning, changes: Mapping[Role, Sequence[Change]], counts: Counter[str]
) -> Segment:
    if isinstance(segment, ImageSegment):
        if not segment.alt and not segment.caption:
            return segment
        masks = wanted.personal_data != "keep"
        alt, caption = (_cleaned(text, wanted.anywhere, masks, counts) for text in (segment.alt, segment.caption))
        if alt == segment.alt and caption == segment.caption:
            return segment
        return dataclasses.replace(segment, alt=alt, caption=caption)
    masks = wanted.personal_data == "mask"
    if segment.cells:
        return _cleaned_row(segment, changes[segment.role], masks, counts)
    text = _cleaned(segment.text, changes[segment.role], masks, counts)
    return segment if text == segment.text else dataclasses.replace(segment, text=text)


def _cleaned(text: str, changes: Sequence[Change], masks: bool, counts: Counter[str]) -> str:
    """One change may make room for another, so they are made again until none is left to make."""
    for _ in range(PASSES):
        before = text
        text = _changed(text, changes, counts)
        if masks and (found := find_personal_data(text)):
            counts.update(item.kind for item in found)
            text = mask(text, found)
        if text == before:
            break
    return text


def _changed(text: str, changes: Sequence[Change], counts: Counter[str]) -> str:
    for kind, change in changes:
        text, count = change(text)
        if count:
            counts[kind] += count
    return text


def _cleaned_row(row: TextSegment, changes: Sequence[Change], masks: bool, counts: Counter[str]) -> TextSegment:
    """A row of a table: its text stays what its cells are together."""
    text, cells = row.text, row.cells
    for _ in range(PASSES):
        before = cells
        cells = tuple(_changed(cell, changes, counts) for cell in cells)
        text = text if cells == before else CELL_BREAK.join(filter(None, cells))
        if masks and (found := find_personal_data(text)):
            counts.update(item.kind for item in found)
            cells = tuple(_masked_cells(cells, found))
            text = CELL_BREAK.join(filter(None, cells))
        if cells == before:
            break
    return row if cells == row.cells else dataclasses.replace(row, text=text, cells=cells)


def _masked_cells(cells: Sequence[str], found: Sequence[Found]) -> Iterator[str]:
    """Cells less what was found in their row: the word that tells a number for one may stand in the cell before."""
    start = 0
    for cell in cells:
        end = start + len(cell)
        inside = [item for item in found if item.start < end and item.end > start]
        yield mask(
            cell, [Found(item.kind, max(item.start, start) - start, min(item.end, end) - start) for item in inside]
        )
        if cell:
            start = end + len(CELL_BREAK)
