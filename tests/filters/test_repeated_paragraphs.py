from __future__ import annotations

import pytest

from corpusflow.decision import Decision
from filters.repeated_paragraphs import RepeatedParagraphs
from tests.documents import document, image, text


def test_the_first_of_equal_texts_is_kept_whatever_their_role() -> None:
    doc = document("Say it", "again", image(9, 9), text("say  IT ", "heading", 2), "other", "Say it\n")
    assert list(RepeatedParagraphs().judge(doc)) == [
        Decision("repeated_paragraphs", "paragraph_said_before", 3, 2, 1),
        Decision("repeated_paragraphs", "paragraph_said_before", 5, 3, 1),
    ]


@pytest.mark.parametrize(("least", "gone"), [(4, [1]), (5, [])])
def test_a_text_shorter_than_the_least_may_stand_twice(least: int, gone: list[int]) -> None:
    doc = document("天地 玄", " 天地  玄 ")
    assert [decision.segment for decision in RepeatedParagraphs(least).judge(doc)] == gone


def test_a_document_that_says_each_thing_once_is_kept() -> None:
    assert list(RepeatedParagraphs().judge(document("a", "a b", "b"))) == []
    assert list(RepeatedParagraphs().judge(document())) == []


def test_a_least_length_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="min_characters is 0"):
        RepeatedParagraphs(0)
