"""The ranks of a document's images and texts against its negatives, as Scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from corpusflow.align.ranks import image_ranks, text_ranks
from corpusflow.align.units import Unit
from corpusflow.document import Document, Score
from transforms.negative_pools import Negatives, digest_of_text, kinds_of


class Compared(Protocol):
    """The text units of a document beside its images. texts, images: their embeddings; matrix: (units, images), their
    similarity."""

    @property
    def units(self) -> tuple[Unit, ...]: ...
    @property
    def texts(self) -> np.ndarray: ...
    @property
    def images(self) -> np.ndarray: ...
    @property
    def matrix(self) -> np.ndarray: ...


def rank_scores(document: Document, compared: Compared, negatives: Negatives, model: str) -> Iterator[Score]:
    """`text_rank/MODEL` of each image and `image_rank/MODEL` of each text segment: of several units that it is a part
    of the smallest. None where there were too few negatives."""
    units, matrix = compared.units, compared.matrix
    own = {digest_of_text(unit.text) for unit in units}
    kinds = kinds_of(document, units)
    of_kind = {kind: negatives.texts(kind, own) for kind in dict.fromkeys(kinds)}
    for image, rank in zip(document.images, text_ranks(matrix, kinds, compared.images, of_kind), strict=True):
        if rank is not None:
            yield Score(f"text_rank/{model}", rank, image.index)
    shown = {image.picture.sha256 for image in document.images if image.picture}
    ranks = image_ranks(matrix, compared.texts, negatives.images(shown))
    for index, rank in of_segments(document, units, ranks).items():
        yield Score(f"image_rank/{model}", rank, index)


def of_segments(document: Document, units: Sequence[Unit], ranks: Sequence[float | None]) -> dict[int, float]:
    """The smallest rank of each text segment's units, by the segment's index, in the order of the document."""
    texts = document.texts
    places = {text.index: place for place, text in enumerate(texts)}
    found: dict[int, float] = {}
    for unit, rank in zip(units, ranks, strict=True):
        if rank is not None:
            for text in texts[places[unit.first] : places[unit.last] + 1]:
                found[text.index] = min(rank, found.get(text.index, rank))
    return found
