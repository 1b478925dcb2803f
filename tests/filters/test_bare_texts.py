from __future__ import annotations

import pytest

from corpusflow.decision import Decision
from filters.bare_texts import BareTexts
from tests.documents import document, image, text


def test_addresses_counters_and_single_words_go() -> None:
    doc = document("jane@site.example", "12 likes", "Callout", "___", "Two words.", "Write to jane@site.example")
    assert list(BareTexts().judge(doc)) == [
        Decision("bare_texts", "email_address", 0),
        Decision("bare_texts", "social_counter", 1),
        Decision("bare_texts", "single_word", 2),
        Decision("bare_texts", "single_word", 3),
    ]


def test_list_items_may_be_one_word_but_no_address() -> None:
    doc = document(text("Salt", "list_item", 1), text("www.site.example", "list_item", 1), text("Soup", "heading", 1))
    assert [decision.segment for decision in BareTexts().judge(doc)] == [1]


def test_a_single_word_next_to_an_image_stays() -> None:
    doc = document("Tower", image(200, 200), "Bridge", "House")
    assert [decision.segment for decision in BareTexts().judge(doc)] == [3]
    # What an earlier filter took from between them does not bring them together.
    assert [decision.segment for decision in BareTexts().judge(doc.without([2]))] == [3]


def test_one_chinese_word_is_one_word() -> None:
    assert [decision.segment for decision in BareTexts().judge(document("详情", "详细情况"))] == [0]


def test_a_word_that_tells_what_follows_stays() -> None:
    doc = document(
        "Note:", "Stir it well.", "Zutaten", text("Salz", "list_item"), "每份\uff1a", text("盐", "list_item")
    )
    assert list(BareTexts().judge(doc)) == []
    assert [decision.segment for decision in BareTexts(keep_labels=False).judge(doc)] == [0, 2, 4]
    # With nothing behind it, a heading, or without a letter it tells nothing.
    doc = document(
        "Note:", text("Soup", "heading", 1), "Details", "Stir it well.", "***", text("a", "list_item"), "By:"
    )
    assert [decision.segment for decision in BareTexts().judge(doc)] == [0, 2, 4, 6]
    assert list(BareTexts().judge(document())) == []


def test_the_way_to_the_page_goes_unless_it_may_stay() -> None:
    doc = document("Home > Bags > Red bag", "Home > Bags", "Start » Radios » Kleine Radios", "a < b > c > d")
    assert [decision.segment for decision in BareTexts().judge(doc)] == [0, 2]
    assert list(BareTexts(drop_breadcrumbs=False).judge(doc)) == []


@pytest.mark.parametrize(
    ("option", "left"), [("drop_addresses", [1, 2]), ("drop_counters", [0, 2]), ("drop_single_words", [0, 1])]
)
def test_each_rule_can_be_switched_off(option: str, left: list[int]) -> None:
    doc = document("Mail: jane@site.example", "12 likes", "Callout")
    rule = BareTexts(**{option: False})
    assert [decision.segment for decision in rule.judge(doc)] == left
