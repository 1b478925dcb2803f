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


@pytest.mark.parametrize(
    ("option", "left"), [("drop_addresses", [1, 2]), ("drop_counters", [0, 2]), ("drop_single_words", [0, 1])]
)
def test_each_rule_can_be_switched_off(option: str, left: list[int]) -> None:
    doc = document("Mail: jane@site.example", "12 likes", "Callout")
    rule = BareTexts(**{option: False})
    assert [decision.segment for decision in rule.judge(doc)] == left
