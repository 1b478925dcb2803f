"""How a document's texts and images do against negatives: texts and images of other documents (mOSCAR).

A rank is the share of the negatives that are at least as similar as the pair itself, of an image or a text the smallest
over its partners in the document: 0 where some partner is better than all negatives, 1 where none is better than any.
It knows no absolute number, and so is fair to languages and lengths. mOSCAR's best 8 of 64 are at most 7 of 63.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from corpusflow.align.similarity import similarity

K = TypeVar("K", bound=Hashable)

MIN_NEGATIVES = 8  # fewer say nothing: with 8, one that is better is over mOSCAR's bound already
# Characters: texts of a class have from one of its doublings to less than the next. What is shorter or longer makes
# the first and the last class.
SHORTEST, LONGEST = 16, 2048


def length_class(text: str) -> int:
    """The least number of characters of the class of a text: 0, 16, 32, 64, ... 2048."""
    if len(text) < SHORTEST:
        return 0
    return min(1 << (len(text).bit_length() - 1), LONGEST)


def text_ranks(
    matrix: np.ndarray, kinds: Sequence[K], images: np.ndarray, negatives: Mapping[K, np.ndarray]
) -> list[float | None]:
    """The rank of each image: against negatives of its texts.

    matrix: (T, I), similarity of the document's texts and images. kinds: of each text its language and length class.
    images: (I, D), rows of unit length. negatives: by kind (N, D), likewise. None where no text has MIN_NEGATIVES.
    """
    best: dict[K, np.ndarray] = {}
    for kind, row in zip(kinds, matrix, strict=True):
        # Texts of a kind have the same negatives: the one most like an image has the smallest rank.
        best[kind] = np.maximum(best[kind], row) if kind in best else row
    shares = [
        (similarity(negatives[kind], images) >= values).mean(axis=0)
        for kind, values in best.items()
        if len(negatives.get(kind, ())) >= MIN_NEGATIVES
    ]
    return _rounded(np.min(shares, axis=0)) if shares else [None] * len(images)


def image_ranks(matrix: np.ndarray, texts: np.ndarray, negatives: np.ndarray) -> list[float | None]:
    """The rank of each text: against negatives of its images.

    matrix: as in `text_ranks`. texts: (T, D), rows of unit length. negatives: (N, D), likewise. None without images
    or with fewer than MIN_NEGATIVES.
    """
    if not matrix.size or len(negatives) < MIN_NEGATIVES:
        return [None] * len(texts)
    return _rounded((similarity(texts, negatives) >= matrix.max(axis=1, keepdims=True)).mean(axis=1))


def _rounded(shares: np.ndarray) -> list[float | None]:
    return [round(float(share), 6) for share in shares]
