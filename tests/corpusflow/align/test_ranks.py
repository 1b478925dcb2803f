from __future__ import annotations

import numpy as np
import pytest

from corpusflow.align.ranks import image_ranks, length_class, text_ranks
from corpusflow.align.similarity import similarity
from tests.corpusflow.align.angles import rows


@pytest.mark.parametrize(
    ("characters", "least"),
    [(0, 0), (1, 0), (15, 0), (16, 16), (31, 16), (32, 32), (1023, 512), (1024, 1024), (2047, 1024), (2048, 2048)],
)
def test_texts_of_a_length_class_are_no_more_than_twice_as_long_as_one_another(characters: int, least: int) -> None:
    assert length_class("x" * characters) == least


def test_very_long_texts_are_one_class_and_emoji_count_as_characters() -> None:
    assert length_class("x" * 100_000) == 2048
    assert length_class("\N{GRINNING FACE}" * 16) == 16


def test_the_rank_of_an_image_is_the_share_of_negative_texts_that_are_as_similar_or_more() -> None:
    images = rows(0)
    negatives = {"en": rows(5, 10, 10, 20, 30, 40, 50, 60, 70, 80)}
    for angle, share in ((1, 0.0), (7, 0.1), (10, 0.3), (75, 0.9), (90, 1.0)):
        matrix = similarity(rows(angle), images)
        assert text_ranks(matrix, ["en"], images, negatives) == [share]


def test_the_best_of_a_documents_texts_decides_each_against_negatives_of_its_own_kind() -> None:
    images = rows(0, 90)
    negatives = {"short": rows(*range(10, 90, 10)), "long": rows(*range(1, 9))}
    matrix = similarity(rows(15, 15, 60), images)
    assert text_ranks(matrix, ["short", "long", "short"], images, negatives) == [0.125, 0.0]
    assert text_ranks(matrix, ["short", "none", "short"], images, negatives) == [0.125, 0.375]
    # It is as similar as the short one, but not to the first image better than any long negative.
    assert text_ranks(matrix[1:2], ["long"], images, negatives) == [1.0, 0.0]


def test_fewer_than_eight_negatives_say_nothing() -> None:
    images, matrix = rows(0), similarity(rows(0), rows(0))
    assert text_ranks(matrix, ["en"], images, {"en": rows(*range(1, 9))}) == [0.0]
    assert text_ranks(matrix, ["en"], images, {"en": rows(*range(1, 8))}) == [None]
    assert text_ranks(matrix, ["fi"], images, {"en": rows(*range(1, 9))}) == [None]
    assert image_ranks(matrix, rows(0), rows(*range(1, 9))) == [0.0]
    assert image_ranks(matrix, rows(0), rows(*range(1, 8))) == [None]


def test_the_rank_of_a_text_is_against_negative_images_by_the_image_most_like_it() -> None:
    texts, images = rows(0, 40), rows(10, 90)
    negatives = rows(5, 9, 20, 30, 50, 69, 71, 80)
    assert image_ranks(similarity(texts, images), texts, negatives) == [0.25, 0.5]


def test_a_document_without_texts_or_without_images_has_no_ranks() -> None:
    none = np.empty((0, 2), np.float32)
    assert text_ranks(np.empty((0, 1), np.float32), [], rows(0), {"en": rows(*range(9))}) == [None]
    assert image_ranks(np.empty((1, 0), np.float32), rows(0), rows(*range(9))) == [None]
    assert text_ranks(np.empty((1, 0), np.float32), ["en"], none, {"en": rows(*range(9))}) == []
    assert image_ranks(np.empty((0, 1), np.float32), none, rows(*range(9))) == []


def test_ranks_are_those_of_a_plain_count_of_every_pair() -> None:
    random = np.random.default_rng(5)

    def unit(count: int) -> np.ndarray:
        drawn = random.normal(size=(count, 8)).astype(np.float32)
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)

    texts, images, pools, pictures = unit(30), unit(7), {kind: unit(63) for kind in "abc"}, unit(63)
    kinds = [str(kind) for kind in random.choice(list("abcd"), 30)]
    matrix = similarity(texts, images)
    told = [
        min(
            sum(similarity(pools[kind], images[i : i + 1])[n, 0] >= matrix[t, i] for n in range(63)) / 63
            for t, kind in enumerate(kinds)
            if kind in pools
        )
        for i in range(7)
    ]
    assert text_ranks(matrix, kinds, images, pools) == pytest.approx(told, abs=1e-6)
    told = [
        min(sum(similarity(texts[t : t + 1], pictures)[0] >= matrix[t, i]) / 63 for i in range(7)) for t in range(30)
    ]
    assert image_ranks(matrix, texts, pictures) == pytest.approx(told, abs=1e-6)
