from __future__ import annotations

import pytest

from corpusflow.document import Document, TextSegment
from filters.citations import Citations
from tests.documents import document, text

ENTRY = "[3] Smith, J. et al. (2004). A title. Journal of Things 3, 12-15."
PLAIN = "A sentence about the birds of the town."


def reasons(rule: Citations, doc: Document) -> list[tuple[str, int | None]]:
    return [(decision.reason, decision.segment) for decision in rule.judge(doc)]


def heading(words: str, level: int = 2) -> TextSegment:
    return text(words, "heading", level)


def test_entries_go_wherever_they_stand_and_headings_are_none() -> None:
    doc = document(ENTRY, PLAIN, text(ENTRY, "list_item", 1), heading(ENTRY), text(ENTRY, "caption"))
    assert reasons(Citations(), doc) == [("citation_line", 0), ("citation_line", 2)]


@pytest.mark.parametrize(("limit", "kept"), [(12, True), (13, False)])
def test_a_longer_text_is_no_entry(limit: int, kept: bool) -> None:
    assert (reasons(Citations(max_citation_words=limit), document(ENTRY)) == []) == kept


def test_the_references_in_the_last_quarter_go_to_the_next_heading_of_their_rank() -> None:
    doc = document(*[PLAIN] * 15, heading("References"), "Jane: A book.", heading("Books", 3), "B.", heading("Author"))
    assert reasons(Citations(), doc) == [("reference_section", index) for index in (15, 16, 17, 18)]


@pytest.mark.parametrize(("before", "kept"), [(5, True), (6, False)])
def test_references_before_the_last_quarter_stay(before: int, kept: bool) -> None:
    doc = document(*[PLAIN] * before, heading("References"), "Jane: A book.")
    assert (reasons(Citations(), doc) == []) == kept


def test_references_that_stand_last_when_others_are_gone_go_as_well() -> None:
    doc = document(*[PLAIN] * 9, heading("Sources"), "Jane.", heading("References"), "Max.")
    assert sorted(index or 0 for _, index in reasons(Citations(), doc)) == [9, 10, 11, 12]


def test_brackets_at_the_end_go_one_after_the_other() -> None:
    doc = document("(at the start)", PLAIN, "[Via Site]", "(jd)")
    assert reasons(Citations(), doc) == [("trailing_brackets", 3), ("trailing_brackets", 2)]
    assert reasons(Citations(), document(PLAIN, "(one) and (two)")) == []
    assert reasons(Citations(), document(PLAIN, text("(a cat)", "caption"))) == []
    assert reasons(Citations(), document(PLAIN, "\uff08\u65b0\u534e\u793e\uff09")) == [("trailing_brackets", 1)]


def test_each_rule_can_be_switched_off() -> None:
    doc = document(PLAIN, PLAIN, PLAIN, PLAIN, ENTRY, heading("References"), "(a)")
    assert reasons(Citations(None, None, False), doc) == []
    assert reasons(Citations(), document()) == []


@pytest.mark.parametrize("options", [{"references_from": 1.5}, {"max_citation_words": -1}])
def test_options_that_make_no_sense_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Citations(**options)  # type: ignore[arg-type]
