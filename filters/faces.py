"""Keeps images that show few faces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from corpusflow.decision import Decision
from corpusflow.document import Document, Face
from corpusflow.filtering import Needs


@dataclass(frozen=True)
class Faces:
    """Drops images, or the documents that show them, by the number of faces that the detector found.

    max_faces: how many an image may show; 0 is MMC4's fewer-faces set, None any number. min_score: how sure the
    detector must be for a face to count, in [0, 1]; it belongs to the detector. min_side_share: the longer side of a
    face that counts, as a share of the picture's own side, in [0, 1]: 0.1 lets small faces in the background be.
    drop: `image` drops the image alone (MMC4), `document` all of the document.

    An image at which nobody looked is dropped, and it alone, whatever the other options say.
    """

    max_faces: int | None = 0
    min_score: float = 0.5
    min_side_share: float = 0.0
    drop: Literal["image", "document"] = "image"

    name: ClassVar[str] = "faces"
    needs: ClassVar[Needs] = "scores"
    measures: ClassVar[tuple[str, ...]] = ("faces",)

    def __post_init__(self) -> None:
        if self.max_faces is not None and self.max_faces < 0:
            raise ValueError(f"max_faces is {self.max_faces}, it must be at least 0")
        for option in ("min_score", "min_side_share"):
            if not 0 <= getattr(self, option) <= 1:
                raise ValueError(f"{option} is {getattr(self, option)}, it must lie in [0, 1]")
        if self.drop not in ("image", "document"):
            raise ValueError(f"drop is {self.drop!r}, it must be 'image' or 'document'")

    def judge(self, document: Document) -> Iterator[Decision]:
        for image in document.images:
            if image.faces is None:
                yield Decision(self.name, "faces_unknown", image.index)
            elif self.max_faces is not None and (found := self._count(image.faces)) > self.max_faces:
                if self.drop == "document":
                    yield Decision(self.name, "document_shows_too_many_faces", None, found, self.max_faces)
                else:
                    yield Decision(self.name, "too_many_faces", image.index, found, self.max_faces)

    def _count(self, faces: tuple[Face, ...]) -> int:
        # Written so that NaN counts.
        return sum(
            not (face.score < self.min_score or max(face.width, face.height) < self.min_side_share) for face in faces
        )
