from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document, Face, ImageSegment
from filters.faces import Faces
from tests.documents import document, image


def photograph(*faces: Face) -> ImageSegment:
    return dataclasses.replace(image(300, 200), faces=faces)


def face(score: float = 0.9, width: float = 0.2, height: float = 0.3) -> Face:
    return Face(0.1, 0.1, width, height, score)


def reasons(doc: Document, **options: Any) -> list[str]:
    return [decision.reason for decision in Faces(**options).judge(doc)]


@pytest.mark.parametrize(("found", "kept"), [(0, True), (2, True), (3, False)])
def test_an_image_with_as_many_faces_as_allowed_is_kept_and_one_with_more_is_not(found: int, kept: bool) -> None:
    assert (not reasons(document(photograph(*[face()] * found)), max_faces=2)) is kept


def test_by_default_one_face_is_too_many_and_the_image_alone_goes() -> None:
    doc = document("text", photograph(), photograph(face()))
    assert list(Faces().judge(doc)) == [Decision("faces", "too_many_faces", 2, 1, 0)]


def test_the_document_goes_where_the_recipe_says_so() -> None:
    doc = document("text", photograph(), photograph(face()))
    assert list(Faces(drop="document").judge(doc)) == [Decision("faces", "document_shows_too_many_faces", None, 1, 0)]


@pytest.mark.parametrize(("score", "kept"), [(0.59, True), (0.6, False), (math.nan, False)])
def test_a_face_counts_from_the_least_score_on(score: float, kept: bool) -> None:
    assert (not reasons(document(photograph(face(score))), min_score=0.6)) is kept


@pytest.mark.parametrize(("width", "height", "kept"), [(0.05, 0.09, True), (0.05, 0.1, False), (0.1, 0.05, False)])
def test_a_small_face_in_the_background_does_not_count(width: float, height: float, kept: bool) -> None:
    assert (not reasons(document(photograph(face(0.9, width, height))), min_side_share=0.1)) is kept


@pytest.mark.parametrize("options", [{}, {"max_faces": None}, {"drop": "document"}])
def test_an_image_at_which_nobody_looked_is_dropped_alone(options: dict[str, Any]) -> None:
    found = list(Faces(**options).judge(document("text", image(300, 200), photograph())))
    assert found == [Decision("faces", "faces_unknown", 1)]


def test_any_number_is_kept_where_no_most_is_given() -> None:
    assert reasons(document(photograph(*[face()] * 50)), max_faces=None) == []


def test_a_document_without_images_loses_nothing() -> None:
    assert reasons(document("text")) == reasons(document()) == []


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"max_faces": -1}, "max_faces"),
        ({"min_score": 1.1}, "min_score"),
        ({"min_side_share": -0.1}, "min_side_share"),
        ({"drop": "page"}, "'image' or 'document'"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Faces(**options)
