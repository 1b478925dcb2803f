from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from corpusflow.document import ImageSegment, TextSegment
from corpusflow.errors import RunError
from corpusflow.inspect.samples import read_documents, read_dropped, read_samples
from corpusflow.store.paths import LocalStore
from tests.corpusflow.inspect.runs import (
    ARABIC,
    BROKEN_ID,
    BROKEN_URL,
    HERON,
    HOSTILE,
    LONELY,
    SHORT,
    finished_run,
    kept_documents,
)

KEPT = {HERON.id, HOSTILE.id, ARABIC.id}


def test_a_sample_shows_kept_and_dropped_segments_in_the_order_of_the_page(tmp_path: Path) -> None:
    (view,) = read_documents(finished_run(tmp_path), [HERON.id])
    assert [part.segment.index for part in view.parts] == list(range(9))
    assert [part.segment.index for part in view.parts if part.row] == [3, 4, 7]
    share, icon, gone = (view.parts[index] for index in (3, 4, 7))
    assert isinstance(share.segment, TextSegment)
    assert share.segment.text == "Share"
    assert isinstance(icon.segment, ImageSegment)
    assert icon.segment.url == "https://site.example/icon.png"
    assert icon.row is not None
    assert (icon.row.filter, icon.row.reason, icon.row.measured, icon.row.limit) == (
        "image_size",
        "image_too_small",
        16,
        150,
    )
    assert gone.row is not None
    assert (gone.row.failed, gone.row.reason) == (True, "http_status")


def test_a_sample_has_its_pictures_and_scores(tmp_path: Path) -> None:
    (view,) = read_documents(finished_run(tmp_path), [HERON.id])
    picture = view.parts[2]
    assert view.pictures == {f"{HERON.id}.0.jpg": kept_documents()[0][1][0]}
    assert (picture.member, picture.nsfw) == (f"{HERON.id}.0.jpg", None)
    assert view.facts["language"] == "en (0.98)"
    assert view.facts["noted"] == "length_wrong"
    assert view.whole is None


def test_what_a_page_declares_is_told_of_kept_and_of_dropped_documents(tmp_path: Path) -> None:
    for view in read_documents(finished_run(tmp_path), [HERON.id, LONELY.id]):
        assert view.title == "The grey heron"
        declared = {
            "canonical url": "https://site.example/birds/heron",
            "published": "2024-05-06",
            "licenses": "https://a.example/terms, https://creativecommons.org/licenses/by/4.0/",
            "robots": "noai, noindex",
            "tdm reservation": "1",
            "tdm policy": "https://site.example/terms",
        }
        assert declared.items() <= view.facts.items()


def test_a_canonical_url_is_told_only_where_it_is_another(tmp_path: Path) -> None:
    (view,) = read_documents(finished_run(tmp_path), [ARABIC.id])
    assert "canonical url" not in view.facts


def test_the_draw_is_the_same_for_one_seed_and_different_for_another(tmp_path: Path) -> None:
    store = finished_run(tmp_path, shards=2)
    assert {view.key for view in read_samples(store, 10)} == KEPT
    draws = [[view.key for view in read_samples(store, 2, seed=seed)] for seed in range(20)]
    assert draws == [[view.key for view in read_samples(store, 2, seed=seed)] for seed in range(20)]
    assert {key for draw in draws for key in draw} == KEPT
    assert read_samples(store, 0) == []


def test_the_draw_does_not_depend_on_how_the_corpus_is_cut_into_shards(tmp_path: Path) -> None:
    one, three = finished_run(tmp_path / "one"), finished_run(tmp_path / "three", shards=3)
    assert [view.key for view in read_samples(one, 2)] == [view.key for view in read_samples(three, 2)]


def test_only_the_ranges_of_the_drawn_samples_are_read_of_the_shards(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    (view,) = read_samples(store, 1)
    shard = tmp_path / "shards/train-000000.tar"
    data = shard.read_bytes()
    start = data.index(f"{view.key}.json".encode())
    shard.write_bytes(bytes(start) + data[start:])
    assert read_samples(store, 1) == [view]


def test_documents_that_were_dropped_come_with_the_reason_and_with_what_they_lost_before(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    views = {view.key: view for view in read_dropped(store, 10)}
    assert set(views) == {SHORT.id, LONELY.id}
    lonely = views[LONELY.id]
    assert lonely.whole is not None
    assert lonely.whole.reason == "no_images"
    assert [(part.segment.index, part.row is not None) for part in lonely.parts] == [(0, False), (1, True)]
    assert lonely.pictures == {}


@pytest.mark.parametrize(
    ("reason", "keys"),
    [
        ("no_images", [LONELY.id]),
        ("text_length/document_too_short", [SHORT.id]),
        ("image_size/document_too_short", []),
        ("page_too_deep", []),
        ("length_wrong", []),
        ("text_too_short", [HERON.id]),
        ("document_shape", [LONELY.id]),
        ("text", []),
        ("http_status", []),
    ],
)
def test_dropped_documents_can_be_asked_for_by_reason(tmp_path: Path, reason: str, keys: list[str]) -> None:
    assert [view.key for view in read_dropped(finished_run(tmp_path), 10, reason=reason)] == keys


def test_documents_that_lost_an_image_for_a_reason_are_drawn_once_whether_kept_or_dropped(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    views = read_dropped(store, 10, reason="image_size/image_too_small")
    assert sorted(view.key for view in views) == sorted([HERON.id, LONELY.id])
    assert {view.key: view.whole is None for view in views} == {HERON.id: True, LONELY.id: False}
    assert read_dropped(store, 1, reason="image_too_small") == views[:1]


def test_documents_are_found_by_key_whether_kept_dropped_or_failed(tmp_path: Path) -> None:
    keys = [SHORT.id, HERON.id, BROKEN_ID]
    views = read_documents(finished_run(tmp_path), keys)
    assert [view.key for view in views] == keys
    broken = views[2]
    assert broken.whole is not None
    assert (broken.whole.reason, broken.parts, broken.facts) == ("page_too_deep", (), {"url": BROKEN_URL})


@pytest.mark.parametrize("key", ["f" * 24, "../../etc/passwd", ""])
def test_a_key_that_nobody_knows_is_an_error_that_names_it(tmp_path: Path, key: str) -> None:
    with pytest.raises(RunError, match=f"'{key}'"):
        read_documents(finished_run(tmp_path), [key])


def test_a_key_that_would_leave_the_folder_is_refused(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    path = store.path("shards/train-000000.parquet")
    table = pq.read_table(path)
    pq.write_table(table.set_column(0, "key", [["../../outside"] * 3]), path)
    with pytest.raises(RunError, match="outside' is no key"):
        read_samples(store, 1)


def test_without_the_stages_the_ledger_still_tells_what_went(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    (whole,) = read_documents(store, [HERON.id])
    shutil.rmtree(tmp_path / "stages")
    (view,) = read_documents(store, [HERON.id])
    assert [part.row for part in view.parts] == [part.row for part in whole.parts]
    icon, share = view.parts[4].segment, view.parts[3].segment
    assert isinstance(icon, ImageSegment)
    assert icon.url == "https://site.example/icon.png"
    assert isinstance(share, TextSegment)
    assert share.text == ""


def test_a_run_that_has_not_ended_has_no_samples(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="has not ended"):
        read_samples(LocalStore(str(tmp_path)), 1)
