"""What of a page is not in its Document, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpusflow.decision import Decision, Measured
from corpusflow.document import ImageSegment
from corpusflow.extract.clean_text import clean_text
from corpusflow.extract.main_content import text_of
from corpusflow.extract.page_tree import Block, Hidden

EXCERPT = 80  # characters


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A part of the page, or an image, that is no content.

    what: tag, id and class names of a part (`div.related-posts`), the URL of an image. text: how a part begins, the
    alternative text of an image. characters: of the part's text. segment: the index that an image would have had,
    None for a part. measured, limit: the figures that were compared, None where nothing is measured.
    """

    reason: str
    what: str
    text: str = ""
    characters: int = 0
    segment: int | None = None
    measured: Measured = None
    limit: Measured = None

    @property
    def decision(self) -> Decision:
        return Decision("extract", self.reason, self.segment, self.measured, self.limit)


def image_left_out(image: ImageSegment, reason: str, measured: Measured, limit: Measured) -> LeftOut:
    return LeftOut(reason, image.url, image.alt, 0, image.index, measured, limit)


def part_left_out(part: Block, reason: str, measured: Measured, limit: Measured) -> LeftOut:
    text = clean_text(text_of(part))
    return LeftOut(reason, part_name(part.tag, part.attributes), text[:EXCERPT], len(text), None, measured, limit)


def parts_outside(path: Sequence[Block], leads: Sequence[Block]) -> Iterator[LeftOut]:
    """The blocks beside those that lead down to the main content. measured: characters of running text."""
    for outer, inner in pairwise(path):
        for part in outer.blocks:
            if part is not inner and part not in leads and (part.text or part.images):
                yield part_left_out(part, "outside_main_content", part.running, None)


def elements_left_out(elements: Iterable[Hidden]) -> Iterator[LeftOut]:
    """The elements that were not looked into, but for empty ones. Their tree must hold no scripts."""
    for node, reason in elements:
        text = clean_text(node.text(separator=" "))
        if text or node.css_first("img") is not None:
            yield LeftOut(reason, part_name(node.tag or "", node.attributes), text[:EXCERPT], len(text))


def part_name(tag: str, attributes: Mapping[str, str | None]) -> str:
    """An element as CSS selects it: `div#side.box.related`."""
    names = [f".{name}" for name in (attributes.get("class") or "").split()]
    place = attributes.get("id")
    return "".join([tag, f"#{place}" if place else "", *names])
