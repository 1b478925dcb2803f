"""What of a document's texts is compared with its images: whole segments, some that belong together, or sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from corpusflow.document import Document, TextSegment
from corpusflow.text.sentences import sentence_spans

TextUnit = Literal["segment", "paragraph", "sentence"]

# Texts are put together while all of them are read: CLIP's context of 77 tokens is some 350 characters of English, 220
# to 250 of German, French or Spanish (30 to 90 in other scripts, for which its tokenizer was not made).
MAX_CHARACTERS = 300
# Of a document: as many as it may have segments by default (`extract.max_texts`). A page of 10 MB has room for a
# million, whose similarities with 500 images take 4 GB while they are made.
MAX_SENTENCES = 20_000

_RUNS = ("list_item", "table_row")


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of a document's text.

    first, last: `index` of its first and of its last text segment. start: its first character in the first of these.
    end: behind its last character in the last of these. text: all of it, a line for each segment.
    """

    first: int
    last: int
    start: int
    end: int
    text: str


def text_units(document: Document, unit: TextUnit) -> tuple[Unit, ...]:
    """The units of a document in its order.

    segment: each text as the page cuts it: heading, paragraph, list item, table row. paragraph: texts that belong
    together as long as they have at most 300 characters with their line ends: a heading with smaller ones and the first
    text under it, items of a list, rows of a table; never across an image. A longer text stands by itself. sentence:
    those of each text, by its own language where it has one, else by the document's; of a document with more than
    20,000 sentences the segments.
    """
    if unit == "paragraph":
        return tuple(map(_joined, _groups(document)))
    if unit == "sentence":
        sentences = [found for text in document.texts for found in _sentences(text, _language(document, text))]
        if len(sentences) <= MAX_SENTENCES:
            return tuple(sentences)
    return tuple(_joined([text]) for text in document.texts)


def _joined(texts: Sequence[TextSegment]) -> Unit:
    first, last = texts[0], texts[-1]
    return Unit(first.index, last.index, 0, len(last.text), "\n".join(text.text for text in texts))


def _sentences(segment: TextSegment, language: str) -> Iterator[Unit]:
    for start, end in sentence_spans(segment.text, language):
        yield Unit(segment.index, segment.index, start, end, segment.text[start:end])


def _language(document: Document, segment: TextSegment) -> str:
    score = document.score("language", segment.index) or document.score("language")
    return score.label if score else ""


def _groups(document: Document) -> Iterator[list[TextSegment]]:
    """Runs of texts that belong together, none of them empty."""
    group: list[TextSegment] = []
    for segment in document.segments:
        if group and not (isinstance(segment, TextSegment) and _goes_on(group, segment)):
            yield group
            group = []
        if isinstance(segment, TextSegment):
            group.append(segment)
    if group:
        yield group


def _goes_on(group: Sequence[TextSegment], segment: TextSegment) -> bool:
    """Whether a text belongs to those before it, and all of them are short enough together."""
    last = group[-1]
    if sum(len(text.text) + 1 for text in group) + len(segment.text) > MAX_CHARACTERS:
        return False
    if last.role != "heading":
        return segment.role == last.role and segment.role in _RUNS
    return segment.level > last.level if segment.role == "heading" else segment.role != "caption"
