"""Whole runs with their run directory on an object store."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpusflow.errors import StartError
from corpusflow.store.paths import open_store
from tests.faulty_proxy import Faults
from tests.jobs.runs import run, shards, warc
from tests.web import captures, recipe, write_warc


def test_a_run_on_an_object_store_makes_the_shards_of_a_local_run(bucket: str, tmp_path: Path) -> None:
    # Two processes on one kind of store: to start them takes longer than all else here.
    workers = 2 if bucket.startswith("s3:") else 1
    data = recipe(warc(write_warc(tmp_path / "a.warc.gz", captures(range(7)))))
    local = run(tmp_path / "out", data)
    store = open_store(f"{bucket}/runs/one")
    assert shards(run(store.root, data, workers=workers)) == shards(local)
    stages = list(store.tree("stages"))
    sidecars = {name: store.read(name) for name in stages if name.endswith(".json")}
    assert sidecars
    names = sorted(f"shards/{file.name}" for file in (tmp_path / "out/shards").iterdir())
    assert list(store.names("shards")) == names
    assert shards(run(store.root, data)) == shards(local)
    assert list(store.tree("stages")) == stages
    assert {name: store.read(name) for name in sidecars} == sidecars
    assert not store.exists("run.lock")


def test_a_place_that_cannot_be_written_is_told_before_anything_else(
    faulty: tuple[str, Faults], tmp_path: Path
) -> None:
    address, faults = faulty
    data = recipe(warc(tmp_path / "not there, which would be told next.warc.gz"))
    nowhere = address.replace("bucket", "no-bucket")
    with pytest.raises(StartError, match=r"no-bucket.*there is no such bucket; make it first"):
        run(f"{nowhere}/out", data)
    faults.always |= {"POST": 403, "PUT": 403}
    with pytest.raises(StartError, match=f"^{address}/out cannot be written: .*; give another --output"):
        run(f"{address}/out", data)
    faults.always.clear()
    with pytest.raises(StartError, match="not there, which would be told next"):
        run(f"{address}/out", data)
    assert list(open_store(address).tree("out")) == []


def test_a_run_is_not_the_earlier_corpus_of_itself_and_goes_over_nothing(bucket: str, tmp_path: Path) -> None:
    source = warc(write_warc(tmp_path / "a.warc.gz", captures(range(3))))
    run(f"{bucket}/out", recipe(source))
    with pytest.raises(StartError, match=r"select.earlier\[0\]: .* is what this run makes"):
        run(f"{bucket}/out/", recipe(source, select={"earlier": [f"{bucket}/out"]}))
    open_store(bucket).write("other/deeper/file", b"")
    with pytest.raises(StartError, match=r"other is not empty and is no run directory"):
        run(f"{bucket}/other", recipe(source))
