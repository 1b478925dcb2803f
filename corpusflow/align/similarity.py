"""Similarity of texts and images, from their embeddings."""

from __future__ import annotations

import numpy as np


def similarity(texts: np.ndarray, images: np.ndarray) -> np.ndarray:
    """Cosine similarity of every text with every image.

    texts: (T, D), rows of unit length. images: (I, D), likewise. Returns (T, I) float32 in [-1, 1]. T or I may be 0.
    Raises ValueError when the two D differ.
    """
    if texts.ndim != 2 or images.ndim != 2 or texts.shape[1] != images.shape[1]:
        raise ValueError(f"embeddings do not fit: texts {texts.shape}, images {images.shape}")
    # The last bits of a product of matrices depend on their shapes: summed in float64 and rounded to float32, they
    # are the same for a pair whatever stands beside it.
    product = texts.astype(np.float64) @ images.astype(np.float64).T
    return np.asarray(np.clip(product, -1, 1), dtype=np.float32)


def best_text(matrix: np.ndarray, image: int) -> tuple[int, float] | None:
    """Row and similarity of an image's best text; the first of equals. None where there is no text."""
    if not len(matrix):
        return None
    row = int(matrix[:, image].argmax())
    return row, float(matrix[row, image])
