from __future__ import annotations

from corpusflow.inspect.funnel import FunnelRow, funnel, to_text
from corpusflow.store.accounting import Account, Accounts

EMPTY = Accounts().to_json()


def summary() -> dict[str, object]:
    documents = Account(came_in=12345, kept=1234)
    documents.dropped["text_length", "document_too_short"] = 11000
    documents.dropped["language", "language_not_wanted"] = 100
    documents.failed["extract", "page_too_deep"] = 11
    images = Account(came_in=8, kept=2, gone_with=6)
    return Accounts(documents, images=images).to_json()


def test_rows_go_from_what_came_in_to_what_was_kept_and_the_most_frequent_reason_is_first() -> None:
    assert funnel(summary())["documents"] == [
        FunnelRow("came in", "", 12345, 1.0),
        FunnelRow("dropped", "text_length/document_too_short", 11000, 11000 / 12345),
        FunnelRow("dropped", "language/language_not_wanted", 100, 100 / 12345),
        FunnelRow("failed", "extract/page_too_deep", 11, 11 / 12345),
        FunnelRow("kept", "", 1234, 1234 / 12345),
    ]


def test_segments_that_went_with_their_document_have_a_row_of_their_own() -> None:
    assert funnel(summary())["images"][1] == FunnelRow("with document", "", 6, 0.75)
    assert [row.kind for row in funnel(summary())["texts"]] == ["came in", "kept"]


def test_the_text_has_aligned_columns_with_separators_and_shares() -> None:
    lines = to_text(summary()).splitlines()
    assert lines[0] == "documents"
    assert lines[1] == "  came in                                        12,345  100.0%"
    assert lines[2] == "  dropped        text_length/document_too_short  11,000   89.1%"
    assert len({len(line) for line in lines if line.startswith("  ")}) == 1


def test_what_is_beside_the_sums_is_told_only_where_there_is_some() -> None:
    assert "unique images" not in to_text(EMPTY)
    whole = EMPTY | {"fetched": {"asked": 1200, "failed": 3}, "noted": {"load/gzip_tail": 2, "load/a": 5}}
    assert to_text(whole).splitlines()[-2:] == [
        "unique images: 1,200 asked for, 3 failed",
        "noted: load/a 5, load/gzip_tail 2",
    ]


def test_an_empty_run_divides_by_nothing() -> None:
    assert funnel(EMPTY)["documents"] == [FunnelRow("came in", "", 0, 0.0), FunnelRow("kept", "", 0, 0.0)]
