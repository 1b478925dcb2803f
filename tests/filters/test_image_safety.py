from __future__ import annotations

import math
from typing import Any

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document, Score
from filters.image_safety import ImageSafety
from tests.documents import document, image


def beach(*values: float) -> Document:
    """A text and one image for each value, which is its NSFW score."""
    scores = [Score("nsfw/test", value, index) for index, value in enumerate(values, start=1)]
    return document("At the beach", *[image(300, 200)] * len(values), scores=scores)


@pytest.mark.parametrize(("value", "kept"), [(0.0, True), (0.5, True), (0.501, False), (1.0, False), (math.nan, False)])
def test_an_image_at_the_limit_is_kept_and_one_above_it_is_not(value: float, kept: bool) -> None:
    assert (not list(ImageSafety().judge(beach(value)))) is kept


def test_one_unsafe_image_takes_the_document_with_it() -> None:
    assert list(ImageSafety().judge(beach(0.1, 0.9))) == [
        Decision("image_safety", "document_has_unsafe_image", None, 0.9, 0.5)
    ]


def test_the_image_alone_goes_where_the_recipe_says_so() -> None:
    assert list(ImageSafety(max_nsfw=0.2, drop="image").judge(beach(0.1, 0.9, 0.2))) == [
        Decision("image_safety", "image_unsafe", 2, 0.9, 0.2)
    ]


@pytest.mark.parametrize("drop", ["image", "document"])
def test_an_image_that_nobody_measured_is_dropped(drop: Any) -> None:
    assert list(ImageSafety(drop=drop).judge(document("text", image(300, 200)))) == [
        Decision("image_safety", "image_safety_unknown", 1)
    ]


def test_the_score_of_the_document_is_not_that_of_an_image() -> None:
    doc = document(image(300, 200), scores=[Score("nsfw/test", 0.0)])
    assert [decision.reason for decision in ImageSafety().judge(doc)] == ["image_safety_unknown"]


def test_a_document_without_images_loses_nothing() -> None:
    assert list(ImageSafety().judge(document("text"))) == list(ImageSafety().judge(document())) == []


@pytest.mark.parametrize(
    ("options", "fault"),
    [({"max_nsfw": -0.1}, "max_nsfw"), ({"max_nsfw": 1.1}, "max_nsfw"), ({"drop": "page"}, "'image' or 'document'")],
)
def test_impossible_options_are_refused(options: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        ImageSafety(**options)
