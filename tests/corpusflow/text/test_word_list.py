from __future__ import annotations

import pytest

from corpusflow.text.word_list import parse_phrase_finder, parse_word_list


def test_a_list_has_an_entry_a_line_in_lower_case() -> None:
    assert parse_word_list(["# a comment", "One", " two words ", "", "one"]) == {"one", "two words"}


def test_a_list_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="no words"):
        parse_word_list(["# nothing"])


def test_words_and_phrases_are_found_whole_and_as_often_as_they_stand() -> None:
    finder = parse_phrase_finder(["bad", "very bad thing", "don't"])
    assert finder.found_in("Bad, badly: a very  bad\nthing. Don't!") == ["bad", "bad", "don't", "very bad thing"]


def test_in_scripts_without_spaces_entries_are_found_inside_the_text_the_longest_first() -> None:
    assert parse_phrase_finder(["坏", "坏人"]).found_in("他是坏人不坏") == ["坏人", "坏"]


def test_an_entry_is_found_beside_a_line_and_within_other_signs() -> None:
    finder = parse_phrase_finder(["well-made", "two words", "bad"])
    assert finder.found_in("_bad_, well-made: two / words") == ["bad", "well-made", "two words"]
    assert finder.found_in("_bad_") == ["bad"]
    assert finder.found_in("well-made") == ["well-made"]
    assert finder.found_in("well made words") == finder.found_in("badly") == []


def test_an_entry_of_signs_is_never_found() -> None:
    assert parse_phrase_finder(["!!", "a"]).found_in("a !!") == ["a"]
