from __future__ import annotations

import dataclasses

from corpusflow.decision import Decision
from corpusflow.document import ImageSegment
from filters.single_colour import SingleColour
from tests.documents import document, image_not_fetched, picture


def test_an_image_of_one_colour_goes_and_others_stay() -> None:
    flat = dataclasses.replace(picture(200, 200), single_colour=True)
    doc = document(ImageSegment(0, "", picture=flat), "a", ImageSegment(0, "", picture=picture(200, 200)))
    assert list(SingleColour().judge(doc)) == [Decision("single_colour", "image_of_one_colour", 0)]


def test_an_image_that_was_not_fetched_goes() -> None:
    assert list(SingleColour().judge(document(image_not_fetched()))) == [
        Decision("single_colour", "image_not_fetched", 0)
    ]
    assert list(SingleColour().judge(document("a"))) == []
