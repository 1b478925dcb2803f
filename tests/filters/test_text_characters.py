from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document
from filters.text_characters import TextCharacters
from tests.documents import document, image, text

OFF = dict.fromkeys((field.name for field in dataclasses.fields(TextCharacters)), None)


def only(**options: Any) -> TextCharacters:
    return TextCharacters(**(OFF | options))


def reasons(rule: TextCharacters, doc: Document) -> list[str]:
    return [decision.reason for decision in rule.judge(doc)]


@pytest.mark.parametrize(
    ("option", "limit", "kept", "dropped", "reason"),
    [
        ("max_paragraph_special", 0.3, "abcdefg 1.", "abcdef 12.", "paragraph_too_many_special_characters"),
        ("max_paragraph_digits", 0.3, "abcdefg 123", "abcdef 1234", "paragraph_too_many_digits"),
        ("max_paragraph_capitals", 0.8, "ABCD EFGH ij", "ABCD EFGHI j", "paragraph_too_many_capitals"),
        ("min_paragraph_letters", 0.75, "abc 1", "abc 12", "paragraph_too_few_letters"),
        ("min_paragraph_punctuation", 0.001, "a " * 11, "a " * 12, "paragraph_too_little_punctuation"),
        ("max_paragraph_one_character", 0.5, "aa bc", "aaa bc", "paragraph_of_one_character"),
        ("max_paragraph_comparison_signs", 2, "a > b >= c", "a > b > c > d", "paragraph_too_many_comparison_signs"),
    ],
)
def test_a_paragraph_at_a_limit_is_kept_and_one_beyond_goes(
    option: str, limit: float, kept: str, dropped: str, reason: str
) -> None:
    rule = only(**{option: limit})
    assert reasons(rule, document(kept)) == []
    (found,) = rule.judge(document("", dropped))
    assert (found.filter, found.reason, found.segment, found.limit) == ("text_characters", reason, 1, limit)
    assert reasons(rule, document(text(dropped, "list_item"), text(dropped, "table_row"))) == []


@pytest.mark.parametrize(
    ("option", "limit", "kept", "dropped", "reason"),
    [
        ("max_special", 0.25, "abc.", "ab.", "too_many_special_characters"),
        ("min_letters", 0.75, "ab c.", "ab. c1", "too_few_letters"),
        ("min_punctuation", 0.25, "one two three.", "one two three four.", "too_little_punctuation"),
        ("min_alphabetic_words", 0.8, "a b c d 5", "a b c 4", "too_few_alphabetic_words"),
        ("min_mean_word_length", 3, "one two", "one is", "words_too_short"),
        ("max_mean_word_length", 10, "abcdefghij", "abcdefghijk", "words_too_long"),
        ("max_hash_ratio", 0.1, "#one" + " two" * 9, "#one" + " two" * 8, "too_many_hash_signs"),
        ("max_ellipsis_ratio", 0.1, "one..." + " two" * 9, "one\u2026" + " two" * 8, "too_many_ellipses"),
        ("max_bullet_lines", 0.9, "- one\n" * 9 + "two", "- one\n" * 10 + "- two", "too_many_bullet_lines"),
        ("max_ellipsis_lines", 0.5, "one...\ntwo", "one...\ntwo\u2026\nthree", "too_many_ellipsis_lines"),
        ("min_punctuated_lines", 0.5, "one.\ntwo", "one.\ntwo\nthree", "too_few_punctuated_lines"),
    ],
)
def test_a_document_at_a_limit_is_kept_and_one_beyond_goes(
    option: str, limit: float, kept: str, dropped: str, reason: str
) -> None:
    rule = only(**{option: limit})
    assert reasons(rule, document(kept)) == []
    (found,) = rule.judge(document(dropped))
    assert (found.filter, found.reason, found.segment, found.limit) == ("text_characters", reason, None, limit)


def test_the_defaults_are_those_of_gopher_and_mild_ones_of_others() -> None:
    assert dataclasses.asdict(TextCharacters()) == {
        "max_paragraph_special": None,
        "max_paragraph_digits": 0.3,
        "max_paragraph_capitals": 0.8,
        "min_paragraph_letters": 0.5,
        "min_paragraph_punctuation": None,
        "max_paragraph_one_character": None,
        "max_paragraph_comparison_signs": None,
        "max_special": None,
        "min_letters": 0.7,
        "min_punctuation": None,
        "min_alphabetic_words": 0.8,
        "min_mean_word_length": 3,
        "max_mean_word_length": 10,
        "max_hash_ratio": 0.1,
        "max_ellipsis_ratio": 0.1,
        "max_bullet_lines": 0.9,
        "max_ellipsis_lines": 0.3,
        "min_punctuated_lines": None,
        "spare_bullet_sentences": True,
        "min_lines": 5,
    }


@pytest.mark.parametrize(
    ("option", "limit", "fine"),
    [
        ("max_paragraph_special", 0.3, "Little Anna came to us on the 7th of May, 1842."),
        ("max_paragraph_one_character", 0.33, "Summer me"),
        ("max_paragraph_comparison_signs", 2, "<겨울 나무>는 <여름 바다>보다 조용한 영화다."),
        ("min_paragraph_punctuation", 0.001, "How we walked home along the quiet river in the rain of last autumn"),
        ("min_paragraph_letters", 0.67, "Oats cost $3.10, up 1.5%; rye fell to $2 on Monday."),
    ],
)
def test_what_published_bounds_take_from_real_texts_is_kept_by_default(option: str, limit: float, fine: str) -> None:
    assert len(reasons(only(**{option: limit}), document(fine))) == 1
    assert reasons(TextCharacters(), document("It stands in the midst of ordinary sentences.", fine)) == []


def test_a_list_of_results_goes_and_an_article_with_figures_stays() -> None:
    rows = [text(f"{number}. AB {number + 3}:{number} (12.03.1998)", "list_item") for number in range(9)]
    assert "too_few_letters" in reasons(TextCharacters(), document(*rows))
    assert (
        reasons(
            TextCharacters(),
            document("In 1998 some 12 shops of the old town closed, and another 7 were gone in spring."),
        )
        == []
    )


def test_list_items_that_are_sentences_are_no_bullet_lines() -> None:
    steps = [text(f"Stir for {number} minutes.", "list_item") for number in range(2, 8)]
    links = [text(f"Recipe of day {'abcdefg'[number]}", "list_item") for number in range(6)]
    rule = only(max_bullet_lines=0.9, spare_bullet_sentences=True)
    assert reasons(rule, document(*steps)) == []
    assert reasons(rule, document(*links)) == ["too_many_bullet_lines"]
    assert reasons(only(max_bullet_lines=0.9), document(*steps)) == ["too_many_bullet_lines"]


@pytest.mark.parametrize(("count", "expected"), [(4, []), (5, ["too_many_ellipsis_lines"])])
def test_the_lines_of_a_short_document_are_not_judged(count: int, expected: list[str]) -> None:
    doc = document(*["And so on\u2026"] * count)
    assert reasons(only(max_ellipsis_lines=0.3, min_lines=5), doc) == expected
    assert reasons(only(max_ellipsis_lines=0.3), doc) == ["too_many_ellipsis_lines"]


def test_a_paragraph_is_told_with_its_place_and_figures() -> None:
    doc = document("An ordinary sentence, with a comma.", "0123456789")
    assert list(TextCharacters().judge(doc)) == [Decision("text_characters", "paragraph_too_many_digits", 1, 1.0, 0.3)]


def test_list_items_are_bullet_lines_though_they_have_no_bullet() -> None:
    items = [text("an item of the list", "list_item", 1)] * 9
    assert reasons(only(max_bullet_lines=0.9), document(*items, "A sentence.")) == []
    assert reasons(only(max_bullet_lines=0.9), document(*items)) == ["too_many_bullet_lines"]


def test_headings_need_no_full_stop() -> None:
    doc = document(text("Soup", "heading", 1), text("With eggs", "heading", 2), "Boil the eggs.")
    assert reasons(only(min_punctuated_lines=1), doc) == []
    assert reasons(only(min_punctuated_lines=1), document(text("Soup", "heading", 1))) == []


@pytest.mark.parametrize(
    "fine",
    [
        "ذهبت القطة إلى البيت أمس، ثم نامت على الكرسي.",
        "今天天气很好\uff0c我们去公园散步\u3002晚上回家吃饭\uff0c然后看书\u3002",
        "बिल्ली कल घर गई, फिर कुर्सी पर सो गई।",
        "วันนี้อากาศดีมาก เราจึงไปเดินเล่นที่สวน (ใกล้บ้าน) แล้วกลับบ้าน.",
        "The cat went home yesterday, then it slept on the chair. \U0001f642",
    ],
)
def test_sentences_of_any_script_are_kept(fine: str) -> None:
    assert reasons(TextCharacters(), document(fine)) == []


@pytest.mark.parametrize("odd", ["\U0001f642\U0001f642\U0001f642", "\ud800", "***", "2024-05-01 10:30:00"])
def test_what_has_no_letters_goes(odd: str) -> None:
    assert len(reasons(TextCharacters(), document(odd))) == 1


@pytest.mark.parametrize("doc", [document(), document(image(200, 200)), document(""), document(" \n ")])
def test_a_document_without_words_is_not_judged(doc: Document) -> None:
    assert reasons(only(min_punctuation=1, min_alphabetic_words=1), doc) == []


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"max_special": 1.5}, "max_special"),
        ({"min_punctuation": -0.1}, "min_punctuation"),
        ({"max_bullet_lines": math.nan}, "max_bullet_lines"),
        ({"max_paragraph_comparison_signs": -1}, "negative"),
        ({"min_mean_word_length": 11}, "more than max_mean_word_length"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        TextCharacters(**options)
