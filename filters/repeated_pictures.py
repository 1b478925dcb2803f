"""Drops a picture that the document has shown before, under whatever URL, size or compression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.images.content_keys import content_keys
from corpusflow.images.perceptual_hash import BITS


@dataclass(frozen=True)
class RepeatedPictures:
    """Keeps the first of the pictures of a document that are the same bytes or, if asked to, look the same.

    max_distance: bits of 64 by which phashes of pictures that look the same may differ, 0 to 32; None compares bytes
    only. Two pictures of one page that look the same are mostly before and after: of 24 such pairs, within 4 bits, on
    pages of tutorials all were. mOSCAR takes equal ones. MMC4's 5, and 10 in its core set, are of findimagedupes, whose
    hash is another one.
    Of 498 photographs, which make 123,753 pairs, and of copies of each:

        bits            0      2      4      6      8     10
        false pairs     0      0      0      0      0      0
        half the size  85 %  100 %  100 %  100 %  100 %  100 %
        JPEG at 20     74 %   99 %  100 %  100 %  100 %  100 %
        lighter        40 %   84 %   97 %   99 %   99 %  100 %
        2 % cut off    27 %   79 %   98 %  100 %  100 %  100 %
        5 % cut off     3 %   23 %   53 %   85 %   97 %   99 %
        10 % cut off    0 %    2 %    7 %   21 %   44 %   70 %

    A mirrored copy is another picture. A picture of one colour, or nearly so, is compared by its bytes alone.
    measured: the distance.
    """

    max_distance: int | None = None

    name: ClassVar[str] = "repeated_pictures"
    needs: ClassVar[Needs] = "pixels"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if self.max_distance is not None and not 0 <= self.max_distance <= BITS // 2:
            raise ValueError(f"max_distance is {self.max_distance}, it must lie in [0, {BITS // 2}]")

    def judge(self, document: Document) -> Iterator[Decision]:
        digests: set[str] = set()
        hashes: list[int] = []
        for image in document.images:
            if image.picture is None:
                yield Decision(self.name, "image_not_fetched", image.index)
                continue
            keys = content_keys(image.picture)
            seen = int(keys["phash"], 16) if "phash" in keys and self.max_distance is not None else None
            nearest = min(((seen ^ other).bit_count() for other in hashes), default=BITS) if seen is not None else BITS
            if keys["sha256"] in digests:
                yield Decision(self.name, "picture_shown_before", image.index, 0, self.max_distance)
            elif self.max_distance is not None and nearest <= self.max_distance:
                yield Decision(self.name, "picture_like_one_before", image.index, nearest, self.max_distance)
            else:
                # Only what stays is compared with: a row of pictures that change slowly keeps more than its first.
                digests.add(keys["sha256"])
                hashes += [seen] if seen is not None else []
