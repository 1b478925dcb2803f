from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from corpusflow.document import Score
from corpusflow.models.document_language import language_of, languages_of_segments
from tests.documents import document, image, text
from tests.transforms.scorers import WordCount


@dataclass(frozen=True)
class Echo(WordCount):
    """Its label is what it was asked."""

    def score(self, texts: Sequence[str]) -> list[Score]:
        return [Score(self.name, 1.0, label=text) for text in texts]


def test_code_says_nothing_of_the_language() -> None:
    doc = document(text("Kopf", "heading", 1), text("for x in y:", "code"), "Leib")
    assert language_of(doc, Echo()) == Score("language/word-count-1", 1.0, None, "Kopf\nLeib")


def test_the_language_of_a_document_without_text_is_that_of_nothing() -> None:
    assert language_of(document(), Echo()).label == ""


@pytest.mark.parametrize(("least", "told"), [(4, [0, 2, 4]), (5, [2, 4]), (6, [4]), (7, []), (0, [])])
def test_a_text_with_enough_letters_has_a_language_of_its_own(least: int, told: list[int]) -> None:
    doc = document("four", image(9, 9), "fives 5", text("code" * 9, "code"), "漢字")
    assert [score.segment for score in languages_of_segments(doc, Echo(), least)] == told


def test_the_score_of_a_text_carries_its_index() -> None:
    (score,) = languages_of_segments(document("a", "bonjour"), Echo(), 2)
    assert score == Score("language/word-count-1", 1.0, 1, "bonjour")
