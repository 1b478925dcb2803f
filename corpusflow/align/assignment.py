"""Which text each image of a document belongs to, when a text has room for one image."""

from __future__ import annotations

import numpy as np


def assign(matrix: np.ndarray) -> list[int | None]:
    """The text of each image by linear assignment: no other choice has a greater sum of similarities.

    matrix: (T, I), similarity of every text (rows) with every image (columns); T or I may be 0. Returns a row for each
    column. A text takes at most one image; where there are more images than texts, those that are left over take the
    text that is most like them, the first of equals, though it has an image already (MMC4). None where there is no
    text. Of choices with equal sums it is always the same one.
    Raises ValueError when the matrix has a number that is not finite.
    """
    # Imported here: only documents with a matrix need it.
    from scipy.optimize import linear_sum_assignment

    if matrix.ndim != 2:
        raise ValueError(f"a matrix of texts and images is wanted, not {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise ValueError(f"not all similarities of {matrix.shape[0]} texts and {matrix.shape[1]} images are finite")
    texts, images = matrix.shape
    if not texts:
        return [None] * images
    assigned: list[int | None] = [int(row) for row in matrix.argmax(axis=0)] if images else []
    for row, column in zip(*linear_sum_assignment(matrix, maximize=True), strict=True):
        assigned[column] = int(row)
    return assigned
