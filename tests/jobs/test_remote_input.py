"""Whole runs whose input and output both stand in an object store, and the commands that look at such a run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpusflow.export.card import card_text
from corpusflow.models.registry import IMAGE_TEXT_SCORERS
from corpusflow.store.address import entries, is_file
from tests.command_line import call
from tests.jobs.runs import run, shards, warc
from tests.remote_files import put, put_folder
from tests.transforms.scorers import Colours, plain_jpeg
from tests.web import HOST, captures, page, recipe, write_warc


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run on this machine, with similarities; one of its documents was dropped."""
    folder = tmp_path_factory.mktemp("finished")
    items: list[tuple[str, bytes]] = []
    for number, colour in enumerate(("red", "green", "blue")):
        words = " ".join([colour] * 3 + [f"word{number}x{at}" for at in range(20)])
        items.append((f"{HOST}/{number}", page(f"Page {number}", words, f"/{number}.jpg")))
        items.append((f"{HOST}/{number}.jpg", plain_jpeg(colour, 200 + number)))
    items.append((f"{HOST}/bare", page("Bare", "without a picture " + "word " * 20, "")))
    source = warc(write_warc(folder / "a.warc.gz", items))
    rules = [{"name": "document_shape", "options": {"min_images": 1}}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(IMAGE_TEXT_SCORERS, "colours", Colours)
        run(folder / "out", recipe(source, embed={"similarity": {"name": "colours"}}, filters=rules))
        yield folder / "out"


@pytest.fixture
def remote_run(finished: Path, bucket: str) -> str:
    return put_folder(finished, f"{bucket}/runs/mine")


def sources(folder: str) -> list[dict[str, Any]]:
    site = {"kind": "html", "path": f"{folder}/site", "base_url": f"{HOST}/"}
    return [{"kind": "warc", "path": f"{folder}/*.warc.gz"}, site]


def test_archives_in_a_store_give_the_shards_that_they_give_in_a_folder(bucket: str, tmp_path: Path) -> None:
    for number in range(3):
        write_warc(tmp_path / "in" / f"{number}.warc.gz", captures(range(10 * number, 10 * number + 4)))
    (tmp_path / "in" / "site").mkdir()
    for url, body in captures(range(30, 32)):
        (tmp_path / "in" / "site" / url.rpartition("/")[2]).write_bytes(body)
    here = run(tmp_path / "out", recipe(*sources(str(tmp_path / "in"))))
    # Two processes on one kind of store, the other one than in test_object_stores.
    workers = 2 if bucket.startswith("gs:") else 1
    there = run(f"{bucket}/out", recipe(*sources(put_folder(tmp_path / "in", f"{bucket}/in"))), workers=workers)
    assert there["samples"] == 14
    assert shards(there) == shards(here)
    assert "problems 0" in call("verify", f"{bucket}/out")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sample", "{run}", "-n", "3"], "Page 1"),
        (["sample", "{run}", "--dropped"], "Bare"),
        (["sample", "{run}", "--reason", "document_shape"], "Bare"),
        (["sample", "{run}", "--html", "{folder}/page.html"], "3 documents in"),
        (["sample", "{run}", "--folder", "{folder}/samples"], "3 documents in"),
        (["sample", "{run}", "--json"], '"sample_id"'),
        (["verify", "{run}"], "problems 0"),
        (["verify", "{run}", "--quick", "--json"], "[]"),
        (["calibrate", "{run}", "--html", "{folder}/page.html"], "histograms"),
        (["export", "{run}", "{bucket}/exported"], "3 samples of 3 documents"),
        (["export", "{run}", "{folder}/exported"], "3 samples of 3 documents"),
    ],
)
def test_a_run_in_a_store_is_looked_at_as_one_in_a_folder(
    remote_run: str, finished: Path, bucket: str, tmp_path: Path, words: list[str], said: str
) -> None:
    told = call(*(word.format(run=remote_run, folder=tmp_path, bucket=bucket) for word in words))
    assert said in told
    if words[0] in ("sample", "verify") and "{folder}" not in words[-1]:
        assert told == call(*(word.format(run=finished) for word in words))
    if "--html" in words:
        assert "mine" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_an_export_to_a_store_has_the_bytes_of_one_to_a_folder(remote_run: str, bucket: str, tmp_path: Path) -> None:
    there = json.loads(call("export", remote_run, f"{bucket}/out", "--json"))
    here = json.loads(call("export", remote_run, str(tmp_path / "out"), "--json"))
    assert [shard["sha256"] for shard in there["shards"]] == [shard["sha256"] for shard in here["shards"]]
    assert [shard["name"] for shard in there["shards"]] == [shard["name"] for shard in here["shards"]]
    assert "problems 0" in call("verify", f"{bucket}/out")


def test_an_export_goes_over_nothing_and_not_into_the_run(remote_run: str, bucket: str) -> None:
    put(f"{bucket}/taken/x/y", b"")
    put(f"{bucket}/file", b"")
    assert "is not empty: it has x" in call("export", remote_run, f"{bucket}/taken", code=2)
    assert "is a file" in call("export", remote_run, f"{bucket}/file", code=2)
    assert "is the run's own place" in call("export", remote_run, f"{remote_run}/exported", code=2)


def test_an_export_that_is_stopped_leaves_nothing(
    remote_run: str, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("corpusflow.export.export.card_text", stop)
    assert "Nothing is left" in call("export", remote_run, f"{bucket}/out", code=130)
    assert entries(f"{bucket}/out") == []


def test_of_two_exports_at_once_one_has_the_place(
    remote_run: str, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = card_text

    def meanwhile(*args: Any) -> str:
        told.append(call("export", remote_run, f"{bucket}/out", code=2))
        with monkeypatch.context() as patch:
            # One that looked before the first had claimed the place.
            patch.setattr("corpusflow.export.export.entries", lambda place: [])
            told.append(call("export", remote_run, f"{bucket}/out", code=2))
        return before(*args)

    told: list[str] = []
    monkeypatch.setattr("corpusflow.export.export.card_text", meanwhile)
    assert "3 samples of 3 documents" in call("export", remote_run, f"{bucket}/out")
    assert ["an export that is at work" in " ".join(said.split()) for said in told] == [True, True]
    assert "problems 0" in call("verify", f"{bucket}/out")
    assert not is_file(f"{bucket}/out/export.claim")


def test_an_export_to_no_bucket_is_told(remote_run: str, bucket: str) -> None:
    nowhere = f"{bucket.replace('bucket', 'no-bucket')}/out"
    assert "there is no such bucket" in " ".join(call("export", remote_run, nowhere, code=2).split())


@pytest.mark.parametrize("command", ["sample", "verify", "calibrate", "export"])
def test_what_is_no_run_is_told_with_its_address(bucket: str, tmp_path: Path, command: str) -> None:
    nowhere = f"{bucket.replace('bucket', 'no-bucket')}/run"
    more = [str(tmp_path / "out")] if command == "export" else []
    for place in (f"{bucket}/nothing", nowhere):
        assert f"{place} is no run directory" in " ".join(call(command, place, *more, code=2).split())


def test_a_run_tells_its_addresses_at_the_end(bucket: str, tmp_path: Path) -> None:
    source = put_folder(write_warc(tmp_path / "in" / "a.warc.gz", captures(range(2))).parent, f"{bucket}/in")
    path = tmp_path / "recipe.yaml"
    path.write_text(json.dumps(recipe({"kind": "warc", "path": source})), encoding="utf-8")
    said = call("run", str(path), "--output", f"{bucket}/out")
    assert f"shards  {bucket}/out/shards\nreport  {bucket}/out/report.html" in said
    lines = call("run", str(path), "--output", f"{bucket}/out/", "--json").splitlines()
    assert json.loads(lines[-1])["directory"] == f"{bucket}/out"
