"""The views of a sample that an export shows: all of it, or windows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from corpusflow.export.options import ExportOptions
from corpusflow.export.placement import ImagePart, Part, placed
from corpusflow.export.tokens import Tokens
from corpusflow.export.units import assigned_unit, page_texts
from corpusflow.export.windows import Measured, View

KEPT_IN_PLACE = "kept_in_place"  # images that are assigned to nothing
_DRAWN = 1 << 32


def views_of(sample: Mapping[str, Any], options: ExportOptions, tokens: Tokens, counts: Counter[str]) -> list[View]:
    """What an export shows of a sample, none where no window has an image. counts: what is left out is added."""
    whole = Measured(placed(sample, options), page_texts(sample), tokens)
    if options.placement == "assigned":
        infos = sample["image_info"]
        counts[f"images/{KEPT_IN_PLACE}"] += sum(assigned_unit(info) is None for info in infos)
    views = [whole.whole()]
    if options.tokens is not None:
        begins = _begins(sample, whole, options, options.tokens)
        views = [whole.window(begin, options.tokens) for begin in begins]
        counts["tokens/outside_window"] += whole.tokens - sum(view.tokens for view in views)
        counts["images/outside_window"] += images_of(whole.parts) - sum(images_of(view.parts) for view in views)
        views = [view for view in views if _shows_image(view, counts)]
    if options.max_images is not None:
        views = [_first_images(view, options.max_images, counts) for view in views]
    return views


def images_of(parts: Iterable[Part]) -> int:
    return sum(isinstance(part, ImagePart) for part in parts)


def _begins(sample: Mapping[str, Any], whole: Measured, options: ExportOptions, most: int) -> list[int]:
    if options.window == "first":
        return [0]
    if options.window == "all":
        return whole.consecutive_begins(most)
    about = sample["metadata"]["lang"]
    languages = [info.get("lang") or about for info in sample["text_info"]]
    return [whole.random_begin(languages, most, options.draw(_DRAWN, "window", sample["sample_id"]))]


def _shows_image(view: View, counts: Counter[str]) -> bool:
    shows = images_of(view.parts) > 0
    if not shows:
        counts["samples/window_without_image"] += 1
        counts["tokens/window_without_image"] += view.tokens
    return shows


def _first_images(view: View, most: int, counts: Counter[str]) -> View:
    """Without the images behind the first `most`."""
    left = most
    parts = []
    for part in view.parts:
        if isinstance(part, ImagePart):
            left -= 1
            if left < 0:
                counts["images/over_max_images"] += 1
                continue
        parts.append(part)
    return View(tuple(parts), view.tokens)
