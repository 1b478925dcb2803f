from __future__ import annotations

import pytest

from corpusflow.text.measures import words


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("   \n\t ", 0),
        ("one", 1),
        ("one two\nthree", 3),
        ("don't stop: half-way there", 4),
        ("3.5 kg, 12 %", 3),
        ("— * | -> …", 0),
        ("(one) “two” ¿tres?", 3),
        ("🙂 👍🏽", 0),
        ("très bien élevé", 3),
        ("ذهبت القطة إلى البيت", 4),
        ("나는 학교에 간다", 3),
    ],
)
def test_a_word_between_spaces_has_a_letter_or_a_digit(text: str, count: int) -> None:
    assert words(text) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("猫", 1),
        ("今天", 1),
        ("今天很", 2),
        ("今天天气很好。", 3),
        ("カタカナ・ひらがな", 4),
        ("𠮷野", 1),
    ],
)
def test_two_characters_of_chinese_or_japanese_are_one_word(text: str, count: int) -> None:
    assert words(text) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("ก", 1),
        ("กขคง", 1),
        ("กขคงจ", 2),
        ("กี่กี่", 1),  # two letters, each with a vowel sign and a tone mark
        ("ກຂຄງ", 1),
        ("កខគឃង", 2),
        ("ကခဂဃ", 1),
    ],
)
def test_four_letters_of_thai_lao_khmer_or_burmese_are_one_word(text: str, count: int) -> None:
    assert words(text) == count


def test_words_of_both_kinds_in_one_text_add_up() -> None:
    assert words("Python 是一种语言 (2026)") == 2 + 3


def test_a_name_glued_to_han_characters_is_a_word_of_its_own() -> None:
    assert words("用Python写") == 2
