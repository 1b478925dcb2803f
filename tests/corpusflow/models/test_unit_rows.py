from __future__ import annotations

import numpy as np
import pytest

from corpusflow.models.unit_rows import unit_rows


def test_rows_get_unit_length_and_keep_their_direction() -> None:
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, -2.0]]))
    assert rows.dtype == np.float32
    assert rows == pytest.approx(np.array([[0.6, 0.8], [0.0, -1.0]]))


def test_a_row_without_direction_becomes_the_first_axis() -> None:
    assert unit_rows(np.zeros((1, 3))).tolist() == [[1, 0, 0]]


def test_no_rows_stay_no_rows() -> None:
    assert unit_rows(np.empty((0, 5))).shape == (0, 5)


def test_a_row_does_not_depend_on_the_others() -> None:
    rows = np.random.default_rng(0).normal(size=(33, 384))
    together = unit_rows(rows)
    assert all(unit_rows(rows[i : i + 1]).tobytes() == together[i].tobytes() for i in range(33))
