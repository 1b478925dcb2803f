from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from corpusflow.errors import RunError
from corpusflow.sources.page import Part
from corpusflow.sources.warc import plan_warc


def make(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def sources(path: Path | str, name: str = "") -> list[str]:
    return [part.source for part in plan_warc(str(path), name)]


def test_a_directory_is_searched_for_archives_in_sorted_order(tmp_path: Path) -> None:
    names = ["b/2.warc.gz", "b/10.WARC", "a.arc", "a.arc.gz", "c/d/e.warc.lz4", "c/d/e.warc.zst"]
    make(tmp_path, *names, "notes.txt", "a.gz", "warc")
    assert sources(tmp_path) == ["a.arc", "a.arc.gz", "b/10.WARC", "b/2.warc.gz", "c/d/e.warc.lz4", "c/d/e.warc.zst"]


def test_one_file_is_taken_whatever_its_name(tmp_path: Path) -> None:
    make(tmp_path, "crawl.bin")
    assert sources(tmp_path / "crawl.bin") == ["crawl.bin"]


def test_a_glob_takes_what_it_matches_below_its_fixed_part(tmp_path: Path) -> None:
    make(tmp_path, "x/a/1.data", "x/b/c/2.data", "x/b/3.other")
    assert sources(tmp_path / "x" / "**" / "*.data") == ["a/1.data", "b/c/2.data"]
    assert sources(tmp_path / "x" / "?" / "*") == ["a/1.data", "b/3.other"]


def test_a_file_with_a_wildcard_in_its_name_is_taken_by_its_name(tmp_path: Path) -> None:
    make(tmp_path, "[1].warc", "1.warc")
    assert sources(tmp_path / "[1].warc") == ["[1].warc"]


def test_relative_paths_and_globs_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "x/1.warc")
    monkeypatch.chdir(tmp_path)
    assert sources("x") == sources("x/*.warc") == sources("x/1.warc") == ["1.warc"]
    assert sources("*/1.warc") == sources(".") == ["x/1.warc"]


def test_the_name_of_the_source_goes_before_the_path(tmp_path: Path) -> None:
    assert sources(make(tmp_path, "a/1.warc"), "news") == ["news/a/1.warc"]


def test_a_name_that_is_not_text_is_made_printable_and_its_path_kept(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.warc"
    with open(path, "wb"):
        pass
    (part,) = plan_warc(str(tmp_path), "")
    assert part.source == "\ufffd.warc"
    assert os.fsencode(part.paths[0]) == path


@pytest.mark.parametrize("missing", ["none.warc", "empty", "*.warc"])
def test_finding_nothing_is_told_with_path_and_what_was_sought(tmp_path: Path, missing: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunError, match="looked for") as caught:
        sources(tmp_path / missing)
    assert str(tmp_path / missing) in str(caught.value)


def test_a_part_has_another_version_when_its_file_changes(tmp_path: Path) -> None:
    make(tmp_path, "a.warc", "b.warc")
    before = {part.source: part.version for part in plan_warc(str(tmp_path), "")}
    (tmp_path / "b.warc").write_bytes(b"more")
    after = {part.source: part.version for part in plan_warc(str(tmp_path), "")}
    assert before["a.warc"] == after["a.warc"]
    assert before["b.warc"] != after["b.warc"]


@pytest.mark.parametrize(
    "part",
    [
        Part("warc", "a.warc", ("/x/a.warc",), "v1"),
        Part("html", "a.html", ("/x/a.html", "/x/b.html"), "v1", "http://e.org/", "/x"),
        Part("urls", "list.txt:3", ("/x/list.txt",), "v1", urls=((3, "http://e.org/"), (5, "x"))),
    ],
)
def test_a_part_survives_json(part: Part) -> None:
    assert Part.from_json(json.loads(json.dumps(part.to_json()))) == part
