from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from corpusflow.errors import RecipeError, StartError
from corpusflow.fetch.client import ClientSettings
from corpusflow.recipe import CommonCrawlSource, load_recipe, parse_recipe
from corpusflow.sources.common_crawl import first_captures, plan_common_crawl
from corpusflow.sources.page import Part
from tests.range_server import serve_ranges

CRAWL = "CC-MAIN-2024-10"
SETTINGS = ClientSettings(allow_loopback=True)
LIMITED: dict[str, Any] = {"crawl": CRAWL, "limit": 9}


def archive(segment: str, number: int) -> str:
    return f"crawl-data/{CRAWL}/segments/{segment}/warc/{number:05d}.warc.gz"


NAMES = [archive("1707947473347.0", 0), archive("1707947473360.9", 1), archive("1707947473370.18", 2)]


def source(**options: Any) -> CommonCrawlSource:
    return CommonCrawlSource(kind="commoncrawl", **options)


def plan(earlier: list[Part] | None = None, **options: Any) -> list[Part]:
    return plan_common_crawl(source(**options), SETTINGS, earlier or [])


def copy(folder: Path) -> str:
    for name in NAMES:
        path = folder / name
        path.parent.mkdir(parents=True)
        path.write_bytes(name.encode())
    return str(folder)


def index(folder: Path, *places: tuple[str, int]) -> str:
    path = folder / "rows.jsonl"
    rows = [{"url": f"http://a/{n}", "filename": name, "offset": n, "length": 5} for name, n in places]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_archives_of_a_crawl_are_those_of_its_own_list_up_to_the_limit() -> None:
    listed = gzip.compress("\n".join(NAMES).encode())
    with serve_ranges({f"crawl-data/{CRAWL}/warc.paths.gz": listed}) as server:
        two = plan(crawl=CRAWL, limit=2, base_url=server.url)
        all_three = plan(crawl=CRAWL, limit=4, base_url=server.url.rstrip("/"))
    assert [part.source for part in two] == NAMES[:2]
    assert [part.paths for part in two] == [(server.url + name,) for name in NAMES[:2]]
    assert {part.kind for part in all_three} == {"archive"}
    assert all_three[:2] == two
    assert len(all_three) == 3


def test_a_list_that_cannot_be_had_is_told_before_anything_starts() -> None:
    with (
        serve_ranges({}) as server,
        pytest.raises(StartError, match=r"list of the crawl's archives cannot be had: http_404.*warc\.paths\.gz"),
    ):
        plan(**LIMITED, base_url=server.url)


@pytest.mark.parametrize(("packed", "name"), [(False, "paths.txt"), (True, "warc.paths.gz")])
def test_a_file_of_paths_stands_for_the_list(tmp_path: Path, packed: bool, name: str) -> None:
    text = "\n".join(["", *NAMES, NAMES[0]]).encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if packed else text)
    parts = plan(paths=str(tmp_path / name), limit=2)
    assert [part.paths[0] for part in parts] == [f"https://data.commoncrawl.org/{name}" for name in NAMES[:2]]
    assert [part.source for part in plan(paths=tuple(NAMES[1:]), name="news")] == [f"news/{name}" for name in NAMES[1:]]


@pytest.mark.parametrize("segment", [1707947473370.18, "1707947473370.18"])
def test_segments_choose_archives_whether_written_as_numbers_or_text(segment: str | float) -> None:
    (part,) = plan(paths=tuple(NAMES), segments=(segment,))
    assert part.source == NAMES[2]


def test_a_segment_as_a_number_finds_a_name_that_ends_in_a_zero() -> None:
    name = archive("1707947473400.10", 3)
    assert [part.source for part in plan(paths=(name,), segments=(1707947473400.1,))] == [name]


def test_a_segment_without_an_archive_is_told() -> None:
    with pytest.raises(StartError, match=r"segment 1\.5: no archive"):
        plan(paths=tuple(NAMES), segments=(1707947473347.0, 1.5))


def test_a_copy_gives_plain_archives_with_the_names_that_they_have_on_the_web(tmp_path: Path) -> None:
    base = copy(tmp_path / "mirror")
    parts = plan(crawl=CRAWL, base_url=base)
    assert [(part.kind, part.source) for part in parts] == [("warc", name) for name in NAMES]
    assert [Path(part.paths[0]).read_text() for part in parts] == NAMES
    assert [part.source for part in plan(crawl=CRAWL, base_url=base, segments=(1707947473347.0,))] == NAMES[:1]
    with pytest.raises(StartError, match="no such file in the copy"):
        plan(paths=(archive("1", 1),), base_url=base)
    with pytest.raises(StartError, match="CC-MAIN-2023-50: no archive"):
        plan(crawl="CC-MAIN-2023-50", base_url=base)


@pytest.mark.parametrize("name", ["../etc/passwd", "/etc/passwd", "a/../../b", "a//b", "a/./b", "a\\b", "a\nb"])
def test_a_path_that_leads_out_of_the_base_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StartError, match="is not the path of an archive below the base"):
        plan(paths=(name,), base_url=str(tmp_path))
    with pytest.raises(StartError, match="is not the path of an archive below the base"):
        plan(index=index(tmp_path, (name, 1)), base_url=str(tmp_path))


def places(parts: list[Part]) -> list[list[tuple[str, int]]]:
    return [[(capture.archive, capture.offset) for capture in part.captures] for part in parts]


def test_rows_of_an_index_are_grouped_by_archive_and_sorted_by_offset(tmp_path: Path) -> None:
    path = index(tmp_path, ("b", 9), ("a", 100), ("b", 2), ("a", 20), ("b", 9))
    parts = plan(index=path, part_records=3)
    assert places(parts) == [[("a", 20), ("a", 100), ("b", 2)], [("b", 9)]]
    assert len({part.source for part in parts}) == 2
    assert [part.base_url for part in parts] == ["https://data.commoncrawl.org/"] * 2
    assert [Part.from_json(json.loads(json.dumps(part.to_json()))) for part in parts] == parts


@pytest.mark.parametrize(("limit", "expected"), [(1, 1), (2, 2), (3, 2)])
def test_a_limit_takes_the_first_rows_each_once(tmp_path: Path, limit: int, expected: int) -> None:
    path = index(tmp_path, ("b", 9), ("b", 9), ("a", 100))
    (part,) = plan(index=path, limit=limit)
    assert len(part.captures) == expected
    assert ("b", 9) in places([part])[0]


def test_a_part_of_an_earlier_run_stays_while_all_its_rows_do(tmp_path: Path) -> None:
    before = plan(index=index(tmp_path, ("a", 1), ("a", 2), ("b", 1)), part_records=2)
    longer = plan(before, index=index(tmp_path, ("a", 0), ("a", 1), ("a", 2), ("b", 1), ("c", 1)), part_records=2)
    assert longer[:2] == before
    assert places(longer[2:]) == [[("a", 0), ("c", 1)]]
    shorter = plan(before, index=index(tmp_path, ("a", 2), ("b", 1)), part_records=2)
    assert shorter[0] == before[1]
    assert places(shorter) == [[("b", 1)], [("a", 2)]]


def test_the_first_rows_of_a_part_are_a_part_that_stays(tmp_path: Path) -> None:
    path = index(tmp_path, ("a", 1), ("a", 2), ("b", 1))
    first = first_captures(plan(index=path)[0], 2)
    assert places(plan([first], index=path)) == [[("a", 1), ("a", 2)], [("b", 1)]]
    assert plan([first], index=path)[0] == first


def test_a_part_of_a_copy_changes_with_its_archives(tmp_path: Path) -> None:
    base = copy(tmp_path / "mirror")
    path = index(tmp_path, (NAMES[0], 1), ("missing", 1))
    (before,) = plan(index=path, base_url=base)
    (tmp_path / "mirror" / NAMES[0]).write_bytes(b"mended")
    (after,) = plan(index=path, base_url=base)
    assert before.source == after.source
    assert before.version != after.version


def test_an_index_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="no row in it"):
        plan(index=index(tmp_path))


WEB = {"contact": "mailto:us@site.example"}


def message(*sources: dict[str, Any], fetch: dict[str, Any] | None = None) -> str:
    data = {"name": "c", "sources": [{"kind": "commoncrawl", **one} for one in sources], "fetch": fetch or WEB}
    with pytest.raises(RecipeError) as error:
        parse_recipe(data, {})
    return str(error.value)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "sources[0]: give `crawl`"),
        ({"crawl": CRAWL}, "sources[0]: add `limit`"),
        ({"crawl": CRAWL, "segments": [1.5]}, "sources[0]: add `limit`"),
        ({"paths": "warc.paths.gz"}, "sources[0]: add `limit`"),
        ({"paths": "p", "index": "i"}, "sources[0]: give either `index` or archives"),
        ({"segments": ["1"], "index": "i"}, "sources[0]: give either `index` or archives"),
        ({"crawl": "2024-10"}, "sources[0].crawl: String should match"),
        ({"indx": "i"}, "sources[0]: has no 'indx'; did you mean 'index'?"),
    ],
)
def test_a_mistake_in_the_source_is_told_with_its_path(options: dict[str, Any], expected: str) -> None:
    assert message(options).startswith(expected)


def test_two_crawls_need_names() -> None:
    assert message({"index": "i"}, {"index": "j"}).startswith("sources[1]: another source of kind commoncrawl;")


def test_the_web_and_a_contact_are_needed_unless_there_is_a_copy(tmp_path: Path) -> None:
    web_off = {"web": False}
    assert message(LIMITED, fetch=web_off).startswith("sources[0]: archives that are not in a local copy are fetched")
    assert message(LIMITED, fetch={"web": True}).startswith("fetch.contact:")
    (tmp_path / "r.yaml").write_text(
        "name: c\nsources: [{kind: commoncrawl, index: rows.csv, base_url: mirror}]\nfetch: {web: false}"
    )
    (placed,) = load_recipe(str(tmp_path / "r.yaml"), {}).sources
    assert isinstance(placed, CommonCrawlSource)
    assert (placed.index, placed.base_url) == (str(tmp_path / "rows.csv"), str(tmp_path / "mirror"))
    (tmp_path / "r.yaml").write_text(
        "name: c\nsources: [{kind: commoncrawl, paths: p.gz, limit: 1}]\nfetch: {contact: 'mailto:a@b.example'}"
    )
    (placed,) = load_recipe(str(tmp_path / "r.yaml"), {}).sources
    assert isinstance(placed, CommonCrawlSource)
    assert (placed.paths, placed.base_url) == (str(tmp_path / "p.gz"), "https://data.commoncrawl.org/")
