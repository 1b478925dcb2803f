from __future__ import annotations

from pathlib import Path

import pytest

from corpusflow.document import Document, Metadata, Score
from corpusflow.errors import SourceChangedError
from corpusflow.recipe import Extract
from corpusflow.store.block import Block, Stage
from corpusflow.store.paths import LocalStore
from tests.transforms.blocks import after, ledger, loaded_blocks, outcome, run_on_beam, small_recipe, table
from tests.transforms.scorers import WordCount
from tests.web import HOST, captures, page, write_warc
from transforms.extract import ExtractDocuments, ExtractSettings, extract_block, extract_stage
from transforms.load import page_ids


def extracting(store: LocalStore, **limits: int) -> Stage[ExtractSettings]:
    settings = ExtractSettings(Extract(**limits), WordCount(), store)
    return Stage("extract", 1, None, settings, extract_block, store, reads=())


def pages(store: LocalStore, path: Path, *bodies: bytes, **headers: str) -> Block:
    """The one document block of an archive of these pages."""
    items = [(f"{HOST}/{number}.html", body) for number, body in enumerate(bodies)]
    write_warc(path, items, {name.replace("_", "-"): value for name, value in headers.items()})
    (block,) = loaded_blocks(small_recipe({"kind": "warc", "path": str(path)}, load={"block_pages": 10}), store)
    return block


def test_a_page_becomes_a_document_with_its_place_and_its_language(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "out"))
    block = pages(store, tmp_path / "a.warc.gz", page("Title", "two words", "/p.jpg", "now three words"))
    done = after(extracting(store), block)
    (made,) = (Document.from_json(row) for row in table(store, done))
    assert [made.id] == list(page_ids(block, store))
    assert (made.url, made.metadata) == (f"{HOST}/0.html", Metadata("Title", "en"))
    assert (made.provenance.source, made.provenance.fetched_at) == ("a.warc.gz", "2026-01-02T03:04:05Z")
    assert [segment.text for segment in made.texts] == ["Title", "two words", "now three words"]
    assert [(image.index, image.url) for image in made.images] == [(2, f"{HOST}/p.jpg")]
    assert made.scores == (Score("language/word-count-1", 0.006, label="en"),)
    assert done.latest.counts == {"items": 1}


def test_a_long_paragraph_has_a_language_of_its_own(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "out"))
    block = pages(store, tmp_path / "a.warc.gz", page("Title", "b" * 60, "b" * 59))
    (row,) = table(store, after(extracting(store), block))
    assert [(score["segment"], score["label"]) for score in row["scores"]] == [(None, "en"), (1, "en")]
    (row,) = table(store, after(extracting(store, segment_letters=0), block))
    assert [score["segment"] for score in row["scores"]] == [None]


def test_a_language_that_no_detector_knows_is_told_by_its_script(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "out"))
    block = pages(store, tmp_path / "a.warc.gz", page("ꆈꌠꁱꂷ", "ꊿꂷꃅꄿꐨꐥ"))
    (row,) = table(store, after(extract_stage(small_recipe(), store), block))
    assert [(score["name"], score["label"]) for score in row["scores"]] == [("language/script-1", "ii")]


def test_pages_come_out_in_their_order_and_those_that_cannot_be_read_as_failures(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "out"))
    block = pages(store, tmp_path / "a.warc.gz", page("A", "a"), b"", page("C", "c"), bytes(range(256)) * 8)
    done = after(extracting(store), block)
    assert [row["metadata"]["title"] for row in table(store, done)] == ["A", "C"]
    ids = list(page_ids(block, store))
    assert [
        (row["unit"], row["document"], row["reason"], row["failed"], row["what"]) for row in ledger(store, done)
    ] == [
        ("document", ids[1], "empty_body", True, f"{HOST}/1.html"),
        ("document", ids[3], "not_text", True, f"{HOST}/3.html"),
    ]
    assert done.latest.counts == {
        "items": 4,
        "failed/document/extract/empty_body": 1,
        "failed/document/extract/not_text": 1,
    }


def test_a_header_that_lies_is_noted_and_the_page_is_kept(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "out"))
    done = after(extracting(store), pages(store, tmp_path / "a.warc.gz", page("A", "a"), Content_Length="3"))
    assert [row["metadata"]["title"] for row in table(store, done)] == ["A"]
    (row,) = ledger(store, done)
    assert (row["reason"], row["failed"], row["lost"]) == ("content_length_wrong", True, False)
    assert row["document"] == table(store, done)[0]["id"]


def test_consent_signals_of_the_response_headers_are_kept_with_those_of_the_page(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "out"))
    body = b"<meta name=robots content=noarchive><p>text"
    block = pages(store, tmp_path / "a.warc.gz", body, X_Robots_Tag="noai, noindex", TDM_Reservation="1")
    (row,) = table(store, after(extracting(store), block))
    assert row["metadata"]["robots"] == ["noai", "noarchive", "noindex"]
    assert row["metadata"]["tdm_reservation"] == "1"


@pytest.mark.parametrize(("below", "made"), [(0, 1), (1, 0)])
def test_a_page_at_the_limit_of_bytes_is_read_and_one_over_it_is_not(tmp_path: Path, below: int, made: int) -> None:
    store = LocalStore(str(tmp_path / "out"))
    body = page("A", "some words")
    block = pages(store, tmp_path / "a.warc.gz", body)
    done = after(extracting(store, max_page_bytes=len(body) - below), block)
    assert len(table(store, done)) == made
    assert [row["reason"] for row in ledger(store, done)] == ["body_too_large"] * below


@pytest.mark.parametrize(("max_depth", "made"), [(5, 1), (4, 0)])
def test_a_page_at_the_limit_of_depth_is_read_and_one_over_it_is_not(tmp_path: Path, max_depth: int, made: int) -> None:
    store = LocalStore(str(tmp_path / "out"))
    block = pages(store, tmp_path / "a.warc.gz", b"<html><body><div><div><p>five deep")
    done = after(extracting(store, max_depth=max_depth), block)
    assert len(table(store, done)) == made
    assert [row["reason"] for row in ledger(store, done)] == ["nested_too_deep"] * (1 - made)


@pytest.mark.parametrize(("limit", "code"), [("max_texts", "too_many_texts"), ("max_images", "too_many_images")])
@pytest.mark.parametrize(("below", "made"), [(0, 1), (1, 0)])
def test_a_page_at_a_limit_of_segments_is_read_and_one_over_it_is_not(
    tmp_path: Path, limit: str, code: str, below: int, made: int
) -> None:
    store = LocalStore(str(tmp_path / "out"))
    block = pages(store, tmp_path / "a.warc.gz", page("A", "b", "c", "/1.jpg", "/2.jpg", "/3.jpg"))
    done = after(extracting(store, **{limit: 3 - below}), block)
    assert len(table(store, done)) == made
    assert [row["reason"] for row in ledger(store, done)] == [code] * below


def test_a_block_with_the_same_pages_is_committed_whatever_else_load_wrote(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "out"))
    stage = extract_stage(small_recipe(), store)
    path = tmp_path / "a.warc.gz"
    block = pages(store, path, page("A", "a"))
    stage.run(block)
    (tmp_path / "elsewhere").mkdir()
    path = path.rename(tmp_path / "elsewhere" / path.name)
    (moved,) = loaded_blocks(small_recipe({"kind": "warc", "path": str(path)}), store)
    assert moved.inputs[0].digest != block.inputs[0].digest
    assert stage.committed(moved)
    assert not stage.committed(pages(store, path, page("A", "b")))


def test_an_archive_that_is_gone_stops_the_block_since_it_may_come_back(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "out"))
    block = pages(store, tmp_path / "a.warc.gz", page("A", "a"))
    (tmp_path / "a.warc.gz").unlink()
    with pytest.raises(SourceChangedError, match=r"a.warc.gz is gone since it was loaded; put it back"):
        extracting(store).run(block)
    assert extracting(store).committed(block) is None


def test_a_block_without_a_page_that_can_be_read_has_an_empty_table(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "out"))
    assert table(store, after(extracting(store), pages(store, tmp_path / "a.warc.gz", b""))) == []


def test_the_same_block_is_extracted_to_the_same_bytes(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "out"))
    block = pages(store, tmp_path / "a.warc.gz", page("A", "a"), b"")
    assert outcome([after(extracting(store), block)]) == outcome([after(extracting(store), block)])


def test_the_key_tells_limits_and_language_detector_and_nothing_of_other_sections(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    key = extract_stage(small_recipe(), store).key
    assert extract_stage(small_recipe(extract={"max_depth": 9}), store).key != key
    assert extract_stage(small_recipe(extract={"language": {"name": "langdetect"}}), store).key != key
    assert extract_stage(small_recipe(filters=[], load={"block_pages": 1}), store).key == key


def test_beam_extracts_what_the_stage_extracts(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "a.warc.gz", captures(range(5)))
    wanted = small_recipe({"kind": "warc", "path": str(path)})
    store, alone = LocalStore(str(tmp_path / "beam")), LocalStore(str(tmp_path / "alone"))
    by_hand = [after(extract_stage(wanted, alone), block) for block in loaded_blocks(wanted, alone)]
    by_beam = run_on_beam(ExtractDocuments(wanted, store), loaded_blocks(wanted, store), tmp_path)
    assert outcome(by_beam) == outcome(by_hand)
    assert [len(table(store, block)) for block in by_beam] == [3, 2]
