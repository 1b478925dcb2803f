"""What the tests of presets share: a preset's filters, what they say of a document, and both sides of each limit."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from corpusflow.document import Document, ImageSegment, Score, Segment
from corpusflow.filtering import Filter, apply
from corpusflow.recipe import Recipe, build_filters, load_recipe
from filters.registry import BUILT_IN
from jobs.built_in import built_in_recipes
from tests.documents import document, image

PRESETS = sorted(set(built_in_recipes()) - {"demo"})
NO_BOUND = 1_000_000  # stands where a paper has no bound

ARTICLE = (
    "The old mill stands at the end of the valley, where the stream leaves the woods and runs out into the fields. "
    "For more than two hundred years it ground the corn of the farms around it.",
    "In the spring the snow melts on the hills above, and the water is so high that the wheel must be stopped. "
    "The miller then has time to mend the roof, to sharpen the stones and to visit his sister in the town. "
    "When he comes back, the first carts are already waiting in the yard.",
    "Today there is a small museum on the first floor. It shows how grain was lifted, cleaned and ground, and what the "
    "people who came here with their carts had to pay for it. Children may turn one of the wheels by hand, and on the "
    "last day of each month bread is baked in the old oven behind the house.",
)


@functools.cache
def preset(name: str) -> Recipe:
    """A recipe that takes all from a preset."""
    own = {
        "preset": name,
        "name": "own",
        "sources": [{"kind": "warc", "path": "pages.warc.gz"}],
        "fetch": {"web": False},
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.yaml"
        path.write_text(yaml.safe_dump(own), encoding="utf-8")
        return load_recipe(str(path), BUILT_IN, presets=built_in_recipes())


@functools.cache
def filters_of(name: str) -> tuple[Filter, ...]:
    """In the order in which a run asks them: those that need only text, then the others."""
    filters = build_filters(preset(name), BUILT_IN)
    return tuple(sorted(filters, key=lambda rule: rule.needs != "text"))


def verdict(name: str, given: Document, only: Filter | None = None) -> tuple[Document | None, list[str]]:
    """What a preset leaves of a document, and the reasons for all that goes. only: this filter, in place of all."""
    left, decisions = apply(given, filters_of(name) if only is None else [only])
    return left, [decision.reason for decision in decisions]


def rule(name: str, filter_name: str, **changed: Any) -> Filter:
    """One filter of a preset. changed: options that are given another value."""
    (found,) = (each for each in filters_of(name) if each.name == filter_name)
    return dataclasses.replace(found, **changed)


def left_over(name: str, given: Document) -> Document:
    left, _ = verdict(name, given)
    assert left is not None
    return left


def numbers_in(name: str) -> set[str]:
    """`filter.option` of every number that a preset's own file gives to a filter, but those that are no bound."""
    data = yaml.safe_load(Path(built_in_recipes()[name]).read_text(encoding="utf-8"))
    return {
        f"{spec['name']}.{option}"
        for spec in data["filters"]
        for option, value in spec.get("options", {}).items()
        if isinstance(value, int | float) and not isinstance(value, bool) and value < NO_BOUND
    }


@dataclass(frozen=True)
class Sides:
    """Documents on both sides of a limit.

    reasons: of the one that is over it. only: the filter that is asked alone, where another rule of the preset speaks
    before this one can.
    """

    kept: Document
    gone: Document
    reasons: tuple[str, ...]
    only: Filter | None = None


def check(name: str, sides: Sides) -> None:
    assert verdict(name, sides.kept, sides.only) == (sides.kept, [])
    left, reasons = verdict(name, sides.gone, sides.only)
    assert reasons == list(sides.reasons)
    assert left != sides.gone


def option_of(case: str) -> str:
    """Of the name of a case, such as `image_size.max_aspect, upright`."""
    return case.partition(",")[0]


def photo(number: int = 0, width: int = 640, height: int = 480, url: str = "", **changed: Any) -> ImageSegment:
    """A picture that looks like no other number's. changed: other fields of the segment, or of its picture."""
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    made = image(width, height, url or f"https://pictures.example/{number}.jpg")
    assert made.picture is not None
    of_picture = {key: changed.pop(key) for key in ("phash", "dhash", "sha256", "single_colour") if key in changed}
    look = {"sha256": digest, "phash": half_set(digest[:8]), "dhash": half_set(digest[8:16])} | of_picture
    return dataclasses.replace(made, picture=dataclasses.replace(made.picture, **look), **changed)


def half_set(digits: str) -> str:
    """A hash of 64 bits of which half are set, as in photographs."""
    return f"{digits}{int(digits, 16) ^ 0xFFFFFFFF:08x}"


def page(
    *parts: str | Segment, label: str = "en", probability: float = 1.0, measured: Iterable[dict[str, float]] = ()
) -> Document:
    """A document of these parts whose pictures are innocent, related to the text and shown nowhere else.

    measured: by measure other figures of its images, in their order.
    """
    given = document(*parts)
    usual = {
        "nsfw": 0.01,
        "best_similarity": 0.3,
        "assigned_similarity": 0.3,
        "sha256_uses": 1,
        "phash_uses": 1,
        "dhash_uses": 1,
    }
    others = [*measured, *[{}] * len(given.images)]
    scores = [
        Score(f"{name}/test", value, segment.index)
        for segment, other in zip(given.images, others, strict=False)
        for name, value in (usual | other).items()
    ]
    return dataclasses.replace(given, scores=(Score("language/test", probability, None, label), *scores))


def clean_article(*more: str | Segment, **scores: Any) -> Document:
    """Two pictures and three paragraphs that no preset finds any fault with, and what is added behind them."""
    return page(photo(0), ARTICLE[0], ARTICLE[1], photo(1), ARTICLE[2], *more, **scores)
