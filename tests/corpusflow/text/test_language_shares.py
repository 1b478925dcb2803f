from __future__ import annotations

import pytest

from corpusflow.document import Score
from corpusflow.text.language_shares import language_shares
from tests.documents import document, image, language


def own(segment: int, label: str) -> Score:
    return Score("language/test", 0.9, segment, label)


def test_shares_are_of_letters_and_the_largest_comes_first() -> None:
    scores = [language("en"), own(0, "fr"), own(1, "en"), own(2, "fr")]
    shares = language_shares(document("aa", "bbbbb bb", "c", "not told", scores=scores))
    assert list(shares.items()) == [("en", pytest.approx(0.7)), ("fr", pytest.approx(0.3))]


def test_equal_shares_come_in_the_order_of_their_codes() -> None:
    doc = document("aa", "bb", scores=[own(0, "fr"), own(1, "de")])
    assert list(language_shares(doc)) == list(
        language_shares(document("bb", "aa", scores=[own(0, "de"), own(1, "fr")]))
    )
    assert list(language_shares(doc)) == ["de", "fr"]


def test_what_was_dropped_and_what_is_not_known_does_not_count() -> None:
    doc = document("aa", "bb", "cc", scores=[own(0, "fr"), own(1, "de"), own(2, "und")])
    assert language_shares(doc.without([0])) == {"de": 1.0}


def test_other_scores_and_documents_without_any_say_nothing() -> None:
    assert language_shares(document()) == {}
    assert language_shares(document("aa", image(9, 9), scores=[language("en"), Score("nsfw/test", 0.1, 1)])) == {}
