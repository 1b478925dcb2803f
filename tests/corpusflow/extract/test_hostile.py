"""Pages that no one writes: whatever comes, a document that can be written or an ExtractError, in bounded time."""

from __future__ import annotations

import contextlib
import json
import statistics
import time
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.extract_score import DATA
from benchmarks.fuzz_extract import URL, oddities
from benchmarks.hostile_pages import SHAPES, odd_page, well_formed
from corpusflow.errors import ExtractError
from corpusflow.extract.html import extract_document

CHARSETS = DATA / "charset"
TREES = DATA / "html5lib" / "tree-construction"

SIZE = 200_000  # bytes
# How much longer than a well-formed page of the same size a page may take. What is linear stays below 15 (a tag every
# three bytes); what the parser takes in square time goes beyond 50 at this size.
MAX_RATIO = 40


def read(page: bytes) -> None:
    """Extracts twice; fails on any exception but ExtractError and on what no document may have."""
    try:
        document = extract_document(page, URL)
    except ExtractError:
        return
    assert oddities(document) == []
    assert extract_document(page, URL) == document


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 30))
def test_any_soup_of_tags_gives_a_document_that_can_be_written(choose: Random, pieces: int) -> None:
    read(odd_page(choose, pieces))


@pytest.mark.parametrize("seed", range(200))
def test_long_soups_give_documents_that_can_be_written(seed: int) -> None:
    read(odd_page(Random(seed), 300))


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("size", [1, 1_000, 20_000])
def test_hostile_shapes_give_documents_that_can_be_written(name: str, size: int) -> None:
    read(SHAPES[name](size))


def seconds(page: bytes) -> float:
    """CPU time to read a page."""
    start = time.process_time()
    with contextlib.suppress(ExtractError):
        extract_document(page, URL)
    return time.process_time() - start


@pytest.fixture(scope="module")
def usual() -> float:
    page = well_formed(SIZE)
    return statistics.median(seconds(page) for _ in range(5))


@pytest.mark.parametrize("name", SHAPES)
def test_no_shape_takes_many_times_what_a_well_formed_page_takes(name: str, usual: float) -> None:
    page = SHAPES[name](SIZE)
    ratio = seconds(page) / usual
    if ratio > MAX_RATIO:  # or something else took the machine's time
        ratio = min(ratio, seconds(page) / usual)
    assert ratio <= MAX_RATIO, f"{name}: {ratio:.0f} times as long as a well-formed page of {SIZE / 1000:.0f} kB"


def trees() -> Iterator[tuple[str, bytes]]:
    """(file and line, input) of every test of the trees that browsers build."""
    for path in sorted(TREES.rglob("*.dat")):
        lines = path.read_bytes().split(b"\n")
        start = None
        for number, told in enumerate(lines):
            if told == b"#data":
                start = number + 1
            elif told == b"#errors" and start is not None:
                yield f"{path.name}:{start}", b"\n".join(lines[start:number])
                start = None


@pytest.mark.skipif(not TREES.is_dir(), reason=f"the malformed pages are not in {TREES}")
def test_malformed_pages_give_documents_that_can_be_written() -> None:
    inputs = dict(trees())
    assert len(inputs) > 500
    for place, page in inputs.items():
        try:
            read(page)
        except Exception as error:
            error.add_note(place)
            raise


@pytest.mark.skipif(not CHARSETS.is_dir(), reason=f"the charset collection is not in {CHARSETS}")
@pytest.mark.parametrize("header", [None, "text/html; charset=utf-8", "text/html; charset=utf-16", "charset=shift_jis"])
def test_pages_of_any_encoding_give_documents_that_can_be_written(header: str | None) -> None:
    files = json.loads((CHARSETS / "manifest.json").read_text("utf-8"))["files"]
    assert len(files) > 200
    for entry in files:
        try:
            document = extract_document((CHARSETS / entry["file"]).read_bytes(), URL, header)
        except ExtractError:
            continue
        assert oddities(document) == [], entry["file"]
