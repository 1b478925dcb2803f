from __future__ import annotations

import re
from pathlib import Path

import pytest

import corpusflow.text.flagged_words as module
from corpusflow.text.flagged_words import flagged_words, languages_with_list


def test_words_are_found_in_either_case_and_as_often_as_they_stand() -> None:
    assert flagged_words("PORN, porn! And a Pornographic-free text", "en") == ["porn", "porn"]
    assert flagged_words("Das ist Scheiße, sagt der Arschloch-Lehrer", "de") == ["scheisse"]
    assert flagged_words("", "en") == []


@pytest.mark.parametrize(
    "text", ["The cock crows in Scunthorpe and Essex.", "breast cancer screening, sex education", "a shiitake"]
)
def test_innocent_words_are_none(text: str) -> None:
    assert flagged_words(text, "en") == []


def test_in_scripts_without_spaces_words_are_found_within_the_text() -> None:
    assert flagged_words("这个成人视频网站和porn", "zh") == ["porn", "成人视频"]
    assert flagged_words("これは無修正の動画です", "ja") == ["無修正"]


def test_words_of_english_count_in_every_language_and_others_only_in_theirs() -> None:
    assert flagged_words("free porn", "fr") == ["porn"]
    assert flagged_words("merde", "en") == []


def test_a_language_without_a_list_is_known_as_such() -> None:
    assert "en" in languages_with_list()
    assert len(languages_with_list()) >= 10
    assert "xx" not in languages_with_list()
    with pytest.raises(KeyError):
        flagged_words("porn", "xx")


def test_every_word_of_the_lists_can_be_found() -> None:
    text = Path(module.__file__).with_suffix(".txt").read_text(encoding="utf-8")
    for section in re.split(r"^\[", text, flags=re.MULTILINE)[1:]:
        language, _, words = section.partition("]")
        for word in words.split():
            assert flagged_words(f"a {word}.", language), (language, word)
