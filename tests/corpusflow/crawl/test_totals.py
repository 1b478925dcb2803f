"""What a crawl got in all."""

from __future__ import annotations

import json
from typing import Any

from corpusflow.crawl.totals import Totals, may_be_had, nothing_fetched, to_text


def row(kind: str, outcome: str, reason: str = "", size: int = 0) -> dict[str, Any]:
    url = f"http://site.example/{kind}"
    return {"kind": kind, "outcome": outcome, "reason": reason, "message": "why", "bytes": size, "url": url}


ROWS = [
    row("page", "stored", size=1000),
    row("image", "stored", size=2000),
    row("page", "refused", "robots_disallowed"),
    row("page", "failed", "http_404"),
    row("image", "failed", "http_404"),
    row("page", "not_html", size=7),
]


def test_the_rows_of_all_rounds_are_summed() -> None:
    totals = Totals()
    totals.add(ROWS)
    totals.add(ROWS[:1])
    assert (totals.rounds, totals.asked, totals.pages, totals.images, totals.stored_bytes) == (2, 7, 2, 1, 4000)
    assert json.loads(json.dumps(totals.to_json()))["failed"] == {"http_404": 2}


def test_the_summary_tells_what_was_got_and_what_not() -> None:
    totals = Totals()
    totals.add(ROWS)
    totals.not_queued["out_of_scope"] = 1234
    text = to_text(totals.to_json(), "/somewhere/out")
    for line in (
        "pages     1",
        "images    1",
        "bytes     3,000",
        "refused   robots_disallowed 1",
        "failed    http_404 2",
        "not kept  not_html 1",
        "not asked out_of_scope 1,234",
        "  - kind: warc",
        "    path: /somewhere/out/warc",
    ):
        assert line in text.splitlines()


def test_what_may_be_had_later_is_told() -> None:
    totals = Totals()
    totals.add(ROWS)
    assert may_be_had(totals.to_json()) == 0
    assert "--retry-failed" not in to_text(totals.to_json(), "out")
    totals.add([row("image", "failed", "timeout"), row("page", "refused", "robots_unreadable")])
    assert may_be_had(totals.to_json()) == 2
    assert "2 of them may be had later: --retry-failed" in to_text(totals.to_json(), "out")


def test_a_crawl_without_a_page_says_why() -> None:
    totals = Totals()
    totals.add(ROWS[2:4])
    told = nothing_fetched(totals)
    assert "of 2 URLs no page could be stored (http_404 1, robots_disallowed 1)" in told
    assert told.endswith("the first: http://site.example/page: robots_disallowed: why")
    empty = Totals()
    empty.not_queued["out_of_scope"] = 2
    assert nothing_fetched(empty) == "there was no URL to ask for; not asked for: out_of_scope 2"
