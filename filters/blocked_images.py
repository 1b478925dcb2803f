"""Keeps images that are in no list of hashes: the place for lists of known abuse and for takedowns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from corpusflow.decision import Decision
from corpusflow.document import Document, Picture
from corpusflow.filtering import Needs
from corpusflow.safety.hash_list import BITS, HEX_DIGITS, HashKind, HashList, parse_hash_list
from corpusflow.safety.list_file import ListFile, list_file


@dataclass(frozen=True)
class BlockedImages:
    """Drops images, or the documents that show them, whose hash is in a list.

    path: a file with one hash in hex digits a line; what follows it on the line is not read. Relative to the recipe.
    kind: `sha256` of the bytes as the web had them, or as they are stored; `phash` and `dhash` are 64 bits, of
    corpusflow's own making (`corpusflow/images/perceptual_hash.py`): other programs' hashes of that name differ.
    max_distance: bits by which a perceptual hash may differ from one of the list, 0 to 32. Unrelated pictures differ by
    some 32; up to 8 are mostly copies.
    drop: `document` drops the whole document, as mOSCAR does for abuse; `image` the image alone, for a takedown.

    It judges what earlier filters left, so it stands in a recipe before filters that drop images. An image that was
    not fetched cannot be judged and is dropped, it alone. measured: the distance; the ledger names the image.
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
        """Raises ValueError, also where the list cannot be read or holds hashes of another kind."""
        if self.kind not in HEX_DIGITS:
            raise ValueError(f"kind is {self.kind!r}, it must be one of {', '.join(HEX_DIGITS)}")
        if self.drop not in ("image", "document"):
            raise ValueError(f"drop is {self.drop!r}, it must be 'image' or 'document'")
        if not 0 <= self.max_distance <= BITS // 2:
            raise ValueError(f"max_distance is {self.max_distance}, it must lie in [0, {BITS // 2}]")
        if self.kind == "sha256" and self.max_distance:
            raise ValueError(
                f"max_distance is {self.max_distance}, but sha256 of similar images have nothing in common"
            )
        lengths = {len(each) for each in self._list.parsed(parse_hash_list).hashes}
        if lengths - {HEX_DIGITS[self.kind]}:
            raise ValueError(
                f"{self.path}: hashes of {lengths.pop()} hex digits, a {self.kind} has {HEX_DIGITS[self.kind]}"
            )

    @cached_property
    def _list(self) -> ListFile:
        return list_file(self.path)

    def judge(self, document: Document) -> Iterator[Decision]:
        hashes = self._list.parsed(parse_hash_list)
        for image in document.images:
            if image.picture is None:
                yield Decision(self.name, "image_not_fetched", image.index)
                continue
            distance = self._distance(image.picture, hashes)
            if distance is not None and distance <= self.max_distance:
                if self.drop == "document":
                    yield Decision(self.name, "document_has_blocked_image", None, distance, self.max_distance)
                else:
                    yield Decision(self.name, "image_blocked", image.index, distance, self.max_distance)

    def _distance(self, picture: Picture, hashes: HashList) -> int | None:
        if self.kind == "sha256":
            return 0 if hashes.hashes & {picture.sha256, picture.source_sha256} else None
        return hashes.nearest(picture.phash if self.kind == "phash" else picture.dhash)
