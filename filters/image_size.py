"""Keeps images of a useful size and shape: no icons, spacers or banners."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document, ImageSegment, Picture
from corpusflow.filtering import Needs


@dataclass(frozen=True)
class ImageSize:
    """Drops images that are too small, too large or too elongated, by the pixels that the web had, however small the
    picture is stored.

    min_side: pixels of the short side. 150 in OBELICS, MMC4, OmniCorpus, mOSCAR and MINT-1T.
    max_side: pixels of the long side. 20,000 in OBELICS and MINT-1T.
    max_aspect: long side over short side, whichever way the image lies. 3 in mOSCAR and M3W: between 2 and 3 lie
    panoramas, charts and what a telephone shows. 2 in OBELICS, MMC4, OmniCorpus and MINT-1T.

    An image without a picture was not fetched, cannot be measured and is dropped.
    """

    min_side: int = 150
    max_side: int = 20_000
    max_aspect: float = 3.0

    name: ClassVar[str] = "image_size"
    needs: ClassVar[Needs] = "pixels"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if self.min_side < 0:
            raise ValueError(f"min_side is {self.min_side}, it cannot be negative")
        if self.min_side > self.max_side:
            raise ValueError(f"min_side is {self.min_side}, more than max_side, {self.max_side}")
        if not self.max_aspect >= 1:
            raise ValueError(f"max_aspect is {self.max_aspect}, but a long side is never shorter than the short one")

    def judge(self, document: Document) -> Iterator[Decision]:
        for image in document.images:
            if image.picture is None:
                yield Decision(self.name, "image_not_fetched", image.index)
            else:
                yield from self._judge_picture(image, image.picture)

    def _judge_picture(self, image: ImageSegment, picture: Picture) -> Iterator[Decision]:
        short, long = sorted((picture.source_width, picture.source_height))
        if long > self.max_aspect * short:
            yield Decision(self.name, "image_too_elongated", image.index, long / max(short, 1), self.max_aspect)
        elif short < self.min_side:
            yield Decision(self.name, "image_too_small", image.index, short, self.min_side)
        elif long > self.max_side:
            yield Decision(self.name, "image_too_large", image.index, long, self.max_side)
