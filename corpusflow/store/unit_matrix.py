"""What is left of the similarities of a document's text units and images once filters have dropped some of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from corpusflow.document import Document

Row = Mapping[str, int]


@dataclass(frozen=True)
class UnitMatrix:
    """Similarities of units (rows) with images (columns), and which unit each row is.

    units: (first, last, start, end) of each row, as of `corpusflow.align.units.Unit`. best: for each image the row of
    the unit most like it among all that were compared; None where that one is gone. All empty where nobody compared.
    """

    values: tuple[tuple[float, ...], ...] = ()
    units: tuple[tuple[int, int, int, int], ...] = ()
    best: tuple[int | None, ...] = ()


def units_left(whole: Document, kept: Document, units: Sequence[Row], flat: Sequence[float]) -> UnitMatrix:
    """Of the matrix of the whole document what is about the units and images that were kept: a unit goes with any of
    its segments.

    units: first, last, start and end of each row. flat: the matrix by rows, or empty.
    """
    if not flat:
        return UnitMatrix()
    left = {segment.index for segment in kept.segments}
    gone = [text.index for text in whole.texts if text.index not in left]
    rows = [row for row, unit in enumerate(units) if not _any_between(gone, unit["first"], unit["last"])]
    columns = [column for column, image in enumerate(whole.images) if image.index in left]
    width = len(whole.images)
    places = {row: place for place, row in enumerate(rows)}
    return UnitMatrix(
        tuple(tuple(flat[row * width + column] for column in columns) for row in rows),
        tuple((units[row]["first"], units[row]["last"], units[row]["start"], units[row]["end"]) for row in rows),
        tuple(places.get(row) for row in _best_rows(flat, width, columns)),
    )


def _any_between(ordered: Sequence[int], first: int, last: int) -> bool:
    """Whether one of them is in [first, last]."""
    place = bisect_left(ordered, first)
    return place < len(ordered) and ordered[place] <= last


def _best_rows(flat: Sequence[float], width: int, columns: Sequence[int]) -> Iterator[int]:
    """The row of the greatest value of each of these columns, the first of equals."""
    for column in columns:
        values = flat[column::width]
        yield max(range(len(values)), key=values.__getitem__)
