"""Keeps images that a model finds safe for work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs


@dataclass(frozen=True)
class ImageSafety:
    """Drops images, or the documents that show them, by the probability of nudity that Open-NSFW gives.

    max_nsfw: highest probability that is kept, in [0, 1]. 0.5 is COYO-700M's, which used the same family of models;
    the figures of OBELICS, MMC4 or OmniCorpus belong to other models and mean other things on this one. Open-NSFW
    knows photographs of nudity only: no drawings, no violence. A lower limit costs innocent portraits and beaches.
    drop: `document` drops the whole document for one unsafe image, since its text is likely of the same kind
    (OBELICS, mOSCAR, MINT-1T); `image` drops the image alone (MMC4, OmniCorpus).

    An image that nobody measured is dropped, and it alone, whatever `drop` says.
    """

    max_nsfw: float = 0.5
    drop: Literal["image", "document"] = "document"

    name: ClassVar[str] = "image_safety"
    needs: ClassVar[Needs] = "scores"
    measures: ClassVar[tuple[str, ...]] = ("nsfw",)

    def __post_init__(self) -> None:
        if not 0 <= self.max_nsfw <= 1:
            raise ValueError(f"max_nsfw is {self.max_nsfw}, it must lie in [0, 1]")
        if self.drop not in ("image", "document"):
            raise ValueError(f"drop is {self.drop!r}, it must be 'image' or 'document'")

    def judge(self, document: Document) -> Iterator[Decision]:
        for image in document.images:
            nsfw = document.score("nsfw", image.index)
            if nsfw is None:
                yield Decision(self.name, "image_safety_unknown", image.index)
            # Written so that NaN is no.
            elif not nsfw.value <= self.max_nsfw:
                if self.drop == "document":
                    yield Decision(self.name, "document_has_unsafe_image", None, nsfw.value, self.max_nsfw)
                else:
                    yield Decision(self.name, "image_unsafe", image.index, nsfw.value, self.max_nsfw)
