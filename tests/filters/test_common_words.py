from __future__ import annotations

from pathlib import Path

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document
from filters.common_words import CommonWords
from tests.documents import document, language, text


@pytest.fixture
def path(tmp_path: Path) -> str:
    file = tmp_path / "words.txt"
    file.write_text("# common\nThe\nbirds\nsing\n天气\n", encoding="utf-8")
    return str(file)


def english(*parts: str, code: str = "en") -> Document:
    return document(*parts, scores=[language(code)])


@pytest.mark.parametrize(("limit", "kept"), [(0.75, True), (0.76, False)])
def test_a_paragraph_at_the_share_is_kept(path: str, limit: float, kept: bool) -> None:
    rule = CommonWords(path, ("en",), min_paragraph_share=limit, min_share=None)
    decision = Decision("common_words", "paragraph_of_uncommon_words", 0, 0.75, limit)
    assert list(rule.judge(english("The birds sing, xqz!"))) == ([] if kept else [decision])


@pytest.mark.parametrize(("limit", "kept"), [(0.8, True), (0.81, False)])
def test_a_document_is_judged_without_its_dropped_paragraphs(path: str, limit: float, kept: bool) -> None:
    rule = CommonWords(path, ("en",), min_paragraph_share=0.5, min_share=limit)
    reasons = [decision.reason for decision in rule.judge(english("The birds", "sing the xqz", "xqz xqz"))]
    assert reasons == ["paragraph_of_uncommon_words"] + ([] if kept else ["uncommon_words"])


def test_numbers_code_and_tables_do_not_count(path: str) -> None:
    doc = document("The birds 1984 sing.", text("xqz", "code"), text("xqz", "table_row"), scores=[language("en")])
    assert list(CommonWords(path, ("en",)).judge(doc)) == []
    assert list(CommonWords(path, ("en",)).judge(english("1984", "..."))) == []


def test_only_the_languages_of_the_list_are_judged(path: str) -> None:
    rule = CommonWords(path, ("en", "zh"))
    assert list(rule.judge(english("xqz", code="de"))) == []
    assert list(rule.judge(document("xqz"))) == []
    assert list(rule.judge(english("天气", code="zh"))) == []
    assert len(list(rule.judge(english("天文", code="zh")))) == 1


def test_a_list_that_cannot_be_read_or_is_empty_is_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        CommonWords(str(tmp_path / "none.txt"), ("en",))
    (tmp_path / "empty.txt").write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no words"):
        CommonWords(str(tmp_path / "empty.txt"), ("en",))
    with pytest.raises(ValueError, match="languages"):
        CommonWords(path, ())
    with pytest.raises(ValueError, match="min_share"):
        CommonWords(path, ("en",), min_share=2)
