from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from corpusflow.decision import Decision
from filters.benchmark_texts import BenchmarkTexts
from tests.documents import document

QUESTION = "A train leaves the station at noon and travels sixty miles every hour until night."  # 15 words


def rule(tmp_path: Path, content: str = QUESTION, name: str = "list.txt", **options: Any) -> BenchmarkTexts:
    (tmp_path / name).write_bytes(gzip.compress(content.encode()) if name.endswith(".gz") else content.encode())
    return BenchmarkTexts(str(tmp_path / name), **options)


def words(first: int, last: int) -> str:
    return "Before that. " + " ".join(QUESTION.split()[first:last]) + " and after it."


def test_a_document_with_a_run_of_thirteen_words_goes_and_one_with_twelve_stays(tmp_path: Path) -> None:
    wanted = rule(tmp_path)
    dropped = Decision("benchmark_texts", "document_has_benchmark_text", None, 1, "line 1")
    assert list(wanted.judge(document("other", words(1, 14)))) == [dropped]
    assert list(wanted.judge(document("other", words(1, 13)))) == []
    assert [decision.measured for decision in wanted.judge(document(words(0, 15)))] == [3]


def test_a_text_goes_alone_if_asked_for(tmp_path: Path) -> None:
    wanted = rule(tmp_path, f"something else that is long enough to count here\n{QUESTION}\n", drop="text")
    found = list(wanted.judge(document("other", words(0, 15).upper(), words(2, 14))))
    assert found == [Decision("benchmark_texts", "text_of_benchmark", 1, 3, "line 2")]


def test_a_run_over_two_texts_counts_for_the_document_alone(tmp_path: Path) -> None:
    parts = QUESTION.split()
    doc = document(" ".join(parts[:8]), " ".join(parts[8:]))
    assert len(list(rule(tmp_path).judge(doc))) == 1
    assert list(rule(tmp_path, drop="text").judge(doc)) == []


@pytest.mark.parametrize(("length", "found"), [(8, True), (7, False)])
def test_a_short_entry_counts_from_eight_words(tmp_path: Path, length: int, found: bool) -> None:
    wanted = rule(tmp_path, "\n".join([QUESTION[::-1] * 3, " ".join("abcdefgh"[:length])]))
    assert len(list(wanted.judge(document("x a b c d e f g h y")))) == found


@pytest.mark.parametrize("name", ["list.jsonl", "list.jsonl.gz", "list.txt.gz"])
def test_lists_may_be_json_lines_or_packed(tmp_path: Path, name: str) -> None:
    content = json.dumps({"text": QUESTION}) if "json" in name else QUESTION
    assert len(list(rule(tmp_path, content, name).judge(document(QUESTION)))) == 1


def test_a_document_without_text_is_kept(tmp_path: Path) -> None:
    assert list(rule(tmp_path).judge(document())) == []


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (QUESTION, {"drop": "all"}, "drop is 'all'"),
        (QUESTION, {"words": 5}, "min_words is 8"),
        (QUESTION, {"min_words": 0}, "min_words is 0"),
        ("too short", {}, "list.txt: no entry has 8 words"),
        ("{", {"name": "list.jsonl"}, "list.jsonl:1: '{' is no JSON object"),
    ],
)
def test_options_and_lists_that_make_no_sense_are_refused(
    tmp_path: Path, content: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        rule(tmp_path, content, **options)


def test_a_list_that_is_no_sound_gzip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.gz").write_bytes(gzip.compress(QUESTION.encode())[:-9])
    with pytest.raises(ValueError, match="not sound gzip"):
        BenchmarkTexts(str(tmp_path / "list.gz"))
