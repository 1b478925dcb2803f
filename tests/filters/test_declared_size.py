from __future__ import annotations

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document, ImageSegment
from filters.declared_size import DeclaredSize
from tests.documents import document, image


def shown(*sizes: tuple[int | None, int | None]) -> Document:
    return document(*(ImageSegment(0, "", declared_width=width, declared_height=height) for width, height in sizes))


def test_an_image_shown_at_the_least_side_is_kept_and_one_below_it_is_not() -> None:
    assert list(DeclaredSize().judge(shown((50, 50), (50, 49)))) == [
        Decision("declared_size", "image_shown_too_small", 1, 49, 50)
    ]


def test_a_photograph_that_the_page_shows_small_and_has_large_is_kept() -> None:
    small = ImageSegment(0, "p-440.jpg", declared_width=220, declared_height=146, candidates=("p-220.jpg",))
    assert list(DeclaredSize().judge(document(small))) == []
    assert [decision.reason for decision in DeclaredSize(min_side=150).judge(document(small))] == [
        "image_shown_too_small"
    ]


def test_an_image_shown_at_the_largest_side_is_kept_and_one_above_it_is_not() -> None:
    assert list(DeclaredSize().judge(shown((20_000, 20_000), (20_001, 20_000)))) == [
        Decision("declared_size", "image_shown_too_large", 1, 20_001, 20_000)
    ]


def test_an_image_shown_three_times_as_wide_as_high_is_kept_and_a_wider_one_is_not() -> None:
    assert list(DeclaredSize().judge(shown((600, 200), (200, 600), (602, 200)))) == [
        Decision("declared_size", "image_shown_too_elongated", 2, 3.01, 3.0)
    ]


def test_a_side_that_is_not_declared_is_not_judged_and_the_other_is() -> None:
    assert list(DeclaredSize().judge(shown((None, None), (600, None), (None, 16)))) == [
        Decision("declared_size", "image_shown_too_small", 2, 16, 50)
    ]


def test_a_counting_pixel_is_dropped() -> None:
    assert [decision.measured for decision in DeclaredSize().judge(shown((1, 1), (0, 0)))] == [1, 0]


def test_the_picture_itself_is_not_looked_at() -> None:
    assert list(DeclaredSize().judge(document("text", image(10, 10)))) == []


def test_none_switches_a_bound_off() -> None:
    assert list(DeclaredSize(None, None, None).judge(shown((1, 30_000)))) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_side": -1}, "negative"),
        ({"min_side": 5, "max_side": 4}, "more than max_side"),
        ({"max_aspect": 0.5}, "never shorter"),
    ],
)
def test_bounds_that_keep_nothing_are_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DeclaredSize(**options)
