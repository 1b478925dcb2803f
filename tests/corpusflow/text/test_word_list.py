from __future__ import annotations

import random
import re

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


def test_entries_that_begin_alike_are_told_apart_up_to_the_end_of_the_text() -> None:
    finder = parse_phrase_finder(["坏", "坏人", "坏人们好", "人", "们坏", "水山"])
    # What is over another entry is not found besides; each begins where the one before it ends.
    assert finder.found_in("坏人们坏人们好坏水坏人坏") == ["坏人", "们坏", "人", "坏", "坏人", "坏"]
    assert finder.found_in("水") == finder.found_in("山水") == finder.found_in("") == []


def test_inside_a_text_the_same_is_found_as_by_trying_every_entry_everywhere() -> None:
    chosen = random.Random(7)

    def made(least: int, most: int) -> str:
        return "".join(chosen.choices("坏人大山", k=chosen.randint(least, most)))

    for _ in range(300):
        entries, text = [made(1, 5) for _ in range(chosen.randint(1, 12))], made(0, 40)
        tried = re.compile("|".join(sorted(entries, key=len, reverse=True)))
        assert parse_phrase_finder(entries).found_in(text) == tried.findall(text), (entries, text)


def test_an_entry_is_found_beside_a_line_and_within_other_signs() -> None:
    finder = parse_phrase_finder(["well-made", "two words", "bad"])
    assert finder.found_in("_bad_, well-made: two / words") == ["bad", "well-made", "two words"]
    assert finder.found_in("_bad_") == ["bad"]
    assert finder.found_in("well-made") == ["well-made"]
    assert finder.found_in("well made words") == finder.found_in("badly") == []


def test_an_entry_of_signs_is_never_found() -> None:
    assert parse_phrase_finder(["!!", "a"]).found_in("a !!") == ["a"]
