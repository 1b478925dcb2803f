from __future__ import annotations

import math

import pytest

from corpusflow.decision import Decision
from filters.image_size import ImageSize
from tests.documents import document, image, image_not_fetched


def test_an_icon_between_two_texts_is_too_small() -> None:
    doc = document("intro", image(16, 16), "body")
    assert list(ImageSize().judge(doc)) == [Decision("image_size", "image_too_small", 1, 16, 150)]


def test_an_image_at_the_least_side_is_kept_and_one_below_it_is_not() -> None:
    assert list(ImageSize().judge(document(image(150, 150), image(300, 150)))) == []
    assert list(ImageSize().judge(document(image(149, 200), image(200, 149)))) == [
        Decision("image_size", "image_too_small", 0, 149, 150),
        Decision("image_size", "image_too_small", 1, 149, 150),
    ]


def test_an_image_at_the_largest_side_is_kept_and_one_above_it_is_not() -> None:
    rule = ImageSize(max_side=400)
    assert list(rule.judge(document(image(400, 400)))) == []
    assert list(rule.judge(document(image(300, 401)))) == [Decision("image_size", "image_too_large", 0, 401, 400)]


def test_an_image_three_times_as_long_as_wide_is_kept_and_a_longer_one_is_not() -> None:
    assert list(ImageSize().judge(document(image(600, 200), image(200, 600)))) == []
    assert list(ImageSize().judge(document(image(800, 200), image(200, 601)))) == [
        Decision("image_size", "image_too_elongated", 0, 4.0, 3.0),
        Decision("image_size", "image_too_elongated", 1, 3.005, 3.0),
    ]


def test_what_a_telephone_shows_is_kept_but_not_by_the_bound_of_most_corpora() -> None:
    screen = document(image(720, 1600))
    assert list(ImageSize().judge(screen)) == []
    assert [decision.reason for decision in ImageSize(max_aspect=2.0).judge(screen)] == ["image_too_elongated"]


def test_a_banner_is_told_by_its_shape_though_it_is_small_too() -> None:
    assert [decision.reason for decision in ImageSize().judge(document(image(728, 90)))] == ["image_too_elongated"]


def test_an_image_of_no_height_is_dropped_rather_than_divided_by() -> None:
    assert [decision.reason for decision in ImageSize().judge(document(image(5, 0), image(0, 0)))] == [
        "image_too_elongated",
        "image_too_small",
    ]


def test_an_image_that_was_not_fetched_is_dropped() -> None:
    assert list(ImageSize().judge(document("text", image_not_fetched()))) == [
        Decision("image_size", "image_not_fetched", 1)
    ]


def test_an_empty_document_and_one_without_images_lose_nothing() -> None:
    assert list(ImageSize().judge(document())) == list(ImageSize().judge(document("text"))) == []


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"min_side": -1}, "negative"),
        ({"min_side": 300, "max_side": 200}, "more than max_side"),
        ({"max_aspect": 0.9}, "max_aspect"),
        ({"max_aspect": math.nan}, "max_aspect"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, int], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        ImageSize(**options)
