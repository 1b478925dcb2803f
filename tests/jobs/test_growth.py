"""Runs on input that changed since the last one: their shards are those of a fresh run, and little is made again."""

from __future__ import annotations

import gzip
import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.runs import made, run, shards, warc, worked
from tests.web import HOST, captures, jpeg, page, recipe, sentence, story, write_warc
from transforms.image_blocks import Place, Wanted, bucket_of

SHARED = f"{HOST}/shared.jpg"


def site(folder: Path, pages: int) -> dict[str, Any]:
    """A folder of pages with a picture each, as a source."""
    folder.mkdir()
    for number in range(pages):
        (folder / f"{number}.html").write_bytes(page(f"P{number}", sentence(number), f"{number}.jpg"))
        (folder / f"{number}.jpg").write_bytes(jpeg(number))
    return {"kind": "html", "path": str(folder), "base_url": "https://docs.example/"}


def grown(tmp_path: Path, data: dict[str, Any]) -> dict[str, str]:
    """The shards of a run in the directory of earlier ones, which are those of a fresh run."""
    found = shards(run(tmp_path / "out", data))
    assert found == shards(run(tmp_path / "fresh", data))
    return found


def test_an_image_that_was_edited_in_place_is_the_new_one(tmp_path: Path) -> None:
    data = recipe(site(tmp_path / "site", 5))
    before = shards(run(tmp_path / "out", data))
    looked = made(tmp_path / "out")
    (tmp_path / "site" / "2.jpg").write_bytes(jpeg(99))
    assert grown(tmp_path, data) != before
    again = worked(looked, made(tmp_path / "out"))
    assert (again["load"], again["fetch"], again["embed"]) == (1, 1, 1)
    assert not {"extract", "screen", "select"} & set(again)


def test_an_image_that_was_edited_as_long_as_it_was_is_the_new_one(tmp_path: Path) -> None:
    data = recipe(site(tmp_path / "site", 2))
    file = tmp_path / "site" / "1.jpg"
    one, two = (jpeg(number).ljust(10_000, b"\0") for number in (1, 2))
    file.write_bytes(one)
    before = shards(run(tmp_path / "out", data))
    file.write_bytes(two)
    assert grown(tmp_path, data) != before


def neighbours() -> tuple[str, str]:
    """Two files' names whose pictures are fetched in one block."""
    seen: dict[str, str] = {}
    for number in itertools.count():
        name = f"{number}.jpg"
        bucket = bucket_of(Wanted(name, Place(name, 0, name, -1, -1, "image/jpeg", name, "")))
        if bucket in seen:
            return seen[bucket], name
        seen[bucket] = name
    raise AssertionError("unreachable")


@pytest.mark.parametrize("pictures", [(2, 3, 2), (3, 2, 3)])
def test_an_image_that_was_edited_and_put_back_is_what_it_is_now_although_its_neighbour_stays(
    tmp_path: Path, pictures: tuple[int, ...]
) -> None:
    # The neighbour keeps the block of the first version in use: it is still known when the second one is wanted.
    edited, stays = neighbours()
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "page.html").write_bytes(page("Page", sentence(1), edited, stays))
    (folder / stays).write_bytes(jpeg(1))
    data = recipe({"kind": "html", "path": str(folder), "base_url": "https://docs.example/"})
    found = []
    for number in pictures:
        (folder / edited).write_bytes(jpeg(number))
        found.append(shards(run(tmp_path / "out", data)))
        assert found[-1] == shards(run(tmp_path / f"fresh-{len(found)}", data))
    assert found[0] == found[2] != found[1]


def test_an_archive_that_cannot_be_read_at_an_offset_and_was_replaced_is_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "a.warc.gz"
    data = recipe(warc(file))
    found = []
    for picture in (jpeg(1), jpeg(2)):
        # Both pictures are as long and stand at the same place of the archive.
        plain = write_warc(tmp_path / "a.warc", [(f"{HOST}/1.html", story(1)), (f"{HOST}/1.jpg", picture.ljust(9_000))])
        file.write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
        found.append(shards(run(tmp_path / "out", data)))
    assert found[0] != found[1] == grown(tmp_path, data)


@pytest.mark.parametrize("removed", ["a", "b"])
def test_an_archive_that_was_removed_supplies_no_picture_that_another_one_has(tmp_path: Path, removed: str) -> None:
    folder = tmp_path / "in"
    for number, name in enumerate("ab"):
        shown = (f"{HOST}/{name}.html", page(name, sentence(number), "/shared.jpg", "/own.jpg"))
        write_warc(folder / f"{name}.warc.gz", [shown, (SHARED, jpeg(number)), (f"{HOST}/own.jpg", jpeg(7))])
    before = shards(run(tmp_path / "out", recipe(warc(folder))))
    (folder / f"{removed}.warc.gz").unlink()
    assert grown(tmp_path, recipe(warc(folder))) != before


def test_a_picture_whose_only_archive_was_removed_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_warc(folder / "a.warc.gz", [*captures([1]), (f"{HOST}/2.html", page("Two", sentence(2), "/shared.jpg"))])
    write_warc(folder / "b.warc.gz", [*captures([3]), (SHARED, jpeg(5))])
    assert run(tmp_path / "out", recipe(warc(folder)))["samples"] == 3
    (folder / "b.warc.gz").unlink()
    manifest = run(tmp_path / "out", recipe(warc(folder)))
    assert manifest["samples"] == 1
    assert manifest["summary"]["images"]["dropped"] == {"fetch/not_in_archive": 1}
    grown(tmp_path, recipe(warc(folder)))


def test_an_archive_that_came_first_supplies_the_picture_from_then_on(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_warc(folder / "b.warc.gz", [(f"{HOST}/b.html", page("B", sentence(1), "/shared.jpg")), (SHARED, jpeg(1))])
    before = shards(run(tmp_path / "out", recipe(warc(folder))))
    write_warc(folder / "a.warc.gz", [(f"{HOST}/movie.html", page("A", "short")), (SHARED, jpeg(2))])
    assert grown(tmp_path, recipe(warc(folder))) != before


def touch(folder: Path) -> Path:
    for file in folder.iterdir():
        os.utime(file, ns=(1, 1))
    return folder


def copy(folder: Path) -> Path:
    moved = shutil.copytree(folder, folder.parent / "elsewhere" / folder.name)
    shutil.rmtree(folder)
    return touch(moved)


@pytest.mark.parametrize("change", [touch, copy])
@pytest.mark.parametrize("kind", ["warc", "whole", "html"])
def test_input_that_was_touched_or_moved_is_listed_again_and_nothing_more(
    tmp_path: Path, kind: str, change: Callable[[Path], Path]
) -> None:
    source: dict[str, Any]
    if kind == "html":
        source = site(tmp_path / "in", 4)
    else:
        source = warc(tmp_path / "in")
        archive = write_warc(tmp_path / "in/a.warc.gz", captures(range(4)))
        if kind == "whole":
            plain = gzip.decompress(archive.read_bytes())
            archive.write_bytes(gzip.compress(plain, mtime=0))
    before = shards(run(tmp_path / "out", recipe(source)))
    looked = made(tmp_path / "out")
    source["path"] = str(change(tmp_path / "in"))
    assert shards(run(tmp_path / "out", recipe(source))) == before
    assert worked(looked, made(tmp_path / "out")) == {"load": 1}


def test_a_new_picture_in_a_folder_extracts_no_page_again(tmp_path: Path) -> None:
    # Four pages are two blocks: the second one is not full, and pictures are listed behind it.
    data = recipe(site(tmp_path / "site", 4))
    before = shards(run(tmp_path / "out", data))
    looked = made(tmp_path / "out")
    (tmp_path / "site" / "new.jpg").write_bytes(jpeg(50))
    assert grown(tmp_path, data) == before
    assert worked(looked, made(tmp_path / "out")) == {"load": 1}


def test_a_picture_that_was_missing_is_fetched_alone(tmp_path: Path) -> None:
    data = recipe(site(tmp_path / "site", 4))
    missing = tmp_path / "site" / "3.jpg"
    missing.unlink()
    assert run(tmp_path / "out", data)["samples"] == 3
    looked = made(tmp_path / "out")
    missing.write_bytes(jpeg(3))
    grown(tmp_path, data)
    again = worked(looked, made(tmp_path / "out"))
    assert again.pop("shard") >= 1
    assert again == {"load": 1, "fetch": 1, "embed": 1, "align": 1, "judge": 1}
