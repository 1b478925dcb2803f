from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.align.assignment import assign


def similarities(rows: list[list[float]]) -> np.ndarray:
    return np.array(rows, np.float32)


def test_the_sum_is_the_greatest_though_one_image_gets_its_second_best_text() -> None:
    # The first image would take text 0 as its best; then the second had nothing but 0.1.
    assert assign(similarities([[0.5, 0.6], [0.4, 0.1]])) == [1, 0]


def test_a_text_has_room_for_one_image() -> None:
    assert assign(similarities([[0.9, 0.8], [0.1, 0.2], [0.0, 0.1]])) == [0, 1]


def test_images_beyond_the_number_of_texts_take_their_best_text() -> None:
    # Images 1 and 2 are assigned; 0 and 3 are left over.
    assert assign(similarities([[0.1, 0.9, 0.3, 0.2], [0.2, 0.8, 0.7, 0.1]])) == [1, 0, 1, 0]


def test_an_image_left_over_takes_the_first_of_equal_texts() -> None:
    assert assign(similarities([[0.9, 0.9, 0.5], [0.9, 0.9, 0.5]]))[2] == 0


def test_without_texts_images_have_none_and_without_images_there_is_nothing_to_assign() -> None:
    assert assign(np.empty((0, 2), np.float32)) == [None, None]
    assert assign(np.empty((2, 0), np.float32)) == []
    assert assign(np.empty((0, 0), np.float32)) == []


def test_similarities_below_nought_are_assigned_too() -> None:
    assert assign(similarities([[-0.5, -0.1], [-0.2, -0.3]])) == [1, 0]


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="2 texts and 1 images"):
        assign(similarities([[0.5], [wrong]]))


def test_a_list_is_no_matrix() -> None:
    with pytest.raises(ValueError, match="matrix"):
        assign(np.zeros(3))


def test_equal_sums_are_assigned_the_same_way_each_time() -> None:
    equal = np.full((7, 5), 0.25, np.float32)
    first = assign(equal)
    assert len(set(first)) == 5
    assert all(assign(equal.copy()) == first for _ in range(3))


def test_a_page_of_many_texts_and_images_is_assigned_whole() -> None:
    drawn = np.random.default_rng(1).uniform(-1, 1, (2000, 200)).astype(np.float32)
    assert len(set(assign(drawn))) == 200
    assert set(assign(drawn.T)) == set(range(200))


@given(st.data())
def test_no_other_choice_has_a_greater_sum(data: st.DataObject) -> None:
    texts, images = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4))
    cells = st.lists(st.integers(-100, 100), min_size=images, max_size=images)
    matrix = similarities(data.draw(st.lists(cells, min_size=texts, max_size=texts))) / 100
    found = assign(matrix)
    assert None not in found
    if images <= texts:
        assert len(set(found)) == images
        sums = (
            sum(matrix[row, column] for column, row in enumerate(rows)) for rows in permutations(range(texts), images)
        )
        assert sum(matrix[row, column] for column, row in enumerate(found)) >= max(sums) - 1e-5
    else:
        assert set(found) == set(range(texts))
