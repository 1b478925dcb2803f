from __future__ import annotations

import pytest

from corpusflow.decision import Decision
from filters.bylines import Bylines
from tests.documents import document, text


def test_bylines_and_dates_go_and_sentences_stay() -> None:
    doc = document("By Jane Doe", "3 May 2021", "By the river stood a house.", "It was built on 3 May 1880.")
    assert list(Bylines().judge(doc)) == [
        Decision("bylines", "byline", 0, 3, 9),
        Decision("bylines", "date_line", 1),
    ]


@pytest.mark.parametrize(("names", "kept"), [(8, False), (9, True)])
def test_a_byline_has_at_most_nine_words(names: int, kept: bool) -> None:
    assert (not list(Bylines().judge(document("By " + "Jane " * names)))) == kept


def test_headings_and_list_items_are_not_judged() -> None:
    doc = document(text("By Jane Doe", "heading", 1), text("3 May 2021", "list_item", 1))
    assert list(Bylines().judge(doc)) == []


def test_each_rule_can_be_switched_off() -> None:
    doc = document("By Jane Doe", "3 May 2021")
    assert list(Bylines(max_byline_words=None, drop_date_lines=False).judge(doc)) == []


@pytest.mark.parametrize(("limit", "kept"), [(8, False), (7, True)])
def test_short_texts_with_a_date_go_where_asked(limit: int, kept: bool) -> None:
    decisions = list(Bylines(max_dated_words=limit).judge(document("It was built on 3 May 1880. Yes.", "No date.")))
    assert decisions == ([] if kept else [Decision("bylines", "short_text_with_date", 0, 8, 8)])


@pytest.mark.parametrize(("limit", "kept"), [(1, False), (2, True)])
def test_texts_with_many_dates_go_where_asked(limit: int, kept: bool) -> None:
    decisions = list(Bylines(max_dates=limit).judge(document("From 3 May 1880 to 4 June 1890 it stood here.")))
    assert decisions == ([] if kept else [Decision("bylines", "many_dates", 0, 2, 1)])


@pytest.mark.parametrize("option", ["max_byline_words", "max_dated_words", "max_dates"])
def test_negative_bounds_are_refused(option: str) -> None:
    with pytest.raises(ValueError, match=option):
        Bylines(**{option: -1})
