from __future__ import annotations

from corpusflow.decision import Decision
from filters.repeated_images import RepeatedImages
from tests.documents import document, image_not_fetched

ONE, TWO = "https://i.example/1.jpg", "https://i.example/2.jpg"


def test_the_first_of_the_images_of_one_url_is_kept() -> None:
    doc = document(image_not_fetched(ONE), "a", image_not_fetched(TWO), image_not_fetched(ONE), image_not_fetched(ONE))
    assert list(RepeatedImages().judge(doc)) == [
        Decision("repeated_images", "image_shown_before", 3, 2, 1),
        Decision("repeated_images", "image_shown_before", 4, 3, 1),
    ]


def test_scheme_www_and_fragment_are_no_difference_and_the_query_is() -> None:
    urls = [ONE, "http://www.i.example/1.jpg#big", ONE + "?size=2"]
    assert [d.segment for d in RepeatedImages().judge(document(*map(image_not_fetched, urls)))] == [1]


def test_a_document_that_shows_each_image_once_is_kept() -> None:
    assert list(RepeatedImages().judge(document(image_not_fetched(ONE), ONE, ONE, image_not_fetched(TWO)))) == []
    assert list(RepeatedImages().judge(document())) == []
