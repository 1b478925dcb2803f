"""Small documents for tests: `document("intro", image(16, 16), "body")`."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Sequence

from corpusflow.document import (
    Document,
    ImageSegment,
    Picture,
    Provenance,
    Role,
    Score,
    Segment,
    TextSegment,
    document_id,
)
from corpusflow.store.unit_matrix import UnitMatrix

# Half of the bits of each are set, as in photographs.
PHASH, DHASH = "a" * 16, "5" * 16


def document(*parts: str | Segment, scores: Iterable[Score] = (), url: str = "https://site.example/page") -> Document:
    """A document of these parts in order; a string is a paragraph. Indices are the places of the parts, whatever
    index they came with."""
    return Document(
        id=document_id("test.warc.gz", 0, url),
        url=url,
        provenance=Provenance("test.warc.gz"),
        segments=tuple(_segment(index, part) for index, part in enumerate(parts)),
        scores=tuple(scores),
    )


def image(width: int, height: int, url: str = "") -> ImageSegment:
    """An image that was fetched: it has a picture of this size in pixels."""
    return ImageSegment(0, url, picture=picture(width, height))


def picture(width: int, height: int, data: bytes | None = None, form: str = "jpg") -> Picture:
    """Of a stored image of this size: its digest and length are those of the data where there are any."""
    sha256, length = ("0" * 64, 1000) if data is None else (hashlib.sha256(data).hexdigest(), len(data))
    return Picture(
        sha256, width, height, form, length, "1" * 64, width, height, PHASH, DHASH, False, "4" * 32, "5" * 40
    )


def image_not_fetched(url: str = "") -> ImageSegment:
    """An image that has no picture."""
    return ImageSegment(0, url)


def text(words: str, role: Role = "paragraph", level: int = 0) -> TextSegment:
    """A text segment of any role."""
    return TextSegment(0, words, role, level)


def language(label: str, probability: float = 1.0) -> Score:
    """The language of a whole document."""
    return Score("language/test", probability, None, label)


def compared_texts(document: Document, matrix: Sequence[Sequence[float]]) -> UnitMatrix:
    """The similarities of each text of a document (rows) with each of its images (columns)."""
    if not matrix:
        return UnitMatrix()
    units = tuple((text.index, text.index, 0, len(text.text)) for text in document.texts)
    best = tuple(max(range(len(matrix)), key=column.__getitem__) for column in zip(*matrix, strict=True))
    return UnitMatrix(tuple(tuple(row) for row in matrix), units, best)


def _segment(index: int, part: str | Segment) -> Segment:
    if isinstance(part, str):
        return TextSegment(index, part)
    if isinstance(part, ImageSegment) and not part.url:
        part = dataclasses.replace(part, url=f"https://site.example/{index}.jpg")
    return dataclasses.replace(part, index=index)
