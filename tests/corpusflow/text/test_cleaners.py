"""What each kind of cleaning changes, and what it lets stand."""

# ruff: noqa: RUF001 (marks of other scripts look like those of ours)

from __future__ import annotations

import pytest

from corpusflow.text.broken_lines import Broken, joined
from corpusflow.text.placeholders import without_placeholders
from corpusflow.text.removal import without
from corpusflow.text.repeated_marks import without_runs
from corpusflow.text.unfinished import trimmed
from corpusflow.text.urls import url_spans, without_urls


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("a XX b", "a b"),
        ("a XX, b", "a, b"),
        ("a\nXX\nb", "a\nb"),
        ("a XX\nb", "a\nb"),
        ("aXXb", "ab"),
        ("XX a XX", "a"),
        ("XX", ""),
        ("a XX XX b", "a b"),
    ],
)
def test_a_gap_is_closed(words: str, left: str) -> None:
    spans = [(at, at + 2) for at in range(len(words)) if words[at : at + 2] == "XX"]
    assert without(words, spans) == left


@pytest.mark.parametrize(
    ("words", "url"),
    [
        ("see https://a.example/b?c=d#e.", "https://a.example/b?c=d#e"),
        ("(see http://a.example)", "http://a.example"),
        ("https://a.example/Foo_(bar), and", "https://a.example/Foo_(bar)"),
        ("WWW.a.example/b!", "WWW.a.example/b"),
        ("访问https://a.example/b了解更多", "https://a.example/b"),
        ("https://a.example/Москва и", "https://a.example/Москва"),
        ("“ftp://a.example”", "ftp://a.example"),
        ("https://a.example 주소", "https://a.example"),
        ("<https://a.example>", "https://a.example"),
    ],
)
def test_a_url_ends_where_a_reader_ends_it(words: str, url: str) -> None:
    assert [words[start:end] for start, end in url_spans(words)] == [url]


@pytest.mark.parametrize(
    "words", ["a.example", "Node.js", "www", "www. and", "xhttps://", "http:// is a scheme", "a://b"]
)
def test_names_with_a_dot_are_no_urls(words: str) -> None:
    assert without_urls(words) == (words, 0)


def test_urls_go_with_the_brackets_that_hold_them() -> None:
    assert without_urls("A (https://a.example) b <www.a.example>, c（https://a.example）。") == ("A b, c。", 3)
    assert without_urls("(see https://a.example)") == ("(see)", 1)


@pytest.mark.parametrize(
    ("words", "left", "count"),
    [
        ("!!!", "!!!", 0),
        ("!!!!", "!", 1),
        ("wait...", "wait...", 0),
        ("Chapter 1 .......... 5", "Chapter 1 ... 5", 1),
        (". . . .", "...", 1),
        (". . .", ". . .", 0),
        ("life. ...Maybe", "life. ...Maybe", 0),
        ("a ----- b _____ c", "a - b _ c", 2),
        ("好！！！！！", "好！", 1),
        ("等。。。。。。", "等。。。", 1),
        ("★★★★★", "★★★★★", 0),
        ("aaaa 1111 $$$$", "aaaa 1111 $$$$", 0),
        ("https://a.example/b-----c!!!!", "https://a.example/b-----c!", 1),
        ("https://a.example -----", "https://a.example -", 1),
        ("- - - -", "-", 1),
    ],
)
def test_runs_of_four_marks_are_collapsed(words: str, left: str, count: int) -> None:
    assert without_runs(words) == (left, count)


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("Look [Video] here", "Look here"),
        ("[video]", ""),
        ("看【视频】吧", "看吧"),
        ("Text. [ANZEIGE]", "Text."),
        ("[ Vidéo ]\nText", "Text"),
    ],
)
def test_placeholders_go_in_any_language(words: str, left: str) -> None:
    assert without_placeholders(words) == (left, 1)


@pytest.mark.parametrize(
    "words", ["[EMAIL]", "[Music]", "[Player]", "[videos of 1990]", "[Video](a.mp4)", "Video", "[1]"]
)
def test_other_brackets_stay(words: str) -> None:
    assert without_placeholders(words) == (words, 0)


@pytest.mark.parametrize(
    ("broken", "words", "left"),
    [
        ("any", "It was\nA day", "It was A day"),
        ("mid_sentence", "It was\nA day", "It was\nA day"),
        ("mid_sentence", "It was\na day", "It was a day"),
        ("any", "It was.\nA day", "It was.\nA day"),
        ("mid_sentence", "It was.\nand so", "It was.\nand so"),
        ("mid_sentence", "It was\nhttps://a.example", "It was\nhttps://a.example"),
        ("any", "今天\n很好", "今天很好"),
        ("mid_sentence", "今天\n很好", "今天\n很好"),
        ("any", "今天。\n很好", "今天。\n很好"),
        ("any", "वह आया।\nफिर", "वह आया।\nफिर"),
        ("any", "वह\nआया", "वह आया"),
        ("any", "well-\nknown", "well-known"),
        ("any", "it -\nalso", "it - also"),
        ("any", "a\n\nb", "a\n\nb"),
        ("any", "a\nb\nc", "a b c"),
    ],
)
def test_a_line_that_was_broken_is_joined(broken: Broken, words: str, left: str) -> None:
    assert joined(words, broken) == (left, words.count("\n") - left.count("\n"))


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("It rained all day. Then the sun...", "It rained all day."),
        ("It rained all day. Then the sun", "It rained all day."),
        ("It rained. Then it", "It rained."),
        ("下雨了。然后太阳", "下雨了。"),
        ("昨天下雨了。然后……", "昨天下雨了。"),
        ("बारिश हुई। फिर सूरज", "बारिश हुई।"),
        ("بارش ہوئی۔ پھر سورج", "بارش ہوئی۔"),
        ("ما هذا؟ ثم جاء", "ما هذا؟"),
        ('He said "No." Then', 'He said "No."'),
    ],
)
def test_an_unfinished_last_sentence_goes(words: str, left: str) -> None:
    assert trimmed(words) == (left, 1)


@pytest.mark.parametrize(
    "words",
    [
        "It rained. Then the sun came.",
        "Then the sun",
        "Then the sun...",
        "It rained. You will need:",
        "ฝนตก. แล้วแดดออก",
        "First line\nsecond line",
        "Mr. Smith",
        "It rained. Then the sun",
        "It rained all day. (Photo: a friend)",
        "下雨了。然后出太阳了。",
        "",
    ],
)
def test_a_whole_one_or_the_only_one_stays(words: str) -> None:
    assert trimmed(words) == (words, 0)
