"""How the images of a document hang together, from their embeddings alone."""

from __future__ import annotations

import numpy as np


def coherence(images: np.ndarray) -> float | None:
    """Mean cosine similarity of neighbours less that of all pairs: over 0 where the sequence goes from step to step,
    about 0 where its order says nothing (CoMM).

    images: (I, D), in the order of the document, rows of unit length. In [-2, 2]; None for fewer than two images.
    Raises ValueError when a number is not finite.
    """
    pairs = _mean_of_pairs(images)
    if pairs is None:
        return None
    vectors = images.astype(np.float64)
    neighbours = float(np.einsum("id,id->i", vectors[:-1], vectors[1:]).mean())
    return neighbours - pairs


def mean_pair_similarity(images: np.ndarray) -> float | None:
    """Mean of (cosine + 1) / 2 over all pairs of images: the CLIP half of the in-sample image similarity of the
    Multimodal Textbook, which takes the mean of this and of SSIM.

    images: as in `coherence`. In [0, 1] but for rounding; None for fewer than two images.
    Raises ValueError when a number is not finite.
    """
    pairs = _mean_of_pairs(images)
    return None if pairs is None else (pairs + 1) / 2


def _mean_of_pairs(images: np.ndarray) -> float | None:
    if images.ndim != 2:
        raise ValueError(f"a row for each image is wanted, not {images.shape}")
    if not np.isfinite(images).all():
        raise ValueError(f"not all embeddings of {len(images)} images are finite")
    count = len(images)
    if count < 2:
        return None
    # The square of the sum has every pair twice and every image with itself: no matrix of thousands of images squared.
    vectors = images.astype(np.float64)
    total = vectors.sum(axis=0)
    return float((total @ total - (vectors * vectors).sum()) / (count * (count - 1)))
