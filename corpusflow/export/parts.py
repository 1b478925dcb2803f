"""The parts of a sample in their order: stretches of its texts, and its images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corpusflow.export.options import Side


@dataclass(frozen=True, slots=True)
class TextPart:
    """text: number among the sample's texts. start, end: characters of it."""

    text: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ImagePart:
    """image: number among the sample's images. side: whether it stands before or after the text it is bound to."""

    image: int
    side: Side


Part = TextPart | ImagePart


def bound_text(parts: Sequence[Part], place: int) -> int | None:
    """The place, among the parts, of the text that an image is bound to: the nearest on its side, and on the other
    where its side has none. None where there is no text."""
    part = parts[place]
    if not isinstance(part, ImagePart):
        raise ValueError(f"part {place} is no image")
    behind = (number for number in range(place + 1, len(parts)) if isinstance(parts[number], TextPart))
    ahead = (number for number in range(place - 1, -1, -1) if isinstance(parts[number], TextPart))
    first, second = (behind, ahead) if part.side == "before" else (ahead, behind)
    found = next(first, None)
    return next(second, None) if found is None else found
