"""Which earlier image of its document each image is most like, from their embeddings alone."""

from __future__ import annotations

import numpy as np

from corpusflow.align.similarity import similarity


def nearest_earlier(images: np.ndarray) -> list[tuple[int, float] | None]:
    """For each image the number of the earlier one most like it, the first of equals, and their cosine similarity.

    images: (I, D), in the order of the document, rows of unit length. None for the first.
    """
    matrix = similarity(images, images)
    found: list[tuple[int, float] | None] = []
    for number, row in enumerate(matrix):
        earlier = int(row[:number].argmax()) if number else None
        found.append(None if earlier is None else (earlier, float(row[earlier])))
    return found
