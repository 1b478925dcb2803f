"""The units of text that were measured against the images of a sample: whole texts, or what the run cut them into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from corpusflow.errors import RunError


class Unit(NamedTuple):
    """first, last: numbers of texts. start: first character of the first one; end: behind the last of the last."""

    first: int
    last: int
    start: int
    end: int


def page_texts(sample: Mapping[str, Any]) -> list[str]:
    """The texts of a sample's json without its images."""
    return [text for text in sample["texts"] if text is not None]


def units_of(sample: Mapping[str, Any]) -> list[Unit]:
    """The rows of the sample's similarity matrix; none where nobody measured."""
    if not sample["similarity"]:
        return []
    if sample.get("units"):
        return [Unit(*row) for row in sample["units"]]
    return [Unit(number, number, 0, len(text)) for number, text in enumerate(page_texts(sample))]


def unit_text(texts: Sequence[str], unit: Unit) -> str:
    """What stands in a unit; its texts are parted by a line break."""
    if unit.first == unit.last:
        return texts[unit.first][unit.start : unit.end]
    whole = texts[unit.first + 1 : unit.last]
    return "\n".join([texts[unit.first][unit.start :], *whole, texts[unit.last][: unit.end]])


def assigned_unit(info: Mapping[str, Any]) -> int | None:
    """The row to which an image is assigned, None where nobody measured. info: an entry of `image_info`.

    Raises RunError where the run was made before samples told it.
    """
    for key in ("assigned_unit", "assigned_text_index"):
        if key in info:
            found: int | None = info[key]
            return found
    raise RunError("the samples of this run tell no assignment: an older corpusflow made it; run it again")
