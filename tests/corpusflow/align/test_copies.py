from __future__ import annotations

import numpy as np
import pytest

from corpusflow.align.copies import nearest_earlier
from tests.corpusflow.align.angles import rows


def test_each_image_names_the_earlier_one_most_like_it_and_never_a_later_one() -> None:
    found = nearest_earlier(rows(0, 60, 10, 61))
    assert found[0] is None
    assert [each[0] for each in found if each] == [0, 0, 1]
    assert [each[1] for each in found if each] == pytest.approx(np.cos(np.radians([60, 10, 1])))


def test_of_equal_ones_it_is_the_first() -> None:
    assert [each and each[0] for each in nearest_earlier(rows(5, 5, 5))] == [None, 0, 0]


def test_one_image_has_no_earlier_one_and_no_image_says_nothing() -> None:
    assert nearest_earlier(rows(5)) == [None]
    assert nearest_earlier(np.empty((0, 2), np.float32)) == []
