"""Whole runs whose input and output both stand in an object store, and what is done with such a run afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.runs import run, shards, warc
from tests.remote_files import put_folder
from tests.web import captures, recipe, write_warc


def test_archives_in_a_store_give_the_shards_that_they_give_in_a_folder(bucket: str, tmp_path: Path) -> None:
    for number in range(3):
        write_warc(tmp_path / "in" / f"{number}.warc.gz", captures(range(10 * number, 10 * number + 4)))
    here = run(tmp_path / "out", recipe(warc(tmp_path / "in")))
    source = {"kind": "warc", "path": put_folder(tmp_path / "in", f"{bucket}/in")}
    there = run(f"{bucket}/out", recipe(source), workers=2)  # type: ignore[arg-type]
    assert there["samples"] == 12
    assert shards(there) == shards(here)
