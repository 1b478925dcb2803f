"""Rows of unit length."""

from __future__ import annotations

import numpy as np


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """(N, D) numbers as float32 rows of unit length.

    A row that has no direction (all zero) becomes the first axis: a cosine with it is a number, never NaN.
    """
    # Row by row, so that the bytes of a row do not depend on how many others there are.
    return np.stack([_unit(row) for row in rows.astype(np.float32)]) if len(rows) else rows.astype(np.float32)


def _unit(row: np.ndarray) -> np.ndarray:
    length = np.sqrt(np.sum(np.square(row, dtype=np.float64)))
    if length == 0:
        row = np.zeros_like(row)
        row[0] = length = 1
    unit: np.ndarray = (row / length).astype(np.float32)
    return unit
