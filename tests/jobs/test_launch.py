"""Whole runs on small archives: what comes out, what is made again, and what is never made again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import webdataset

from corpusflow.errors import RecipeError, RunError, StartError
from corpusflow.recipe import parse_recipe
from corpusflow.store.paths import LocalStore
from corpusflow.work_done import WorkDone
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.launch import run_corpus
from tests.jobs.runs import made, run, shards, warc, worked
from tests.web import HOST, captures, jpeg, page, recipe, sentence, story, write_warc


def ledger(output: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(output / "ledger/ledger.parquet").to_pylist()
    return rows


def test_an_archive_becomes_shards_that_webdataset_reads(tmp_path: Path) -> None:
    archive = write_warc(tmp_path / "in" / "a.warc.gz", captures(range(8)))
    manifest = run(tmp_path / "out", recipe(warc(archive)))
    assert manifest["samples"] == 8
    assert len(manifest["shards"]) > 1
    for name, digest in shards(manifest).items():
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == digest
    urls = [str(tmp_path / "out" / name) for name in shards(manifest)]
    samples = list(webdataset.WebDataset(urls, shardshuffle=False, empty_check=False).decode("pil"))
    assert {sample["json"]["url"] for sample in samples} == {f"{HOST}/{number}.html" for number in range(8)}
    for sample in samples:
        data = sample["json"]
        number = int(data["url"].removeprefix(f"{HOST}/").removesuffix(".html"))
        assert data["texts"] == [f"Story {number}", sentence(number), None, sentence(number + 10_000)]
        assert data["images"] == [None, None, f"{sample['__key__']}.0.jpg", None]
        assert sample["0.jpg"].size == (200, 160)
    tables = [pq.read_table(tmp_path / "out" / name.replace(".tar", ".parquet")) for name in shards(manifest)]
    assert sum(table.num_rows for table in tables) == 8


def test_two_workers_make_the_bytes_that_one_makes(tmp_path: Path) -> None:
    archive = write_warc(tmp_path / "a.warc.gz", captures(range(10)))
    one = run(tmp_path / "one", recipe(warc(archive)))
    two = run(tmp_path / "two", recipe(warc(archive)), workers=2)
    assert shards(one) == shards(two)


def test_a_second_run_makes_nothing(tmp_path: Path) -> None:
    archive = write_warc(tmp_path / "a.warc.gz", captures(range(5)))
    first = run(tmp_path / "out", recipe(warc(archive)))
    before = made(tmp_path / "out")
    assert run(tmp_path / "out", recipe(warc(archive))) == first
    assert made(tmp_path / "out") == before


def test_a_changed_threshold_makes_judge_and_shard_again_and_nothing_else(tmp_path: Path) -> None:
    small = [(f"{HOST}/s.html", page("S", sentence(99), "/s.jpg")), (f"{HOST}/s.jpg", jpeg(99, 120, 110))]
    items = [*captures(range(5)), *small]
    data = recipe(warc(write_warc(tmp_path / "a.warc.gz", items)))
    assert run(tmp_path / "out", data)["samples"] == 6
    before = made(tmp_path / "out")
    data["filters"][1]["options"]["min_side"] = 150
    assert run(tmp_path / "out", data)["samples"] == 5
    assert set(worked(before, made(tmp_path / "out"))) == {"judge", "shard"}


def test_a_changed_text_threshold_extracts_and_fetches_nothing_again(tmp_path: Path) -> None:
    data = recipe(warc(write_warc(tmp_path / "a.warc.gz", captures(range(5)))))
    run(tmp_path / "out", data)
    before = made(tmp_path / "out")
    data["filters"][0]["options"]["min_words"] = 11
    run(tmp_path / "out", data)
    again = worked(before, made(tmp_path / "out"))
    assert set(again) <= {"screen", "select", "align", "judge", "shard"}
    assert not {"load", "extract", "clean", "fetch", "embed"} & set(again)


def test_new_input_makes_its_own_blocks_only(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_warc(folder / "b.warc.gz", captures(range(7)))
    run(tmp_path / "out", recipe(warc(folder)))
    before = made(tmp_path / "out")
    # Sorts before the old file, shares its hosts, and is three pages: one block of documents, two of images.
    write_warc(folder / "a.warc.gz", captures(range(100, 103)))
    grown = run(tmp_path / "out", recipe(warc(folder)))
    again = worked(before, made(tmp_path / "out"))
    assert {stage: count for stage, count in again.items() if stage != "shard"} == {
        "load": 1,
        "extract": 1,
        "clean": 1,
        "screen": 1,
        "select": 1,
        "fetch": 2,
        "embed": 2,
        "align": 1,
        "judge": 1,
    }
    assert shards(grown) == shards(run(tmp_path / "fresh", recipe(warc(folder))))


def test_every_input_is_accounted_for(tmp_path: Path) -> None:
    items = [
        *captures(range(4)),
        (f"{HOST}/0.html", story(0)),  # the same page again
        (f"{HOST}/copy.html", story(1)),  # the same text elsewhere
        (f"{HOST}/short.html", page("Short", "Too few words.", "/1.jpg")),
        (f"{HOST}/bare.html", page("Bare", sentence(50))),
        (f"{HOST}/small.html", page("Small", sentence(51), "/small.jpg", "/static/logo.png")),
        (f"{HOST}/small.jpg", jpeg(51, 16, 16)),
        (f"{HOST}/gone.html", page("Gone", sentence(52), "/gone.jpg", "/2.jpg")),
        (f"{HOST}/broken.html", page("Broken", sentence(53), "/broken.jpg", "/3.jpg")),
        (f"{HOST}/broken.jpg", jpeg(53)[:500]),
        (f"{HOST}/empty.html", b""),
        (f"{HOST}/binary.html", bytes(range(256)) * 8),
    ]
    data = recipe(warc(write_warc(tmp_path / "a.warc.gz", items)), limits={"failed_documents": 0.5})
    summary = run(tmp_path / "out", data)["summary"]
    assert summary["documents"] == {
        "in": 13,
        "kept": 6,
        "gone_with_document": 0,
        "dropped": {
            "document_shape/too_few_images": 2,
            "select/same_text": 1,
            "select/same_url": 1,
            "text_length/document_too_short": 1,
        },
        "failed": {"extract/empty_body": 1, "extract/not_text": 1},
    }
    assert summary["images"]["dropped"] == {
        "extract/image_is_logo": 1,
        "fetch/not_in_archive": 1,
        "image_size/image_too_small": 1,
    }
    assert summary["images"]["failed"] == {"fetch/image_truncated": 1}
    small = next(row for row in ledger(tmp_path / "out") if row["reason"] == "image_too_small")
    assert (small["filter"], small["measured"], small["limit"], small["what"]) == (
        "image_size",
        16,
        100,
        f"{HOST}/small.jpg",
    )


def test_a_text_of_which_cleaning_leaves_nothing_is_accounted_for(tmp_path: Path) -> None:
    video = page("Video", sentence(0), "[Video]", "/0.jpg", f"{sentence(1)} [Video]")
    items = [(f"{HOST}/0.html", video), (f"{HOST}/0.jpg", jpeg(0))]
    data = recipe(warc(write_warc(tmp_path / "a.warc.gz", items)))
    texts = run(tmp_path / "out", data)["summary"]["texts"]
    assert texts["in"] == 4
    assert (texts["kept"], texts["dropped"]) == (3, {"cleaning/text_empty_after_cleaning": 1})
    assert [row["stage"] for row in ledger(tmp_path / "out")] == ["clean"]


def test_too_many_failures_fail_the_run_and_leave_no_manifest(tmp_path: Path) -> None:
    items = [*captures(range(2)), (f"{HOST}/empty.html", b"")]
    data = recipe(warc(write_warc(tmp_path / "a.warc.gz", items)))
    with pytest.raises(RunError, match=r"1 of 3 documents failed, more than limits.failed_documents 0\.2 .*empty_body"):
        run(tmp_path / "out", data)
    assert not (tmp_path / "out/manifest.json").exists()
    assert [row["reason"] for row in ledger(tmp_path / "out")] == ["empty_body"]


def test_a_run_in_which_every_image_fails_is_no_success(tmp_path: Path) -> None:
    items = [(f"{HOST}/1.html", story(1)), (f"{HOST}/1.jpg", b"no picture")]
    with pytest.raises(RunError, match="1 of 1 images failed"):
        run(tmp_path / "out", recipe(warc(write_warc(tmp_path / "a.warc.gz", items))))


def test_a_folder_of_pages_takes_its_pictures_from_itself(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    for number in range(4):
        (folder / f"sub {number}").mkdir(parents=True)
        (folder / f"sub {number}" / "page.html").write_bytes(page(f"P{number}", sentence(number), "bild.jpg"))
        (folder / f"sub {number}" / "bild.jpg").write_bytes(jpeg(number))
    source = {"kind": "html", "path": str(folder), "base_url": "https://docs.example/v1"}
    manifest = run(tmp_path / "out", recipe(source))
    assert manifest["samples"] == 4
    tables = [pq.read_table(tmp_path / "out" / name.replace(".tar", ".parquet")) for name in shards(manifest)]
    urls = {url for table in tables for url in table["url"].to_pylist()}
    assert urls == {f"https://docs.example/v1/sub%20{number}/page.html" for number in range(4)}


def test_limit_takes_the_first_pages_and_the_whole_comes_later(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_warc(folder / "a.warc.gz", captures(range(5)))
    write_warc(folder / "b.warc.gz", captures(range(10, 15)))
    assert run(tmp_path / "out", recipe(warc(folder)), limit=7)["summary"]["documents"]["in"] == 7
    assert run(tmp_path / "out", recipe(warc(folder)))["summary"]["documents"]["in"] == 10


def test_until_stops_after_a_stage(tmp_path: Path) -> None:
    archive = write_warc(tmp_path / "a.warc.gz", captures(range(3)))
    registry = available_filters()
    wanted = parse_recipe(recipe(warc(archive)), registry)
    assert run_corpus(wanted, registry, str(tmp_path / "out"), RunOptions(until="select")) is None
    stages = {path.name.partition("-")[0] for path in (tmp_path / "out/stages").iterdir()}
    assert stages == {"load", "extract", "clean", "screen", "select"}


def test_a_run_that_stops_before_the_shards_leaves_a_finished_corpus_as_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = recipe(warc(write_warc(tmp_path / "a.warc.gz", captures(range(3)))))
    run(tmp_path / "out", data)
    before = whole_of(tmp_path / "out")
    registry = available_filters()
    data["filters"][1]["options"]["min_side"] = 150
    wanted = parse_recipe(data, registry)
    for options in (RunOptions(until="judge"), RunOptions(until="select", limit=1)):
        caplog.clear()
        assert run_corpus(wanted, registry, str(tmp_path / "out"), options) is None
        assert "holds a finished corpus of 3 samples: that stays as it is" in caplog.text
        assert whole_of(tmp_path / "out") == before
    caplog.clear()
    assert run(tmp_path / "out", data)["samples"] == 3
    assert "finished corpus" not in caplog.text
    assert whole_of(tmp_path / "out") != before


def whole_of(output: Path) -> dict[str, bytes]:
    """What tells of a run as a whole."""
    files = [
        *output.glob("*.*"),
        *(output / "shards").iterdir(),
        *(output / "ledger").iterdir(),
        output / "plan/commits.jsonl",
    ]
    return {str(file.relative_to(output)): file.read_bytes() for file in files if file.name != "run.lock"}


def test_a_limit_that_makes_less_of_a_finished_corpus_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = recipe(warc(write_warc(tmp_path / "a.warc.gz", captures(range(4)))))
    told = "held a finished corpus of {}; it is no longer whole until a run without --limit"
    for limit, less in [(3, ""), (3, ""), (2, "3 samples"), (None, ""), (1, "4 samples"), (2, "")]:
        caplog.clear()
        assert run(tmp_path / "out", data, limit=limit)["samples"] == (limit or 4)
        assert ("finished corpus" in caplog.text) == bool(less)
        assert told.format(less) in caplog.text or not less


def test_parts_that_a_limit_loads_at_once_count_as_made(tmp_path: Path) -> None:
    data = recipe(warc(write_warc(tmp_path / "a.warc.gz", captures(range(4)))))
    registry = available_filters()
    done: list[WorkDone] = []
    for _ in range(2):
        options = RunOptions(limit=2, until="extract")
        run_corpus(parse_recipe(data, registry), registry, str(tmp_path / "out"), options, tell=done.append)
    assert done == [WorkDone({"load": 1, "extract": 1}, {}), WorkDone({}, {"load": 1, "extract": 1})]


def test_a_directory_of_another_corpus_is_refused(tmp_path: Path) -> None:
    archive = write_warc(tmp_path / "a.warc.gz", captures(range(1)))
    run(tmp_path / "out", recipe(warc(archive)))
    with pytest.raises(RunError, match="holds the corpus 'small', the recipe is 'other'"):
        run(tmp_path / "out", recipe(warc(archive), name="other"))


def test_a_directory_with_other_things_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    archive = write_warc(tmp_path / "in/a.warc.gz", captures(range(1)))
    with pytest.raises(RunError, match=r"is not empty and is no run directory"):
        run(tmp_path / "in", recipe(warc(archive)))
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["a.warc.gz"]


def test_a_missing_source_is_told_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"none\.warc"):
        run(tmp_path / "out", recipe(warc(tmp_path / "none.warc")))
    assert not (tmp_path / "out").exists()


def test_two_sources_with_one_name_are_refused_until_they_are_told_apart(tmp_path: Path) -> None:
    paths = [write_warc(tmp_path / folder / "a.warc.gz", captures([number])) for number, folder in enumerate("xy")]
    with pytest.raises(RunError, match=r"two sources hold 'a\.warc\.gz'; tell them apart by `name:`"):
        run(tmp_path / "out", recipe(*(warc(path) for path in paths)))
    named = [warc(path, name=path.parent.name) for path in paths]
    assert run(tmp_path / "out", recipe(*named))["samples"] == 2


def test_an_output_on_a_store_that_is_not_known_is_refused() -> None:
    registry = available_filters()
    with pytest.raises(StartError, match="nowhere://"):
        run_corpus(parse_recipe(recipe(warc(Path("w"))), registry), registry, "nowhere://bucket/run", RunOptions())


def test_the_run_directory_tells_what_made_it(tmp_path: Path) -> None:
    archive = write_warc(tmp_path / "a.warc.gz", captures(range(1)))
    run(tmp_path / "out", recipe(warc(archive)))
    store = LocalStore(str(tmp_path / "out"))
    assert json.loads(store.read("run.json"))["corpus"] == "small"
    assert store.read("recipe.yaml").startswith(b"name: small\n")
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"README.md", "report.html", "manifest.json"}


def test_an_entry_of_the_recipe_that_is_wrong_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(RecipeError):
        run(tmp_path / "out", recipe(warc(tmp_path), filters=[{"name": "nothing"}]))
    assert not (tmp_path / "out").exists()


def test_a_damaged_shard_is_made_again(tmp_path: Path) -> None:
    data = recipe(warc(write_warc(tmp_path / "a.warc.gz", captures(range(5)))))
    manifest = run(tmp_path / "out", data)
    shard = tmp_path / "out" / manifest["shards"][0]["name"]
    whole = shard.read_bytes()
    shard.write_bytes(whole[:3000] + bytes([whole[3000] ^ 1]) + whole[3001:])
    assert run(tmp_path / "out", data) == manifest
    assert shard.read_bytes() == whole


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc on this system")
def test_a_place_where_no_directory_can_be_made_is_told_with_the_way_out(tmp_path: Path) -> None:
    archive = write_warc(tmp_path / "in" / "a.warc.gz", captures(range(1)))
    with pytest.raises(StartError, match=r"/proc/corpus/? cannot be made: No such file .*another --output"):
        run("/proc/corpus", recipe(warc(archive)))
