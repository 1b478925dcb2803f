from __future__ import annotations

import dataclasses
import gzip
import itertools
import json
import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusflow.document import document_id
from corpusflow.errors import StartError
from corpusflow.recipe import Load, Recipe
from corpusflow.sources.record_reader import read_record
from corpusflow.store.address import content_version
from corpusflow.store.block import Block
from corpusflow.store.paths import LocalStore
from tests.corpusflow.fetch.bad_server import reply, serve
from tests.range_server import serve_ranges
from tests.transforms.blocks import (
    after,
    commit_table,
    ledger,
    loaded_blocks,
    loaded_parts,
    outcome,
    run_on_beam,
    small_recipe,
    table,
)
from tests.web import HOST, captures, jpeg, page, sentence, story, write_warc
from transforms.load import (
    SCHEMA,
    DocumentBlocks,
    LoadSettings,
    LoadSources,
    document_blocks,
    first_pages,
    image_records,
    lane_of,
    load_settings,
    load_stage,
    page_ids,
    page_records,
    plan_parts,
    read_parts,
)

PARTS = "plan/parts.jsonl"


def warc(path: Path) -> dict[str, str]:
    return {"kind": "warc", "path": str(path)}


def write_parts(store: LocalStore, parts: list[Block]) -> None:
    store.write(PARTS, "".join(json.dumps(dataclasses.asdict(part)) + "\n" for part in parts).encode())


def archives(folder: Path) -> Path:
    """Two archives of three stories each."""
    write_warc(folder / "a.warc.gz", captures(range(3)))
    write_warc(folder / "b.warc.gz", captures(range(10, 13)))
    return folder


def test_every_archive_is_a_part_with_an_id_of_its_own(tmp_path: Path) -> None:
    wanted = small_recipe(warc(archives(tmp_path / "in")))
    parts = plan_parts(wanted)
    assert [part.payload[0]["source"] for part in parts] == ["a.warc.gz", "b.warc.gz"]
    assert [part.payload[1] for part in parts] == [None, None]
    assert [part.id.rpartition("-")[0] for part in parts] == ["a-warc-gz", "b-warc-gz"]
    assert parts == plan_parts(wanted)


def test_what_is_fetched_from_one_host_is_one_lane_and_local_parts_have_their_own(tmp_path: Path) -> None:
    index = tmp_path / "rows.csv"
    rows = "".join(f"http://a.example/{n},crawl-data/{n}.warc.gz,0,9\n" for n in range(3))
    index.write_text(f"url,warc_filename,warc_record_offset,warc_record_length\n{rows}", encoding="utf-8")

    def lanes(**options: Any) -> set[str]:
        fetch = {"contact": "mailto:us@site.example", "web": "://" in options["base_url"]}
        return set(map(lane_of, plan_parts(small_recipe({"kind": "commoncrawl", **options}, fetch=fetch))))

    web = {"base_url": "https://data.example/"}
    paths = [f"crawl-data/{n}.warc.gz" for n in range(3)]
    assert lanes(index=str(index), part_records=1, **web) == {"data.example"} == lanes(paths=paths, **web)
    assert len(lanes(index=str(index), part_records=1, base_url=str(tmp_path))) == 3
    assert len(set(map(lane_of, plan_parts(small_recipe(warc(archives(tmp_path / "in"))))))) == 2


def test_an_archive_that_came_but_could_not_be_committed_is_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "crawl-data/a.warc.gz"
    data = write_warc(tmp_path / "a.warc.gz", captures([1])).read_bytes()
    store = LocalStore(str(tmp_path / "out"))

    def full(self: LocalStore, name: str) -> None:
        raise OSError("no space left")

    with serve_ranges({name: data}) as server:
        source = {"kind": "commoncrawl", "base_url": server.url, "paths": [name]}
        wanted = small_recipe(source, fetch={"contact": "mailto:us@site.example", "allow_loopback": True})
        with monkeypatch.context() as broken:
            broken.setattr(LocalStore, "publish", full)
            with pytest.raises(OSError, match="no space left"):
                loaded_parts(wanted, store)
        server.asked.clear()
        (block,) = loaded_parts(wanted, store)
        assert [first for _, first, _ in server.asked] == [len(data) - 1]
    assert block.latest.counts["items"] == 1
    assert not list((tmp_path / "out").rglob("*.partial"))


def test_a_part_with_an_odd_name_has_an_id_that_can_be_a_file(tmp_path: Path) -> None:
    names = [f"{'Ä ö/'[:2]}{'x' * 60}.warc", "數據.warc"]
    for name in names:
        write_warc(tmp_path / "in" / name, captures([1]))
    ids = [part.id for part in plan_parts(small_recipe(warc(tmp_path / "in")))]
    assert all(re.fullmatch(r"([a-z0-9-]{1,40})?-[0-9a-f]{16}", name) for name in ids)
    assert len(set(ids)) == 2


def test_two_sources_that_hold_one_name_are_refused_until_one_is_named(tmp_path: Path) -> None:
    paths = [write_warc(tmp_path / folder / "a.warc.gz", captures([1])) for folder in "xy"]
    with pytest.raises(StartError, match=r"two sources hold 'a\.warc\.gz'"):
        plan_parts(small_recipe(*map(warc, paths)))
    assert len(plan_parts(small_recipe(warc(paths[0]), warc(paths[1]) | {"name": "y"}))) == 2


@pytest.mark.parametrize(
    ("limit", "pages"), [(1, [1]), (2, [2]), (3, [3]), (4, [3, 1]), (6, [3, 3]), (7, [3, 3]), (0, [])]
)
def test_a_limit_takes_the_first_pages(tmp_path: Path, limit: int, pages: list[int]) -> None:
    wanted = small_recipe(warc(archives(tmp_path / "in")))
    store = LocalStore(str(tmp_path / "out"))
    stage = load_stage(wanted, store)
    commits = [stage.committed(part) for part in first_pages(plan_parts(wanted), load_stage(wanted, store), limit)]
    assert [commit and commit.counts["items"] for commit in commits] == pages


def test_parts_that_were_cut_by_a_limit_are_not_loaded_again_from_their_file(tmp_path: Path) -> None:
    wanted = small_recipe(warc(archives(tmp_path / "in")))
    store = LocalStore(str(tmp_path / "out"))
    write_parts(store, first_pages(plan_parts(wanted), load_stage(wanted, store), 4))
    stage = load_stage(wanted, store)
    assert all(stage.committed(part) for part in read_parts(PARTS, store))


def test_load_lists_pages_and_images_and_counts_what_is_neither(tmp_path: Path) -> None:
    items = [*captures([1]), (f"{HOST}/movie", b"")]
    path = write_warc(tmp_path / "a.warc", items, {"Content-Type": "video/mp4"})
    write_warc(tmp_path / "b.warc", captures([1]))
    path.write_bytes(path.read_bytes() + (tmp_path / "b.warc").read_bytes())
    store = LocalStore(str(tmp_path / "out"))
    (block,) = loaded_parts(small_recipe(warc(path)), store)
    assert block.latest.counts == {"items": 1, "images": 1, "skipped/not_html": 3}
    rows = table(store, block)
    assert [(row["kind"], row["url"]) for row in rows] == [("page", f"{HOST}/1.html"), ("resource", f"{HOST}/1.jpg")]
    assert {row["path"] for row in rows} == {str(path)}
    assert [(record.url, version) for record, version in image_records(block, store)] == [
        (f"{HOST}/1.jpg", content_version(str(path)))
    ]


def test_what_is_broken_in_an_archive_stands_in_the_ledger(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"no archive at all, only words")
    store = LocalStore(str(tmp_path / "out"))
    (block,) = loaded_parts(small_recipe(warc(path)), store)
    (row,) = ledger(store, block)
    assert (row["unit"], row["stage"], row["reason"], row["failed"]) == ("record", "load", "not_an_archive", True)
    assert table(store, block) == []


@pytest.mark.parametrize(("max_pages", "over"), [(2, 1), (3, 0), (None, 0)])
def test_pages_over_the_limit_are_skipped_and_images_are_not(tmp_path: Path, max_pages: int | None, over: int) -> None:
    wanted = small_recipe(warc(write_warc(tmp_path / "a.warc.gz", captures(range(3)))))
    store = LocalStore(str(tmp_path / "out"))
    (part,) = plan_parts(wanted)
    block = after(load_stage(wanted, store), Block(part.id, payload=(part.payload[0], max_pages, *part.payload[2:])))
    assert block.latest.counts.get("skipped/over_limit", 0) == over
    assert (block.latest.counts["items"], block.latest.counts["images"]) == (3 - over, 3)


def test_pages_of_a_list_are_kept_in_the_run_directory(tmp_path: Path) -> None:
    paths = {"/1": reply(story(1)), "/robots.txt": reply(b"User-agent: *\nDisallow: /no"), "/2": reply(story(2))}
    store = LocalStore(str(tmp_path / "out"))
    with serve(paths) as server:
        (tmp_path / "list.txt").write_text("\n".join(f"{server.url}/{name}" for name in ("1", "no", "gone", "2")))
        fetch = {"contact": "mailto:us@site.example", "allow_loopback": True}
        wanted = small_recipe({"kind": "urls", "path": str(tmp_path / "list.txt")}, fetch=fetch)
        (part,) = loaded_parts(wanted, store)
        (cut,) = first_pages(plan_parts(wanted), load_stage(wanted, LocalStore(str(tmp_path / "cut"))), 1)
    assert [row["path"] for row in table(store, part)] == ["", ""]
    (block,) = document_blocks(part, load_settings(wanted, store))
    records = list(page_records(block, store))
    assert [record.url for record in records] == [f"{server.url}/{name}" for name in "12"]
    assert [read_record(record, 100_000).body for record in records] == [story(1), story(2)]
    assert [(row["filter"], row["reason"], row["failed"]) for row in ledger(store, part)] == [
        ("fetch", "robots_disallowed", False),
        ("", "http_404", True),
    ]
    assert [url for _, url in cut.payload[0]["urls"]] == [f"{server.url}/1"]
    asked = [request.split()[1] for request in server.requests]
    assert (asked.count("/1"), asked.count("/2")) == (2, 1), "lines over the limit are not asked for"


def test_the_same_part_is_loaded_to_the_same_bytes(tmp_path: Path) -> None:
    wanted = small_recipe(warc(archives(tmp_path / "in")))
    one, two = (loaded_parts(wanted, LocalStore(str(tmp_path / name))) for name in ("one", "two"))
    assert outcome(one) == outcome(two)


def site(tmp_path: Path, *names: str) -> Path:
    """A folder of pages with these names and one picture."""
    folder = tmp_path / "site"
    folder.mkdir()
    for name in names:
        (folder / f"{name}.html").write_bytes(page(name, f"the page {name}"))
    (folder / "p.jpg").write_bytes(jpeg(1))
    return folder


def html(folder: Path) -> Recipe:
    return small_recipe({"kind": "html", "path": str(folder), "base_url": "https://docs.example/"})


def one_member(path: Path, items: list[tuple[str, bytes]]) -> Path:
    """An archive compressed as a whole: its records cannot be read at an offset."""
    plain = write_warc(path.with_suffix(".plain"), items)
    path.write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
    plain.unlink()
    return path


def test_a_page_that_was_changed_in_place_makes_other_document_blocks(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "a.html").write_bytes(page("A", "one"))
    wanted = small_recipe({"kind": "html", "path": str(folder), "base_url": "https://docs.example/"})
    store = LocalStore(str(tmp_path / "out"))
    before = loaded_blocks(wanted, store)
    assert [block.key for block in loaded_blocks(wanted, store)] == [block.key for block in before]
    (folder / "a.html").write_bytes(page("A", "another"))
    assert [block.key for block in loaded_blocks(wanted, store)] != [block.key for block in before]


def page_keys(wanted: Recipe, store: LocalStore) -> list[tuple[Any, ...]]:
    """What extract depends on, by block."""
    return [(block.id, *block.payload) for block in loaded_blocks(wanted, store)]


def test_a_version_names_the_content_of_a_file_wherever_it_lies(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"one")
    (tmp_path / "c").write_bytes(b"two")
    one, same, other = (content_version(str(tmp_path / name)) for name in "abc")
    assert one == same != other
    os.utime(tmp_path / "a", ns=(1, 1))
    assert content_version(str(tmp_path / "a")) == one


def test_each_row_of_a_folder_has_the_version_of_its_own_file(tmp_path: Path) -> None:
    folder = site(tmp_path, "a", "b")
    store = LocalStore(str(tmp_path / "out"))
    (part,) = loaded_parts(html(folder), store)
    names = ("a.html", "b.html", "p.jpg")
    assert [row["version"] for row in table(store, part)] == [content_version(str(folder / name)) for name in names]


def test_the_rows_of_an_archive_that_load_stores_anew_have_the_version_of_the_archive(tmp_path: Path) -> None:
    path = one_member(tmp_path / "a.warc.gz", captures([1]))
    store = LocalStore(str(tmp_path / "out"))
    (part,) = loaded_parts(small_recipe(warc(path)), store)
    # The first record of an archive can be read where it stands, all the same.
    assert [row["path"] for row in table(store, part)] == [str(path), ""]
    assert {row["version"] for row in table(store, part)} == {content_version(str(path))}


def test_an_archive_that_load_stores_anew_makes_other_pages_and_images_when_it_is_changed(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "out"))
    wanted = small_recipe(warc(tmp_path / "a.warc.gz"))
    seen = []
    for number in (1, 2):
        one_member(tmp_path / "a.warc.gz", [("http://x.example/", b"<html>"), *captures([number])])
        (part,) = loaded_parts(wanted, store)
        (page_row,) = [row for row in table(store, part) if row["url"] == f"{HOST}/{number}.html"]
        ((image, version),) = image_records(part, store)
        assert page_row["path"] == ""
        seen.append((page_row["version"], page_keys(wanted, store), image.source, version))
    one, two = seen
    assert one[2] == two[2]
    assert all(one[number] != two[number] for number in (0, 1, 3))


@pytest.mark.parametrize("how", ["touched", "moved", "picture added"])
def test_what_changes_no_page_changes_no_document_block(tmp_path: Path, how: str) -> None:
    folder = site(tmp_path, *"abcd")
    store = LocalStore(str(tmp_path / "out"))
    before = page_keys(html(folder), store)
    if how == "touched":
        os.utime(folder / "a.html", ns=(1, 1))
    elif how == "moved":
        folder = folder.rename(tmp_path / "elsewhere")
    else:
        (folder / "q.jpg").write_bytes(jpeg(2))
    assert page_keys(html(folder), store) == before
    assert len(before) == 2


def keys(source: dict[str, str], store: LocalStore, **changes: Any) -> list[str]:
    """What the parts of a source are made from, under a changed recipe."""
    wanted = small_recipe(source, **changes)
    return [load_stage(wanted, store).made_from(part) for part in plan_parts(wanted)]


def test_patience_and_block_sizes_load_nothing_again_and_bounds_only_what_is_fetched(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "out"))
    archive = warc(write_warc(tmp_path / "a.warc.gz", captures([1])))
    (tmp_path / "list.txt").write_text(HOST)
    pages = {"kind": "urls", "path": str(tmp_path / "list.txt")}
    fetch = {"contact": "mailto:us@site.example"}
    for source, bounded in ((archive, False), (pages, True)):
        before = keys(source, store, fetch=fetch)
        assert keys(source, store, load={"block_pages": 9}, fetch=fetch | {"timeout_s": 1}) == before
        assert (keys(source, store, fetch=fetch | {"max_bytes": 9}) != before) == bounded


Item = tuple[str, int]
ITEMS = st.lists(st.tuples(st.sampled_from(["page", "page", "resource"]), st.integers(-1, 60)), max_size=25)


def blocks_of(store: LocalStore, items: list[Item], section: Load) -> list[Block]:
    """The document blocks of a part whose records have these kinds and lengths; their position is their number."""
    rows = [
        dict.fromkeys(SCHEMA.names, "") | {"kind": kind, "position": number, "offset": 0, "length": length}
        for number, (kind, length) in enumerate(items)
    ]
    part = Block("part", (commit_table(store, "load", "part", SCHEMA, rows),))
    none = load_settings(small_recipe(), store).client
    return list(document_blocks(part, LoadSettings(section, none, store)))


@settings(deadline=None, max_examples=60)
@given(ITEMS, st.integers(1, 4), st.integers(1, 150))
def test_every_page_is_in_one_block_and_in_order(items: list[Item], block_pages: int, block_bytes: int) -> None:
    with TemporaryDirectory() as folder:
        store = LocalStore(folder)
        blocks = blocks_of(store, items, Load(block_pages=block_pages, block_bytes=block_bytes))
        held = [[record.position for record in page_records(block, store)] for block in blocks]
    pages = [number for number, (kind, _) in enumerate(items) if kind == "page"]
    assert list(itertools.chain.from_iterable(held)) == pages
    assert len({block.id for block in blocks}) == len(blocks)
    sizes = [[max(items[number][1], 0) for number in numbers] for numbers in held]
    for size in sizes:
        assert 1 <= len(size) <= block_pages
        assert sum(size[:-1]) < block_bytes
    for size in sizes[:-1]:
        assert len(size) == block_pages or sum(size) >= block_bytes


@pytest.mark.parametrize(("block_bytes", "blocks"), [(20, 2), (21, 1)])
def test_a_block_ends_with_the_page_that_reaches_its_bytes(tmp_path: Path, block_bytes: int, blocks: int) -> None:
    items = [("page", 10), ("resource", 500), ("page", 10), ("page", 0)]
    section = Load(block_pages=3, block_bytes=block_bytes)
    assert len(blocks_of(LocalStore(str(tmp_path)), items, section)) == blocks


def test_a_part_without_pages_has_no_blocks(tmp_path: Path) -> None:
    assert blocks_of(LocalStore(str(tmp_path)), [("resource", 5)], Load()) == []


def test_page_ids_are_those_of_the_documents(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "out"))
    (block,) = loaded_blocks(small_recipe(warc(write_warc(tmp_path / "a.warc", captures(range(2))))), store)
    places = [(row["source"], row["position"], row["url"]) for row in table(store, block) if row["kind"] == "page"]
    assert [url for _, _, url in places] == [f"{HOST}/0.html", f"{HOST}/1.html"]
    assert list(page_ids(block, store)) == [document_id(*place) for place in places]


def test_beam_loads_what_the_stage_loads(tmp_path: Path) -> None:
    wanted = small_recipe(warc(archives(tmp_path / "in")))
    alone, store = LocalStore(str(tmp_path / "alone")), LocalStore(str(tmp_path / "beam"))
    write_parts(store, plan_parts(wanted))
    loaded = run_on_beam(LoadSources(wanted, store, PARTS), None, tmp_path)
    assert outcome(loaded) == outcome(loaded_parts(wanted, alone))
    assert len(loaded) == 2


def test_beam_makes_the_document_blocks_of_every_part(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.html").write_bytes(page("T", sentence(number)))
    (folder / "p.jpg").write_bytes(jpeg(1))
    source = {"kind": "html", "path": str(folder), "base_url": "https://docs.example/", "part_files": 4}
    store = LocalStore(str(tmp_path / "out"))
    wanted = small_recipe(source)
    parts = loaded_parts(wanted, store)
    by_hand = [block for part in parts for block in document_blocks(part, load_settings(wanted, store))]
    assert run_on_beam(DocumentBlocks(wanted, store), parts, tmp_path) == by_hand
    assert [block.payload[:2] for block in by_hand] == [(0, 3), (3, 4), (0, 1)]
    assert len({block.payload[2] for block in by_hand}) == 3
