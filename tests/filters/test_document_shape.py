from __future__ import annotations

import pytest

from corpusflow.decision import Decision
from filters.document_shape import DocumentShape
from tests.documents import document, image, image_not_fetched


@pytest.mark.parametrize(
    ("images", "reasons"),
    [(0, ["too_few_images"]), (1, []), (30, []), (31, ["too_many_images"])],
)
def test_a_document_with_one_to_thirty_images_is_kept(images: int, reasons: list[str]) -> None:
    doc = document("text", *[image(200, 200)] * images)
    assert [decision.reason for decision in DocumentShape().judge(doc)] == reasons


@pytest.mark.parametrize(("texts", "reasons"), [(1, ["too_few_texts"]), (2, []), (3, []), (4, ["too_many_texts"])])
def test_a_document_at_the_bounds_of_texts_is_kept(texts: int, reasons: list[str]) -> None:
    doc = document(image(200, 200), *["text"] * texts)
    assert [decision.reason for decision in DocumentShape(min_texts=2, max_texts=3).judge(doc)] == reasons


def test_a_document_may_have_any_number_of_texts_by_default() -> None:
    assert list(DocumentShape().judge(document(image(200, 200), *["text"] * 5000))) == []


def test_the_decision_tells_the_figures() -> None:
    assert list(DocumentShape(min_images=2).judge(document("text", image(200, 200)))) == [
        Decision("document_shape", "too_few_images", None, 1, 2)
    ]


def test_every_image_that_is_left_counts() -> None:
    assert list(DocumentShape(min_images=2).judge(document("text", image(200, 200), image_not_fetched()))) == []


def test_an_empty_document_has_too_few_of_both() -> None:
    assert [decision.reason for decision in DocumentShape().judge(document())] == ["too_few_images", "too_few_texts"]
    assert list(DocumentShape(min_images=0, min_texts=0).judge(document())) == []


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"min_images": -1}, "negative"),
        ({"min_texts": -1}, "negative"),
        ({"min_images": 3, "max_images": 2}, "more than max_images"),
        ({"min_texts": 3, "max_texts": 2}, "more than max_texts"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, int], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        DocumentShape(**options)
