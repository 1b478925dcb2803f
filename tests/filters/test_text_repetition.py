from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document
from filters.text_repetition import TextRepetition
from tests.documents import document, image, text

OFF = dict.fromkeys((field.name for field in dataclasses.fields(TextRepetition)), None)
WORDS = [f"w{number:03}" for number in range(200)]
PLAIN = " ".join(WORDS)


def only(**options: Any) -> TextRepetition:
    return TextRepetition(**(OFF | options))


def reasons(rule: TextRepetition, doc: Document) -> list[str]:
    return [decision.reason for decision in rule.judge(doc)]


REPEATED = document(*["the same twelve words stand in each of these paragraphs again and again"] * 3, PLAIN)
REASONS = {
    "max_character_repetition": "characters_repeat",
    "max_word_repetition": "words_repeat",
    "max_duplicate_lines": "lines_repeat",
    "max_duplicate_paragraphs": "paragraphs_repeat",
    "max_duplicate_line_characters": "lines_repeat_characters",
    "max_duplicate_paragraph_characters": "paragraphs_repeat_characters",
    **{f"max_top_{n}gram": f"top_{n}gram_too_frequent" for n in (2, 3, 4)},
    **{f"max_duplicate_{n}gram": f"duplicate_{n}grams" for n in (5, 6, 7, 8, 9, 10)},
}


@pytest.mark.parametrize("option", REASONS)
def test_a_document_at_a_limit_is_kept_and_one_beyond_is_told_with_its_figures(option: str) -> None:
    (found,) = only(**{option: 0}).judge(REPEATED)
    share = found.measured
    assert isinstance(share, float)
    assert 0 < share < 1
    assert reasons(only(**{option: share}), REPEATED) == []
    below = math.nextafter(share, 0)
    assert list(only(**{option: below}).judge(REPEATED)) == [
        Decision("text_repetition", REASONS[option], None, share, below)
    ]


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("max_paragraph_character_repetition", "paragraph_repeats_characters"),
        ("max_paragraph_word_repetition", "paragraph_repeats_words"),
    ],
)
def test_a_paragraph_at_a_limit_is_kept_and_one_beyond_is_told_with_its_place(option: str, reason: str) -> None:
    again = " ".join([*WORDS[:50], *WORDS[:50]])
    doc = document(PLAIN, again, text(again, "list_item"), text(again, "code"))
    (found,) = only(**{option: 0.0}).judge(document(PLAIN[:9], again))
    share = found.measured
    assert isinstance(share, float)
    assert reasons(only(**{option: share}), doc) == []
    below = math.nextafter(share, 0)
    assert list(only(**{option: below}).judge(doc)) == [Decision("text_repetition", reason, 1, share, below)]


def test_the_defaults_are_those_of_gopher_and_milder_ones_than_those_of_obelics() -> None:
    rule = TextRepetition()
    assert (rule.max_paragraph_character_repetition, rule.max_paragraph_word_repetition) == (0.5, 0.5)
    assert (rule.max_character_repetition, rule.max_word_repetition) == (0.2, 0.2)
    assert [getattr(rule, f"max_top_{n}gram") for n in (2, 3, 4)] == [0.2, 0.18, 0.16]
    assert [getattr(rule, f"max_duplicate_{n}gram") for n in range(5, 11)] == [0.15, 0.14, 0.13, 0.12, 0.11, 0.1]
    assert (rule.max_duplicate_lines, rule.max_duplicate_line_characters) == (None, 0.2)
    assert (rule.max_duplicate_paragraphs, rule.max_duplicate_paragraph_characters) == (None, 0.2)


def test_a_short_paragraph_may_name_a_thing_twice() -> None:
    twice = "Open the settings of the Robot Workshop, then press Start in the Robot Workshop."
    assert reasons(only(max_paragraph_character_repetition=0.1), document(twice)) == ["paragraph_repeats_characters"]
    assert reasons(TextRepetition(), document(PLAIN, twice)) == []
    said_twice = " ".join([*WORDS[:30], *WORDS[:30]])
    assert reasons(TextRepetition(), document(PLAIN, said_twice)) == ["paragraph_repeats_words"]


def test_the_names_in_an_interview_may_stand_on_many_lines() -> None:
    parts = [part for number in range(0, 200, 20) for part in ("Anna:", " ".join(WORDS[number : number + 20]))]
    assert reasons(TextRepetition(), document(*parts)) == []
    assert reasons(only(max_duplicate_lines=0.3), document(*parts)) == ["lines_repeat"]


@pytest.mark.parametrize(("again", "expected"), [(9, []), (10, ["paragraph_repeats_words"])])
def test_ten_of_a_hundred_five_grams_may_repeat_in_a_paragraph(again: int, expected: list[str]) -> None:
    words = [*WORDS[: 104 - again], *WORDS[:again]]  # 100 five-grams, of which again - 4 come twice
    assert reasons(only(max_paragraph_word_repetition=0.1), document(" ".join(words))) == expected


def test_a_document_is_judged_without_the_paragraphs_that_go() -> None:
    again = "buy now " * 30
    whole = {"max_top_2gram": 0.15}
    assert reasons(only(**whole), document(PLAIN, again)) == ["top_2gram_too_frequent"]
    assert reasons(only(**whole, max_paragraph_word_repetition=0.1), document(PLAIN, again)) == [
        "paragraph_repeats_words"
    ]
    whole = {"max_character_repetition": 0.1}
    assert reasons(only(**whole), document(PLAIN, again)) == ["characters_repeat"]
    assert reasons(only(**whole, max_paragraph_word_repetition=0.1), document(PLAIN, again)) == [
        "paragraph_repeats_words"
    ]


def test_lines_inside_a_paragraph_are_lines() -> None:
    doc = document("one\ntwo\none\none")
    assert reasons(only(max_duplicate_lines=0.49), doc) == ["lines_repeat"]
    assert reasons(only(max_duplicate_lines=0.5), doc) == []
    assert reasons(only(max_duplicate_paragraphs=0), doc) == []


def test_code_and_table_rows_may_repeat() -> None:
    doc = document(*[text("x = x + 1; x = x + 1; x = x + 1", "code")] * 9, *[text("0 | 0 | 0 | 0", "table_row")] * 9)
    assert reasons(TextRepetition(), doc) == []


def test_scripts_without_spaces_are_judged() -> None:
    assert reasons(TextRepetition(), document("买手机请找我们" * 20)) == ["paragraph_repeats_words"]
    assert reasons(only(max_top_2gram=0.2), document("买手机" * 20)) == ["top_2gram_too_frequent"]
    assert reasons(only(max_duplicate_5gram=0.15), document("ซื้อโทรศัพท์มือถือราคาถูก " * 9)) == ["duplicate_5grams"]
    assert reasons(TextRepetition(), document("今天天气很好\u3002我们去公园散步\u3002晚上回家吃饭看书\u3002")) == []


@pytest.mark.parametrize("odd", ["", " ", "\U0001f642", "\ud800", "ذهبت القطة إلى البيت أمس"])
def test_odd_texts_do_not_repeat(odd: str) -> None:
    assert reasons(TextRepetition(), document(odd)) == []


def test_a_document_without_text_does_not_repeat() -> None:
    assert reasons(TextRepetition(), document()) == reasons(TextRepetition(), document(image(200, 200))) == []


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan])
def test_a_share_outside_its_range_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="max_top_2gram"):
        TextRepetition(max_top_2gram=share)
