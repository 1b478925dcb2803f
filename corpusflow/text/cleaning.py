"""Texts of a document as the corpus may have them: what is changed in them, and how often.

Extraction stores what the page says; whoever reads it after that reads it through `clean`, with the same setting, so
that another setting extracts nothing again.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from corpusflow.document import Document, ImageSegment, Segment, TextSegment
from corpusflow.text.personal_data import VERSION, Found, find_personal_data, mask

CELL_BREAK = " | "  # as extraction joins the cells of a row

PersonalData = Literal["mask", "drop", "keep"]


def cleaning_section(personal_data: PersonalData) -> list[Any]:
    """What of cleaning decides on a stage's output."""
    return [personal_data] if personal_data == "keep" else [personal_data, VERSION]


def clean(document: Document, personal_data: PersonalData) -> tuple[Document, Counter[str]]:
    """The document with placeholders for personal data, and how many there are of each kind.

    personal_data: `mask` does so in all texts, alt texts, captions and the title; `drop` leaves text segments to the
    filter, and masks the others, since no image goes for its alt text; `keep` changes nothing.
    """
    counts: Counter[str] = Counter()
    if personal_data == "keep":
        return document, counts
    segments = tuple(
        segment if isinstance(segment, TextSegment) and personal_data == "drop" else _masked_segment(segment, counts)
        for segment in document.segments
    )
    title = _masked(document.metadata.title, counts)
    if not counts:
        return document, counts
    metadata = dataclasses.replace(document.metadata, title=title)
    return dataclasses.replace(document, segments=segments, metadata=metadata), counts


def _masked_segment(segment: Segment, counts: Counter[str]) -> Segment:
    if isinstance(segment, ImageSegment):
        if not segment.alt and not segment.caption:
            return segment
        alt, caption = _masked(segment.alt, counts), _masked(segment.caption, counts)
        return dataclasses.replace(segment, alt=alt, caption=caption)
    found = find_personal_data(segment.text)
    if not found:
        return segment
    counts.update(item.kind for item in found)
    if not segment.cells:
        return dataclasses.replace(segment, text=mask(segment.text, found))
    cells = tuple(_masked_cells(segment.cells, found))
    return dataclasses.replace(segment, text=CELL_BREAK.join(filter(None, cells)), cells=cells)


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


def _masked(text: str, counts: Counter[str]) -> str:
    found = find_personal_data(text)
    if not found:
        return text
    counts.update(item.kind for item in found)
    return mask(text, found)
