"""The parts of a sample in their order: images stand as on the page, or at the text that they are assigned to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corpusflow.export.options import ExportOptions, Side
from corpusflow.export.units import Unit, assigned_unit, page_texts, units_of

Place = tuple[int, int]  # a text, and a character of it


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


def placed(sample: Mapping[str, Any], options: ExportOptions) -> list[Part]:
    """The parts of a sample in the order that is asked for. Each text and each image stands there once."""
    sides = image_sides(sample, options)
    if options.placement == "page":
        return page_order(sample, sides)
    return assigned_order(sample, sides)


def image_sides(sample: Mapping[str, Any], options: ExportOptions) -> list[Side]:
    """Of each image of the sample the side on which it stands of its text; `either` is a coin thrown per image."""
    if options.images != "either":
        return [options.images] * len(sample["image_info"])
    coins = [options.draw(2, sample["sample_id"], info["index"]) for info in sample["image_info"]]
    return ["before" if coin else "after" for coin in coins]


def page_order(sample: Mapping[str, Any], sides: Sequence[Side]) -> list[Part]:
    parts: list[Part] = []
    texts = images = 0
    for text in sample["texts"]:
        if text is None:
            parts.append(ImagePart(images, sides[images]))
            images += 1
        else:
            parts.append(TextPart(texts, 0, len(text)))
            texts += 1
    return parts


def assigned_order(sample: Mapping[str, Any], sides: Sequence[Side]) -> list[Part]:
    """Texts in their order, each image before or after the unit that it is assigned to: a text is cut there. Images
    that are assigned to nothing stay where the page has them; those that come to one place keep their order."""
    texts, units = page_texts(sample), units_of(sample)
    places: list[tuple[Place, int, int]] = []
    ahead = _texts_ahead(sample)
    for number, info in enumerate(sample["image_info"]):
        row = assigned_unit(info)
        # What stands after a text stands ahead of what stands before the next.
        rank = 1 if row is None else 0 if sides[number] == "after" else 2
        place = (ahead[number], 0) if row is None else _edge(units[row], sides[number])
        places.append((_within(place, texts), rank, number))
    parts: list[Part] = []
    at: Place = (0, 0)
    for place, _, number in sorted(places):
        parts += _stretch(texts, at, place)
        parts.append(ImagePart(number, sides[number]))
        at = place
    return parts + _stretch(texts, at, (len(texts), 0))


def _edge(unit: Unit, side: Side) -> Place:
    return (unit.first, unit.start) if side == "before" else (unit.last, unit.end)


def _within(place: Place, texts: Sequence[str]) -> Place:
    """The same place in one way: white space is no text, and the end of a text is the start of the next."""
    text, start = place
    while text < len(texts) and not texts[text][start:].strip():
        text, start = text + 1, 0
    if text < len(texts) and not texts[text][:start].strip():
        start = 0
    return text, start


def _texts_ahead(sample: Mapping[str, Any]) -> list[int]:
    """How many texts the page has ahead of each image."""
    ahead, texts = [], 0
    for text in sample["texts"]:
        if text is None:
            ahead.append(texts)
        else:
            texts += 1
    return ahead


def _stretch(texts: Sequence[str], begin: Place, end: Place) -> list[Part]:
    """The texts between two places, without the white space where one is cut."""
    parts: list[Part] = []
    for number in range(begin[0], min(end[0], len(texts) - 1) + 1):
        text = texts[number]
        first = begin[1] if number == begin[0] else 0
        last = end[1] if number == end[0] else len(text)
        if first or last < len(text):
            first += len(text[first:last]) - len(text[first:last].lstrip())
            last = first + len(text[first:last].rstrip())
        if first < last or (first == 0 and last == len(text)):
            parts.append(TextPart(number, first, last))
    return parts
