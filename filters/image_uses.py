"""Drops images that many documents of the corpus show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.images.content_keys import USES

REASONS = {
    "sha256_uses": "image_in_many_documents",
    "phash_uses": "image_looks_like_many",
    "dhash_uses": "image_looks_like_many",
}


@dataclass(frozen=True)
class ImageUses:
    """Drops an image that more documents of the whole corpus show than that, whatever its URL: logos, banners, stock.

    max_sha256_uses: documents that show the same stored bytes. 10 in MINT-1T.
    max_phash_uses, max_dhash_uses: documents that show a picture of the same perceptual hash. 10 in OmniCorpus, of
    either; 10 of pHash in mOSCAR, there for each language apart. None: no bound.

    Counted are the documents that select leaves, before the filters that need pixels, each once; with
    `select.per_language` those of the document's language. A picture of one colour, or nearly so, is counted by its
    bytes alone. `select.max_image_uses` bounds the uses of a URL, before it is fetched.
    """

    max_sha256_uses: int | None = 10
    max_phash_uses: int | None = 10
    max_dhash_uses: int | None = 10

    name: ClassVar[str] = "image_uses"
    needs: ClassVar[Needs] = "pixels"
    measures: ClassVar[tuple[str, ...]] = tuple(USES.values())

    def __post_init__(self) -> None:
        for measure in self.measures:
            limit = getattr(self, f"max_{measure}")
            if limit is not None and limit < 1:
                raise ValueError(f"max_{measure} is {limit}, but every image is shown by one document at least")

    def judge(self, document: Document) -> Iterator[Decision]:
        for image in document.images:
            if image.picture is None:
                yield Decision(self.name, "image_not_fetched", image.index)
                continue
            for measure in self.measures:
                limit, uses = getattr(self, f"max_{measure}"), document.score(measure, image.index)
                if limit is not None and uses is not None and uses.value > limit:
                    yield Decision(self.name, REASONS[measure], image.index, uses.value, limit)
                    break
