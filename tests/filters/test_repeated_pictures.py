from __future__ import annotations

import dataclasses

import pytest

from corpusflow.decision import Decision
from corpusflow.document import ImageSegment
from filters.repeated_pictures import RepeatedPictures
from tests.documents import PHASH, document, image_not_fetched, picture


def shown(sha256: str, differing: int = 0, **changes: object) -> ImageSegment:
    """An image whose phash differs from that of others in so many of the lowest bits."""
    phash = f"{int(PHASH, 16) ^ ((1 << differing) - 1):016x}"
    known = dataclasses.replace(picture(200, 200), **({"sha256": sha256, "phash": phash} | changes))
    return ImageSegment(0, "", picture=known)


def test_a_picture_at_the_distance_goes_and_one_beyond_stays() -> None:
    for differing, dropped in ((0, True), (4, True), (5, False)):
        found = list(RepeatedPictures(4).judge(document(shown("a"), "text", shown("b", differing))))
        assert found == [Decision("repeated_pictures", "picture_like_one_before", 2, differing, 4)] * dropped


def test_the_same_bytes_go_whatever_the_distance() -> None:
    for distance in (4, 0, None):
        found = list(RepeatedPictures(distance).judge(document(shown("a"), shown("a"), shown("b", 9))))
        assert found == [Decision("repeated_pictures", "picture_shown_before", 1, 0, distance)]


def test_steps_that_look_alike_stay_unless_a_distance_is_given() -> None:
    steps = document(shown("a"), shown("b"))
    assert list(RepeatedPictures().judge(steps)) == []
    assert len(list(RepeatedPictures(0).judge(steps))) == 1


def test_pictures_are_compared_with_those_that_stay() -> None:
    doc = document(shown("a"), shown("b", 3), shown("c", 6), shown("d", 8))
    assert [decision.segment for decision in RepeatedPictures(4).judge(doc)] == [1, 3]


def test_nearly_flat_pictures_are_compared_by_their_bytes_alone() -> None:
    for flat in ({"single_colour": True}, {"phash": "8000000000000000"}):
        doc = document(shown("a", **flat), shown("b", **flat), shown("a", **flat))
        assert [decision.segment for decision in RepeatedPictures(4).judge(doc)] == [2]


def test_an_image_that_was_not_fetched_goes() -> None:
    found = list(RepeatedPictures(4).judge(document(image_not_fetched(), shown("a"))))
    assert found == [Decision("repeated_pictures", "image_not_fetched", 0)]


@pytest.mark.parametrize("distance", [-1, 33])
def test_a_distance_that_makes_no_sense_is_refused(distance: int) -> None:
    with pytest.raises(ValueError, match="must lie in"):
        RepeatedPictures(distance)
