"""Keeps images that the page itself does not show as icons, spacers or banners."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document, ImageSegment
from corpusflow.filtering import Needs


@dataclass(frozen=True)
class DeclaredSize:
    """Drops images by the pixels that the page declares for them, before anything is fetched.

    A page often shows small what it has large: photographs of 440 pixels on 220 x 146, by a `srcset`. So only what is
    shown as an icon goes by this; what is small itself goes by `image_size`. OBELICS holds the size on the page to the
    bounds of the image itself, and loses such photographs. A side that the page does not declare is not judged, nor is
    the shape then.

    min_side, max_side: pixels of each declared side; OBELICS: 150 and 20,000. 1 and 0 are declared by pixels that count
    visitors. None: no bound.
    max_aspect: long side over short side; OBELICS: 2. None: any shape.
    """

    min_side: int | None = 50
    max_side: int | None = 20_000
    max_aspect: float | None = 3.0

    name: ClassVar[str] = "declared_size"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if self.min_side is not None and self.min_side < 0:
            raise ValueError(f"min_side is {self.min_side}, it cannot be negative")
        if self.min_side is not None and self.max_side is not None and self.min_side > self.max_side:
            raise ValueError(f"min_side is {self.min_side}, more than max_side, {self.max_side}")
        if self.max_aspect is not None and not self.max_aspect >= 1:
            raise ValueError(f"max_aspect is {self.max_aspect}, but a long side is never shorter than the short one")

    def judge(self, document: Document) -> Iterator[Decision]:
        for image in document.images:
            decision = self._judge_image(image)
            if decision is not None:
                yield decision

    def _judge_image(self, image: ImageSegment) -> Decision | None:
        sides = sorted(side for side in (image.declared_width, image.declared_height) if side is not None)
        if not sides:
            return None
        short, long = sides[0], sides[-1]
        if self.min_side is not None and short < self.min_side:
            return Decision(self.name, "image_shown_too_small", image.index, short, self.min_side)
        if self.max_side is not None and long > self.max_side:
            return Decision(self.name, "image_shown_too_large", image.index, long, self.max_side)
        if self.max_aspect is not None and long > self.max_aspect * short:
            return Decision(self.name, "image_shown_too_elongated", image.index, long / max(short, 1), self.max_aspect)
        return None
