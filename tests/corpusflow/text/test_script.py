from __future__ import annotations

import gzip
import itertools
import json
import re
from pathlib import Path

import pytest

from corpusflow.text.script import _RANGES, dominant_script, pattern_of, script_of

ARTICLES = Path(__file__).parents[3] / ".." / "shared" / "data" / "lang" / "udhr.jsonl.gz"


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("words", "Latn"),
        ("œuvre, ﬁn", "Latn"),
        ("слово", "Cyrl"),
        ("λόγος", "Grek"),
        ("كلمة", "Arab"),
        ("מילה", "Hebr"),
        ("शब्द", "Deva"),
        ("คำ", "Thai"),
        ("ពាក្យ", "Khmr"),
        ("词语", "Hani"),
        ("言葉の", "Jpan"),
        ("ﾃｷｽﾄ", "Jpan"),
        ("단어", "Hang"),
        ("ᏣᎳᎩ", "Cher"),
        ("𞤀𞤁", "Adlm"),
        ("𠀀", "Hani"),
    ],
)
def test_a_text_in_one_script_is_wholly_in_it(text: str, script: str) -> None:
    assert dominant_script(text) == (script, 1.0)


@pytest.mark.parametrize("text", ["", "12 345 €", "!?…", "🎉", "\ud83d", "𓀀𓀁"])
def test_a_text_without_a_script_that_is_known_has_none(text: str) -> None:
    assert dominant_script(text) == ("", 0.0)


def test_the_share_is_of_what_has_a_script_and_a_tie_goes_by_the_alphabet() -> None:
    assert dominant_script("abc, да 2026!") == ("Latn", 0.6)
    assert dominant_script("ab да") == dominant_script("да ab") == ("Cyrl", 0.5)


def test_han_counts_as_japanese_beside_a_kana_and_not_beside_hangul() -> None:
    assert dominant_script("東京都民の") == ("Jpan", 1.0)
    assert dominant_script("大韓民國 한") == ("Hani", 0.8)


def test_blocks_do_not_overlap_and_end_where_they_say() -> None:
    assert all(last < first for (_, last, _), (first, _, _) in itertools.pairwise(_RANGES))
    assert [script_of(character) for character in "@AZ[\u1780\u17ff\u1800"] == [
        "", "Latn", "Latn", "", "Khmr", "Khmr", "Mong",
    ]  # fmt: skip


def test_a_pattern_finds_the_characters_of_its_scripts_and_no_others() -> None:
    pattern = re.compile(pattern_of({"Thai", "Adlm"}))
    assert all(pattern.search(text) for text in ("a ค", "𞤀"))
    assert not any(pattern.search(text) for text in ("abc", "слово", "ລ"))


@pytest.mark.skipif(not ARTICLES.is_file(), reason="the articles in 403 languages are not beside the checkout")
def test_the_script_of_every_article_of_the_declaration_of_human_rights_is_told() -> None:
    told_as = {"Hans": "Hani", "Hant": "Hani", "Kore": "Hang"}
    with gzip.open(ARTICLES, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    wrong = [
        row["name"] for row in rows if dominant_script(row["text"])[0] != told_as.get(row["script"], row["script"])
    ]
    assert (len(rows) > 2_000, wrong) == (True, [])
