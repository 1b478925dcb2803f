"""Whole runs with their run directory on an object store."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpusflow.store.paths import open_store
from tests.jobs.runs import run, shards, warc
from tests.web import captures, recipe, write_warc


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_on_an_object_store_makes_the_shards_of_a_local_run(bucket: str, tmp_path: Path, workers: int) -> None:
    data = recipe(warc(write_warc(tmp_path / "a.warc.gz", captures(range(7)))))
    local = run(tmp_path / "out", data)
    store = open_store(f"{bucket}/runs/one")
    assert shards(run(store.root, data, workers=workers)) == shards(local)
    stages = list(store.tree("stages"))
    sidecars = {name: store.read(name) for name in stages if name.endswith(".json")}
    assert sidecars
    names = sorted(f"shards/{file.name}" for file in (tmp_path / "out/shards").iterdir())
    assert list(store.names("shards")) == names
    assert shards(run(store.root, data, workers=workers)) == shards(local)
    assert list(store.tree("stages")) == stages
    assert {name: store.read(name) for name in sidecars} == sidecars
    assert not store.exists("run.lock")
