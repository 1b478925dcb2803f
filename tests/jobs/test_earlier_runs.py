"""A corpus in several runs: what an earlier run kept is not kept again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from corpusflow.errors import RecipeError, StartError
from corpusflow.recipe import load_recipe, to_yaml
from filters.registry import available_filters
from tests.jobs.runs import Manifest, made, run, shards, warc, worked
from tests.web import HOST, jpeg, page, recipe, sentence, write_warc

NEAR = {"similarity": 0.7, "permutations": 128, "bands": 32, "rows": 4}


def archive(folder: Path, name: str, *pages: tuple[str, str]) -> Path:
    """An archive of pages, each with a picture of its own."""
    captures: list[Any] = []
    for number, (path, text) in enumerate(pages):
        picture = f"/{name}{number}.jpg"
        color = sum(name.encode()) + number
        captures += [(f"{HOST}/{path}", page("A story", text, picture)), (f"{HOST}{picture}", jpeg(color))]
    return write_warc(folder / f"{name}.warc.gz", captures)


def first(tmp_path: Path) -> tuple[dict[str, Any], Manifest]:
    pages = [(f"s{number}.html", sentence(number, 200)) for number in range(3)]
    data = recipe(warc(archive(tmp_path, "a", *pages)), select={"near_text": NEAR})
    return data, run(tmp_path / "one", data)


def later(tmp_path: Path, *earlier: str) -> dict[str, Any]:
    """A page that was there at its URL, one with its text and one with nearly its text elsewhere, and a new one."""
    nearly = sentence(2, 200).rsplit(" ", 4)[0] + " which is another end"
    pages = [("s0.html", sentence(70, 200)), ("t1.html", sentence(1, 200)), ("t2.html", nearly)]
    file = archive(tmp_path, "b", *pages, ("new.html", sentence(80, 200)))
    return recipe(warc(file), select={"near_text": NEAR, "earlier": list(earlier)})


def test_a_later_run_keeps_only_what_earlier_ones_have_not(tmp_path: Path) -> None:
    _, manifest = first(tmp_path)
    assert manifest["samples"] == 3
    again = run(tmp_path / "two", later(tmp_path, str(tmp_path / "one")))
    assert again["samples"] == 1
    dropped = {"select/same_url": 1, "select/same_text": 1, "select/near_same_text": 1}
    assert again["summary"]["documents"]["dropped"] == dropped
    kept = pq.read_table(tmp_path / "one" / "index.parquet", columns=["id", "url"]).to_pylist()
    urls = {row["id"]: row["url"] for row in kept}
    ledger = pq.read_table(tmp_path / "two" / "ledger" / "ledger.parquet").to_pylist()
    gone = {row["what"]: row for row in ledger if row["filter"] == "select"}
    assert {what: urls[row["measured_text"]] for what, row in gone.items()} == {
        f"{HOST}/s0.html": f"{HOST}/s0.html",
        f"{HOST}/t1.html": f"{HOST}/s1.html",
        f"{HOST}/t2.html": f"{HOST}/s2.html",
    }
    assert all("it stands in an earlier corpus: corpus 'small', index " in row["message"] for row in gone.values())
    assert run(tmp_path / "three", later(tmp_path))["samples"] == 4


def test_a_third_run_takes_the_indexes_of_both_and_a_moved_one_makes_nothing_again(tmp_path: Path) -> None:
    first(tmp_path)
    run(tmp_path / "two", later(tmp_path, str(tmp_path / "one")))
    moved = tmp_path / "kept.parquet"
    os.rename(tmp_path / "two" / "index.parquet", moved)
    data = later(tmp_path, str(tmp_path / "one"), str(moved))
    assert run(tmp_path / "three", data)["samples"] == 0
    before = made(tmp_path / "three")
    os.rename(moved, tmp_path / "two" / "index.parquet")
    data["select"]["earlier"] = [str(tmp_path / "two"), str(tmp_path / "one")]
    assert run(tmp_path / "three", data)["samples"] == 0
    assert not worked(before, made(tmp_path / "three"))


def test_another_index_selects_again_and_extracts_nothing(tmp_path: Path) -> None:
    first(tmp_path)
    data = later(tmp_path)
    run(tmp_path / "two", data)
    before = made(tmp_path / "two")
    data["select"]["earlier"] = [str(tmp_path / "one")]
    assert run(tmp_path / "two", data)["samples"] == 1
    again = worked(before, made(tmp_path / "two"))
    assert again["select"]
    assert not {"load", "extract", "screen"} & set(again)


def test_the_index_tells_of_what_was_kept_and_is_the_same_on_every_run(tmp_path: Path) -> None:
    data, manifest = first(tmp_path)
    index = (tmp_path / "one" / "index.parquet").read_bytes()
    assert shards(run(tmp_path / "again", data)) == shards(manifest)
    assert (tmp_path / "again" / "index.parquet").read_bytes() == index
    rows = pq.read_table(tmp_path / "one" / "index.parquet").to_pylist()
    tables = [tmp_path / "one" / shard["name"].replace(".tar", ".parquet") for shard in manifest["shards"]]
    keys = [key for table in tables for key in pq.read_table(table)["key"].to_pylist()]
    assert sorted(row["id"] for row in rows) == sorted(keys)
    assert {len(row["signature"]) for row in rows} == {4 * 128}
    assert all(len(row["images"]) == 1 and row["images_key"] for row in rows)


def test_an_image_that_went_as_repeated_still_counts_in_later_runs(tmp_path: Path) -> None:
    common, captures = "/99.jpg", [(f"{HOST}/99.jpg", jpeg(99))]
    for number in range(4):
        captures.append((f"{HOST}/{number}.html", page("A story", sentence(number), f"/{number}.jpg", common)))
        captures.append((f"{HOST}/{number}.jpg", jpeg(number)))
    one = write_warc(tmp_path / "a.warc.gz", captures[:7])
    two = write_warc(tmp_path / "b.warc.gz", [captures[0], *captures[7:]])
    run(tmp_path / "one", recipe(warc(one), select={"max_image_uses": 2}))
    for earlier, dropped in (([], {}), ([str(tmp_path / "one")], {"select/image_repeated": 1})):
        data = recipe(warc(two), select={"max_image_uses": 2, "earlier": earlier})
        assert run(tmp_path / f"two{len(earlier)}", data)["summary"]["images"]["dropped"] == dropped


def test_a_run_that_stops_before_its_end_leaves_the_index_of_the_finished_corpus(tmp_path: Path) -> None:
    data, _ = first(tmp_path)
    index = (tmp_path / "one" / "index.parquet").read_bytes()
    with pytest.raises(AssertionError):  # no manifest of its own
        run(tmp_path / "one", data, until="select")
    assert (tmp_path / "one" / "index.parquet").read_bytes() == index


def test_a_run_is_not_compared_with_itself(tmp_path: Path) -> None:
    data, _ = first(tmp_path)
    data["select"]["earlier"] = [str(tmp_path / "one" / ".." / "one")]
    with pytest.raises(StartError, match=r"select.earlier\[0\]: .* is what this run makes"):
        run(tmp_path / "one", data)
    assert (tmp_path / "one" / "index.parquet").exists()


def test_paths_are_relative_to_the_recipe_and_faults_are_told_when_it_is_read(tmp_path: Path) -> None:
    first(tmp_path)
    folder = tmp_path / "recipes"
    folder.mkdir()
    (folder / "r.yaml").write_text(yaml.safe_dump(later(tmp_path, "../one")))
    loaded = load_recipe(str(folder / "r.yaml"), available_filters())
    assert loaded.select.earlier == (str(tmp_path / "one"),)
    (folder / "again.yaml").write_text(to_yaml(loaded))
    assert load_recipe(str(folder / "again.yaml"), available_filters()) == loaded
    (folder / "r.yaml").write_text(yaml.safe_dump(later(tmp_path, "../two")))
    with pytest.raises(RecipeError, match=r"select.earlier\[0\]: .*two.* is not there; run that corpus to its end"):
        load_recipe(str(folder / "r.yaml"), available_filters())
