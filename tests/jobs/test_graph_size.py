"""The graph is sent to the engine as one message, and some take no more than 10 MB of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from corpusflow.recipe import parse_recipe, with_defaults
from corpusflow.store.key_index import write_index
from corpusflow.store.paths import open_store
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.cluster import add_graph, prepared_job
from tests.jobs.runs import warc
from tests.web import captures, recipe, write_warc

MOST = 300_000  # bytes of a graph with a stage of every kind
ROUNDING = 200  # bytes by which paths and digests differ once they are compressed

ROW = {"id": "d", "url": "u", "url_key": "k", "text_key": "t", "language": "en", "images_key": "i", "images": []}


def graph_size(pipeline: beam.Pipeline) -> int:
    return len(pipeline.to_runner_api().SerializeToString())


def size_of(output: Path, data: dict[str, Any]) -> int:
    registry = available_filters()
    pipeline = beam.Pipeline(runner=FnApiRunner())
    wanted = with_defaults(parse_recipe(data, registry), registry)
    add_graph(pipeline, wanted, registry, open_store(str(output)), RunOptions())
    return graph_size(pipeline)


def test_the_graph_does_not_grow_with_the_input(tmp_path: Path) -> None:
    registry = available_filters()
    sizes = []
    for files in (1, 30):
        folder = tmp_path / f"{files:02d}"
        for number in range(files):
            write_warc(folder / f"in/{number:02d}.warc.gz", captures([number]))
        pipeline = beam.Pipeline(runner=FnApiRunner())
        wanted = parse_recipe(recipe(warc(folder / "in")), registry)
        with prepared_job(pipeline, wanted, registry, str(folder / "out"), RunOptions()):
            assert len((folder / "out/plan/parts.jsonl").read_text().splitlines()) == files
            sizes.append(graph_size(pipeline))
    assert abs(sizes[1] - sizes[0]) < ROUNDING
    assert sizes[1] < MOST


def test_the_graph_does_not_grow_with_the_lists_that_a_recipe_names(tmp_path: Path) -> None:
    archive = write_warc(tmp_path / "a.warc.gz", captures([0]))
    sizes = []
    for lines in (1, 20_000):
        opt_out, blocked = tmp_path / f"out-{lines:05d}.txt", tmp_path / f"bad-{lines:05d}.txt"
        for file in (opt_out, blocked):
            file.write_text("".join(f"host-{number}.example\n" for number in range(lines)), encoding="utf-8")
        data = recipe(warc(archive), consent={"opt_out": str(opt_out)})
        data["filters"].append({"name": "blocked_urls", "options": {"path": str(blocked)}})
        sizes.append(size_of(tmp_path / "out", data))
    assert abs(sizes[1] - sizes[0]) < ROUNDING


def test_the_graph_does_not_grow_with_the_corpora_built_before(tmp_path: Path) -> None:
    archive = write_warc(tmp_path / "a.warc.gz", captures([0]))
    sizes = []
    for blocks in (1, 1_000):
        folder = tmp_path / f"earlier-{blocks:04d}"
        write_index(
            open_store(str(folder)),
            "pages",
            None,
            ([ROW] * (number * number % 7 + number % 5 + 1) for number in range(blocks)),
        )
        data = recipe(warc(archive), select={"earlier": [str(folder)], "near_text": None})
        sizes.append(size_of(tmp_path / "out", data))
    assert abs(sizes[1] - sizes[0]) < ROUNDING
