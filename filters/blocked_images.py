"""Keeps images that are in no list of hashes: the place for lists of known abuse and for takedowns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from corpusflow.decision import Decision
from corpusflow.document import Document, ImageSegment, Picture
from corpusflow.filtering import Needs
from corpusflow.images.pdq import LEAST_QUALITY
from corpusflow.safety.hash_list import HASH_KINDS, HEX_DIGITS, PARSERS, PERCEPTUAL, HashKind, HashList
from corpusflow.safety.list_file import ListFile, list_file


@dataclass(frozen=True)
class BlockedImages:
    """Drops images, or the documents that show them, whose hash is in a list.

    path: a file with one hash in hex digits a line; what follows it on the line is not read. Or a CSV table with a
    column named as the kind, or `hash`. `corpusflow hashes` makes such a list of pictures, with a comment
    `# kind: phash` at its head, which must be the kind here. Relative to the recipe.
    kind: `sha256`, `sha1` and `md5` of the bytes as the web had them, `sha256` also as they are stored. `phash` and
    `dhash` are 64 bits, of corpusflow's own making (`corpusflow/images/perceptual_hash.py`): other programs' hashes of
    that name differ. `pdq` is Meta's, of 256 bits; it is made only for recipes that ask for it here.
    max_distance: bits by which a perceptual hash may differ from one of the list, up to half of them. Unrelated
    pictures differ by some half; up to 8 of 64, or 31 of 256 (Meta's advice), are mostly copies.
    drop: `document` drops the whole document, as mOSCAR does for abuse; `image` the image alone, for a takedown.

    It judges what earlier filters left, so it stands in a recipe before filters that drop images. An image that was
    not fetched cannot be judged and is dropped, it alone. A picture with so little to see that its PDQ hash has a
    quality under 50 is in no PDQ list. measured: the distance; the ledger names the image.
    """

    path: str
    kind: HashKind = "sha256"
    max_distance: int = 0
    drop: Literal["image", "document"] = "document"

    name: ClassVar[str] = "blocked_images"
    needs: ClassVar[Needs] = "pixels"
    measures: ClassVar[tuple[str, ...]] = ()
    files: ClassVar[tuple[str, ...]] = ("path",)

    def __post_init__(self) -> None:
        """Raises ValueError, also where the list cannot be read, holds nothing or hashes of another kind."""
        if self.kind not in HASH_KINDS:
            raise ValueError(f"kind is {self.kind!r}, it must be one of {', '.join(HASH_KINDS)}")
        if self.drop not in ("image", "document"):
            raise ValueError(f"drop is {self.drop!r}, it must be 'image' or 'document'")
        if self.kind not in PERCEPTUAL and self.max_distance:
            raise ValueError(
                f"max_distance is {self.max_distance}, but {self.kind} of similar images have nothing in common"
            )
        furthest = HEX_DIGITS[self.kind] * 4 // 2
        if not 0 <= self.max_distance <= furthest:
            raise ValueError(f"max_distance is {self.max_distance}, it must lie in [0, {furthest}]")
        if not self._list.parsed(PARSERS[self.kind]).hashes:
            raise ValueError(f"{self.path}: the list holds no hash; take the filter out of the recipe")

    @cached_property
    def _list(self) -> ListFile:
        return list_file(self.path)

    def judge(self, document: Document) -> Iterator[Decision]:
        hashes = self._list.parsed(PARSERS[self.kind])
        for image in document.images:
            if image.picture is None:
                yield Decision(self.name, "image_not_fetched", image.index)
                continue
            digits = self._digits(document, image, image.picture)
            if digits is None:
                yield Decision(self.name, "image_hash_unknown", image.index)
                continue
            distance = self._distance(digits, hashes)
            if distance is not None:
                if self.drop == "document":
                    yield Decision(self.name, "document_has_blocked_image", None, distance, self.max_distance)
                else:
                    yield Decision(self.name, "image_blocked", image.index, distance, self.max_distance)

    def _digits(self, document: Document, image: ImageSegment, picture: Picture) -> tuple[str, ...] | None:
        """The hashes of an image, any of which may be in the list; None where nobody made them."""
        match self.kind:
            case "sha256":
                return picture.sha256, picture.source_sha256
            case "pdq":
                found = document.score("pdq", image.index)
                return None if found is None else (found.label,) if found.value >= LEAST_QUALITY else ()
            case "phash" | "dhash":
                return (getattr(picture, self.kind),)
            case _:
                digest = getattr(picture, f"source_{self.kind}")
                return (digest,) if digest else None

    def _distance(self, digits: tuple[str, ...], hashes: HashList) -> int | None:
        return min(
            (near for each in digits if (near := hashes.nearest(each, self.max_distance)) is not None), default=None
        )
