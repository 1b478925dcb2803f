from __future__ import annotations

from corpusflow.store.unit_matrix import Row, UnitMatrix, units_left
from tests.documents import document, image

PHOTO = image(300, 200)
WHOLE = document("zero", PHOTO, "two", "three", PHOTO, "five")
FLAT = [0.1, 0.85, 0.8, 0.2, 0.3, 0.9]  # of three units with two images


def unit(first: int, last: int) -> Row:
    return {"first": first, "last": last, "start": 0, "end": 4}


UNITS = [unit(0, 0), unit(2, 3), unit(5, 5)]


def test_all_is_left_where_nothing_was_dropped() -> None:
    assert units_left(WHOLE, WHOLE, UNITS, FLAT) == UnitMatrix(
        ((0.1, 0.85), (0.8, 0.2), (0.3, 0.9)), ((0, 0, 0, 4), (2, 3, 0, 4), (5, 5, 0, 4)), (1, 2)
    )


def test_a_unit_goes_with_its_first_and_with_its_last_segment() -> None:
    for gone in (2, 3):
        left = units_left(WHOLE, WHOLE.without([gone]), UNITS, FLAT)
        assert left == UnitMatrix(((0.1, 0.85), (0.3, 0.9)), ((0, 0, 0, 4), (5, 5, 0, 4)), (None, 1))


def test_a_unit_stays_where_only_its_neighbours_go() -> None:
    assert units_left(WHOLE, WHOLE.without([0, 5]), UNITS, FLAT) == UnitMatrix(
        ((0.8, 0.2),), ((2, 3, 0, 4),), (0, None)
    )


def test_an_image_takes_its_column_with_it() -> None:
    left = units_left(WHOLE, WHOLE.without([1]), UNITS, FLAT)
    assert (left.values, left.best) == (((0.85,), (0.2,), (0.9,)), (2,))
    assert units_left(WHOLE, WHOLE.without([1, 4]), UNITS, FLAT).values == ((), (), ())


def test_of_equal_units_the_first_is_the_best() -> None:
    assert units_left(WHOLE, WHOLE, UNITS, [0.5] * 6).best == (0, 0)


def test_where_every_unit_went_no_image_has_one() -> None:
    assert units_left(WHOLE, WHOLE.without([0, 2, 5]), UNITS, FLAT) == UnitMatrix((), (), (None, None))


def test_where_nothing_was_compared_nothing_is_left() -> None:
    assert units_left(WHOLE, WHOLE, [], []) == UnitMatrix()
