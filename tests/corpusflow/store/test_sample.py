from __future__ import annotations

from typing import Any

from corpusflow.document import Score
from corpusflow.store.sample import sample_json
from corpusflow.store.unit_matrix import UnitMatrix
from tests.documents import compared_texts, document, image, language

PHOTO = image(300, 200)


def test_each_text_has_its_language_or_none() -> None:
    scores = [language("en", 0.98761), Score("language/test", 0.91234, 1, "fi")]
    told = sample_json(document("short", "sanoja", "more", scores=scores), [], UnitMatrix())
    assert [(info["lang"], info["lang_score"]) for info in told["text_info"]] == [
        ("", None),
        ("fi", 0.9123),
        ("", None),
    ]
    assert (told["metadata"]["lang"], told["metadata"]["lang_score"]) == ("en", 0.9876)


def test_scores_of_the_document_are_kept_as_they_are() -> None:
    scores = [language("en", 1 / 3), Score("nsfw/test", 0.5, 0), Score("perplexity/kenlm-en", 1499.999951)]
    told = sample_json(document("words", scores=scores), [], UnitMatrix())
    assert told["metadata"]["scores"] == [
        {"name": "language/test", "value": 1 / 3, "label": "en"},
        {"name": "perplexity/kenlm-en", "value": 1499.999951, "label": ""},
    ]


def test_a_document_that_nobody_measured_has_all_the_same_keys() -> None:
    told = sample_json(document("words"), [], UnitMatrix())
    assert (told["metadata"]["lang"], told["metadata"]["lang_score"], told["metadata"]["scores"]) == ("", None, [])
    assert (
        told["metadata"].keys()
        == sample_json(document("a", scores=[language("en")]), [], UnitMatrix())["metadata"].keys()
    )


def placements(*parts: Any, scores: Any = (), matrix: Any = ()) -> list[tuple[int | None, float | None]]:
    doc = document(*parts, scores=scores)
    told = sample_json(doc, [f"{n}.jpg" for n in range(parts.count(PHOTO))], compared_texts(doc, matrix))
    return [(info["assigned_text_index"], info["assigned_sim"]) for info in told["image_info"]]


def test_each_image_has_the_text_that_it_is_assigned_to_among_those_that_are_left() -> None:
    stale = [Score("assigned_similarity/test", 0.9, 2, "7")]
    matrix = [[0.5, 0.51234], [0.1, 0.4]]
    assert placements("a", "b", PHOTO, PHOTO, scores=stale, matrix=matrix) == [(0, 0.5), (1, 0.4)]
    assert placements("a", PHOTO, PHOTO, matrix=matrix[:1]) == [(0, 0.5), (0, 0.5123)]


def test_without_texts_or_without_a_model_no_image_is_assigned() -> None:
    assert placements(PHOTO, PHOTO) == placements("a", PHOTO, PHOTO) == [(None, None)] * 2
    assert placements("a", "b", matrix=[[], []]) == []


def test_a_unit_is_told_by_its_texts_among_those_of_the_sample() -> None:
    doc = document("gone", PHOTO, "a", "b", PHOTO, "c").without([0])
    values = ((0.1, 0.9), (0.3, 0.2), (0.8, 0.7))
    compared = UnitMatrix(values, ((2, 3, 0, 1), (5, 5, 0, 1), (5, 5, 1, 2)), (2, None))
    told = sample_json(doc, ["0.jpg", "1.jpg"], compared)
    assert told["units"] == [[0, 1, 0, 1], [2, 2, 0, 1], [2, 2, 1, 2]]
    assert told["similarity"] == [[0.1, 0.9], [0.3, 0.2], [0.8, 0.7]]
    assert [(info["matched_text_index"], info["matched_unit"]) for info in told["image_info"]] == [(2, 2), (None, None)]
    assert [(info["assigned_text_index"], info["assigned_unit"]) for info in told["image_info"]] == [(2, 2), (0, 0)]


def test_two_images_may_be_assigned_to_two_sentences_of_one_text() -> None:
    compared = UnitMatrix(((0.9, 0.8), (0.1, 0.3)), ((0, 0, 0, 2), (0, 0, 3, 5)), (0, 0))
    info = sample_json(document("A. B.", PHOTO, PHOTO), ["0.jpg", "1.jpg"], compared)["image_info"]
    assert [(each["assigned_text_index"], each["assigned_unit"], each["assigned_sim"]) for each in info] == [
        (0, 0, 0.9),
        (0, 1, 0.3),
    ]
