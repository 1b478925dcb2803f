"""A view of a sample in the form of our shards."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from corpusflow.export.placement import ImagePart, TextPart, bound_text
from corpusflow.export.units import Unit, page_texts, units_of
from corpusflow.export.windows import View
from corpusflow.inspect.sample_form import ImageInfo, SampleForm

# In `image_info`: a text that an image was found to fit best, or is assigned to, and the same among the units.
_MATCHES = (("matched_text_index", "matched_unit"), ("assigned_text_index", "assigned_unit"))


class ViewImage(ImageInfo):
    text_pos: int | None = Field(
        description="Position in `texts` of the text that the picture is bound to, null where there is no text."
    )


class ViewForm(SampleForm):
    """The form of a run's samples and what a view adds to it."""

    document: str = Field(description="Key of the sample of the corpus that this one is a view of.")
    tokens: int = Field(description="Tokens of the texts.")
    image_info: list[ViewImage]  # type: ignore[assignment]  # pydantic forms are frozen, mypy cannot know that


def view_json(sample: Mapping[str, Any], view: View, key: str) -> tuple[dict[str, Any], list[str]]:
    """The json of a view, and the members of its pictures in the sample, in order.

    Its form is ViewForm. What was measured is told of what is left: a unit of which some is left is that, and an index
    of a text or unit of which nothing is left is null.
    """
    texts = page_texts(sample)
    parts = [part for part in view.parts if isinstance(part, TextPart)]
    shown = [part.image for part in view.parts if isinstance(part, ImagePart)]
    members = [sample["image_info"][image]["member"] for image in shown]
    names = [f"{key}.{number}.{member.rpartition('.')[2]}" for number, member in enumerate(members)]
    at = _Left(parts)
    units = [(row, left) for row, unit in enumerate(units_of(sample)) if (left := at.left_of(unit))]
    changed = {
        "sample_id": key,
        "texts": [
            texts[part.text][part.start : part.end] if isinstance(part, TextPart) else None for part in view.parts
        ],
        "images": _in_place(view, names),
        "text_info": _text_info(sample, view),
        "image_info": _image_info(sample, view, names, at, {row: number for number, (row, _) in enumerate(units)}),
        "similarity": [[sample["similarity"][row][image] for image in shown] for row, _ in units],
        "document": sample["sample_id"],
        "tokens": view.tokens,
    }
    if "units" in sample:
        changed["units"] = [list(left) for _, left in units]
    return {**sample, **changed}, members


class _Left:
    """Where the stretches of text that are left stand among the texts of the sample."""

    def __init__(self, parts: Sequence[TextPart]) -> None:
        self._parts = parts
        self._starts = [(part.text, part.start) for part in parts]
        self._ends = [(part.text, part.end) for part in parts]

    def left_of(self, unit: Unit) -> Unit | None:
        """What is left of a unit, in the numbers and characters of the view; None for nothing."""
        first = bisect_right(self._ends, (unit.first, unit.start))
        last = bisect_left(self._starts, (unit.last, unit.end)) - 1
        if first > last:
            return None
        begin, end = self._parts[first], self._parts[last]
        start = max(unit.start - begin.start, 0) if begin.text == unit.first else 0
        stop = min(unit.end, end.end) if end.text == unit.last else end.end
        return Unit(first, last, start, stop - end.start)


def _in_place(view: View, names: Sequence[str]) -> list[str | None]:
    left = iter(names)
    return [next(left) if isinstance(part, ImagePart) else None for part in view.parts]


def _text_info(sample: Mapping[str, Any], view: View) -> list[dict[str, Any]]:
    return [
        sample["text_info"][part.text] | {"pos": position}
        for position, part in enumerate(view.parts)
        if isinstance(part, TextPart)
    ]


def _image_info(
    sample: Mapping[str, Any], view: View, names: Sequence[str], at: _Left, rows: Mapping[int, int]
) -> list[dict[str, Any]]:
    """rows: of the view's units, by those of the sample's."""
    texts, units = page_texts(sample), units_of(sample)
    infos: list[dict[str, Any]] = []
    for position, part in enumerate(view.parts):
        if not isinstance(part, ImagePart):
            continue
        info = sample["image_info"][part.image]
        changed = {"pos": position, "member": names[len(infos)], "text_pos": bound_text(view.parts, position)}
        for text_key, unit_key in _MATCHES:
            if text_key not in info:
                continue  # of an older run
            text, row = info[text_key], info.get(unit_key)
            left = None
            if row is not None:
                left = at.left_of(units[row])
            elif text is not None:
                left = at.left_of(Unit(text, text, 0, len(texts[text])))
            changed[text_key] = left.first if left else None
            if unit_key in info:
                changed[unit_key] = None if row is None else rows.get(row)
        infos.append(info | changed)
    return infos
