"""Drops images that show nothing but one colour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs


@dataclass(frozen=True)
class SingleColour:
    """Drops an image of a single colour, as M3W does: spacers, placeholders of images that load later.

    Of one colour is a picture whose red, green and blue each span at most 8 of 255 levels when it is scaled to 64 x 64
    pixels: what JPEG does to a flat surface is no difference, one line of text is.
    """

    name: ClassVar[str] = "single_colour"
    needs: ClassVar[Needs] = "pixels"
    measures: ClassVar[tuple[str, ...]] = ()

    def judge(self, document: Document) -> Iterator[Decision]:
        for image in document.images:
            if image.picture is None:
                yield Decision(self.name, "image_not_fetched", image.index)
            elif image.picture.single_colour:
                yield Decision(self.name, "image_of_one_colour", image.index)
