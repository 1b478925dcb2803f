from __future__ import annotations

import pytest

from corpusflow.decision import Decision
from corpusflow.document import TextSegment
from filters.orphan_headings import OrphanHeadings
from tests.documents import document, image, text


def heading(level: int) -> TextSegment:
    return text(f"Rank {level}", "heading", level)


def orphans(*parts: str | TextSegment, keep_first: bool = False) -> list[int | None]:
    return [decision.segment for decision in OrphanHeadings(keep_first).judge(document(*parts))]


def test_an_orphan_is_told_by_its_place() -> None:
    doc = document("a", heading(2))
    assert list(OrphanHeadings(keep_first=False).judge(doc)) == [Decision("orphan_headings", "orphan_heading", 1)]


@pytest.mark.parametrize(("first", "second", "kept"), [(2, 3, True), (2, 2, False), (3, 2, False)])
def test_a_heading_of_the_same_or_a_higher_rank_leaves_the_one_before_without_text(
    first: int, second: int, kept: bool
) -> None:
    assert orphans(heading(first), heading(second), "a") == ([] if kept else [0])


def test_headings_at_the_end_go_and_those_that_they_leave_alone() -> None:
    assert orphans("a", heading(1), heading(2), heading(3)) == [1, 2, 3]
    assert orphans(heading(2), heading(3), heading(2), "a") == [0, 1]
    assert orphans(heading(1), heading(2), heading(3), "a") == []


def test_an_image_a_table_or_code_stands_under_a_heading() -> None:
    assert orphans(heading(2), text("x", "code"), heading(2), text("a | b", "table_row")) == []
    doc = document(heading(2), image(200, 200))
    assert list(OrphanHeadings(keep_first=False).judge(doc)) == []


def test_the_first_heading_is_the_title_and_stays_unless_asked() -> None:
    assert orphans(heading(1), heading(1), "a", keep_first=True) == []
    assert orphans(heading(1), heading(1), "a") == [0]
    assert orphans("a", heading(1), keep_first=True) == []
    assert orphans() == []
