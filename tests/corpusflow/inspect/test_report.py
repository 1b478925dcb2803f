from __future__ import annotations

import base64
import dataclasses
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from corpusflow.decision import Failure, failure_row, ledger_schema
from corpusflow.document import TextSegment
from corpusflow.inspect.ledger import reason_groups
from corpusflow.inspect.reduced import MAX_PARTS, MAX_PICTURES, reduced
from corpusflow.inspect.report import stage_times, write_report
from corpusflow.inspect.samples import read_documents
from corpusflow.inspect.view import Part
from corpusflow.store.paths import LocalStore
from tests.corpusflow.inspect.runs import ARABIC, HERON, add_cleaning, finished_run, ledger
from tests.corpusflow.inspect.test_page import outside


def report_of(store: LocalStore) -> LexborHTMLParser:
    write_report(store)
    return LexborHTMLParser(store.read("report.html").decode())


def tables(page: LexborHTMLParser) -> dict[str, list[list[str]]]:
    """The rows of the table under each heading."""
    found = {}
    for heading in page.css("main > h2"):
        node = heading.next
        while node is not None and node.tag != "div":
            node = node.next
        if node is not None:
            cells = [[cell.text(strip=True) for cell in row.css("td")] for row in node.css("tr")]
            found[heading.text()] = [row for row in cells if row]
    return found


def test_the_report_tells_what_became_of_the_input(tmp_path: Path) -> None:
    found = tables(report_of(finished_run(tmp_path)))
    assert [row[:4] for row in found["Documents"]] == [
        ["came in", "", "6", "100.0%"],
        ["dropped", "document_shape/no_images", "1", "16.7%"],
        ["dropped", "text_length/document_too_short", "1", "16.7%"],
        ["failed", "extract/page_too_deep", "1", "16.7%"],
        ["kept", "", "3", "50.0%"],
    ]
    assert [row[:4] for row in found["Languages"]] == [["en", "", "2", "66.7%"], ["ar", "", "1", "33.3%"]]
    assert [row[:3] for row in found["Shards"]] == [
        ["shards/train-000000.tar", "3", found["Shards"][0][2]],
    ]


def test_the_report_shows_failures_with_examples(tmp_path: Path) -> None:
    failures = tables(report_of(finished_run(tmp_path)))["Failures"]
    assert ["fetch/http_status", "image", "1", "https://dead.example/gone.jpg404"] in failures
    assert ["extract/page_too_deep", "document", "1", "https://site.example/broken2,001 levels"] in failures
    assert len(failures) == 2


def test_a_failure_names_its_record_once(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    what = "a.warc at 3058"
    rows = [failure_row(Failure("load", "record_broken", f"{what}: cut short", what), block="a").to_json()]
    table = pa.Table.from_pylist(rows, schema=ledger_schema())
    with store.create("ledger/ledger.parquet") as file:
        pq.write_table(table, file)
    store.publish("ledger/ledger.parquet")
    assert tables(report_of(store))["Failures"] == [["load/record_broken", "record", "1", f"{what}cut short"]]


def test_the_report_shows_what_was_dropped_with_figures(tmp_path: Path) -> None:
    dropped = tables(report_of(finished_run(tmp_path)))["Dropped"]
    assert dropped[0] == [
        "image_size/image_too_small",
        "image",
        "2",
        "measured 16, limit 150 ·https://site.example/icon.pngmeasured 1, limit 150 ·https://site.example/dot.gif",
    ]


def test_the_report_needs_nothing_from_outside_and_shows_pictures_of_at_most_480_pixels(tmp_path: Path) -> None:
    page = report_of(finished_run(tmp_path))
    assert outside(page) == []
    sizes = set()
    for node in page.css("img"):
        data = base64.b64decode((node.attributes["src"] or "").removeprefix("data:image/jpeg;base64,"))
        with Image.open(io.BytesIO(data)) as image:
            sizes.add(image.size)
    assert sizes == {(320, 200), (200, 200), (480, 240)}


def test_the_report_of_an_empty_run_is_written(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    manifest = json.loads(store.read("manifest.json"))
    store.write("manifest.json", json.dumps(manifest | {"samples": 0, "shards": []}).encode())
    found = tables(report_of(store))
    assert "Languages" not in found
    assert found["Shards"] == []


def test_a_damaged_picture_leaves_its_place_empty(tmp_path: Path) -> None:
    (view,) = read_documents(finished_run(tmp_path), [HERON.id])
    broken = dataclasses.replace(view, pictures=dict.fromkeys(view.pictures, b"no picture"))
    assert reduced(broken).pictures == {}
    assert len(reduced(broken).parts) == len(view.parts)


def test_a_long_document_is_cut_and_says_so(tmp_path: Path) -> None:
    (view,) = read_documents(finished_run(tmp_path), [ARABIC.id])
    texts = tuple(Part(TextSegment(index, "long " * 10_000)) for index in range(MAX_PARTS + 1))
    pictures = view.parts[1:] * (MAX_PICTURES + 1)
    assert reduced(dataclasses.replace(view, parts=texts[:-1])).hidden == 0
    short = reduced(dataclasses.replace(view, parts=texts))
    assert (len(short.parts), short.hidden) == (MAX_PARTS, 1)
    assert max(len(part.segment.text) for part in short.parts if isinstance(part.segment, TextSegment)) == 1500
    assert len(reduced(dataclasses.replace(view, parts=pictures)).pictures) == 1


def test_the_seconds_of_a_stage_are_summed_over_its_blocks(tmp_path: Path) -> None:
    times = {time.name: time for time in stage_times(finished_run(tmp_path, shards=2))}
    assert list(times) == ["extract", "judge", "shard"]
    assert (times["extract"].seconds, times["extract"].share) == (2.5, 1.0)
    assert (times["shard"].blocks, times["shard"].seconds, times["shard"].share) == (2, 0.5, 0.2)


def test_the_report_tells_what_cleaning_changed_where_it_changed_something(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    assert "Changed in texts" not in tables(report_of(store))
    add_cleaning(store, [], masked_email=1200, cleaned_urls=3, items=5)
    assert tables(report_of(store))["Changed in texts"] == [["cleaned/urls", "3"], ["masked/email", "1,200"]]


@pytest.mark.parametrize("batch", [1, 4, 1000])
def test_reasons_are_counted_and_their_examples_are_about_different_things(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr("corpusflow.inspect.ledger.BATCH", batch)
    urls = ["https://a.example"] * 3 + [f"https://{number}.example" for number in range(9)]
    rows = [failure_row(Failure("fetch", "timeout", "", url), block="b", unit="image") for url in urls]
    store = finished_run(tmp_path)
    everything = [row.to_json() for row in [*ledger(), *rows]]
    pq.write_table(pa.Table.from_pylist(everything, ledger_schema()), store.path("ledger/ledger.parquet"))
    first = reason_groups(store, 5)[0]
    assert (first.name, first.unit, first.count) == ("fetch/timeout", "image", 12)
    assert [row.what for row in first.examples] == ["https://a.example", *(f"https://{n}.example" for n in range(4))]
