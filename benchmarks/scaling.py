"""Whole runs on 1, 2, 4 and 8 times an input: time and memory, and where the time goes.

    python -m benchmarks.scaling [--documents N] [--sizes 1,2,4,8] [--workers 2] [--folder DIR] [--data DIR] [PART ...]

The input is the real pages of the data again and again in other words, on other hosts and with other pictures
(benchmarks/grown_web.py); the recipe is the preset `default` without its model. A part is one of `make` (the archives),
`sizes` (a run on each size), `workers` (the smallest size with one worker and with more) and `stages` (the smallest
size stage by stage with one worker: what bounds each); all, where none is named. What was measured stays in the folder,
so that a part can be run alone and taken up again; runs are removed as soon as they are measured. Prints the table of
all that is there and writes benchmarks/results/scaling.json.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from benchmarks.grown_web import write_grown_web
from benchmarks.process_tree import cost_of
from benchmarks.results import Figure, tell
from benchmarks.scaling_figures import all_figures
from benchmarks.web_data import DATA
from corpusflow.progress import STAGES
from corpusflow.recipe import parse_recipe
from corpusflow.store.paths import LocalStore
from corpusflow.store.run_files import read_commits
from filters.registry import available_filters
from jobs.build_corpus import last_stage
from jobs.built_in import built_in_recipes

DOCUMENTS = 20_000
MODEL_FILTERS = {"image_safety"}  # of the preset
PARTS = ("make", "sizes", "workers", "stages")


class Bench:
    """folder: of the archives, and of what was measured."""

    def __init__(self, data: Path, folder: Path, documents: int, workers: int) -> None:
        self.data = data
        self.folder = folder
        self.documents = documents
        self.workers = workers

    def archives(self, size: int) -> list[Path]:
        return write_grown_web(self.data, self.folder / f"web-{self.documents}", size * self.documents, self.workers)

    def run(self, size: int, workers: int) -> None:
        """A whole run, unless it was measured before."""
        told = self.folder / f"run-{self.documents}-{size}-{workers}.json"
        if told.exists():
            return
        archives = self.archives(size)
        output = self.folder / told.stem
        shutil.rmtree(output, ignore_errors=True)
        cost = cost_of(self._command(archives, output, workers), self.folder / "log")
        found = {"size": size, "workers": workers, "bytes_in": sum(path.stat().st_size for path in archives)}
        found |= asdict(cost) | of_run(output)
        told.write_text(json.dumps(found, indent=1), encoding="utf-8")
        shutil.rmtree(output)

    def stages(self) -> None:
        """The smallest size with one worker, a stage at a time, and each time once more: then nothing but the graph is
        left to do."""
        told = self.folder / f"stages-{self.documents}.json"
        if told.exists():
            return
        archives = self.archives(1)
        output = self.folder / told.stem
        shutil.rmtree(output, ignore_errors=True)
        rows = []
        for stage in stages_of(archives):
            work, again = (
                cost_of(self._command(archives, output, 1, stage), self.folder / "log") for _ in ("work", "again")
            )
            rows.append({"stage": stage, "work": asdict(work), "again": asdict(again)})
        told.write_text(json.dumps(rows, indent=1), encoding="utf-8")
        shutil.rmtree(output)

    def _command(self, archives: Sequence[Path], output: Path, workers: int, until: str = "shard") -> list[str]:
        recipe = self.folder / "recipe.yaml"
        recipe.write_text(yaml.safe_dump(recipe_of(archives)), encoding="utf-8")
        run = [sys.executable, "-m", "corpusflow.cli", "run", str(recipe), "--output", str(output), "--json"]
        return [*run, "--workers", str(workers), "--until", until]


def recipe_of(archives: Sequence[Path]) -> dict[str, Any]:
    """The preset `default`, less its model and what asks for that."""
    recipe: dict[str, Any] = yaml.safe_load(Path(built_in_recipes()["default"]).read_text(encoding="utf-8"))
    del recipe["embed"]
    recipe["name"] = "scaling"
    recipe["filters"] = [entry for entry in recipe["filters"] if entry["name"] not in MODEL_FILTERS]
    recipe["sources"] = [{"kind": "warc", "path": str(path)} for path in archives]
    recipe["fetch"] = {"web": False}
    return recipe


def stages_of(archives: Sequence[Path]) -> list[str]:
    recipe = parse_recipe(recipe_of(archives), available_filters())
    return [stage for stage in STAGES if last_stage(recipe, stage) == stage]


def of_run(output: Path) -> dict[str, Any]:
    """Counts of a finished run, and the seconds that its stages worked, summed over all workers."""
    store = LocalStore(str(output))
    manifest = json.loads((output / "manifest.json").read_text(encoding="utf-8"))
    documents, images = (manifest["summary"][unit] for unit in ("documents", "images"))
    copies: Counter[str] = Counter()
    for name, count in documents["dropped"].items():
        if name.startswith("select/"):
            copies[name.removeprefix("select/")] += count
    commits = read_commits(store)
    return {
        "documents": documents["in"],
        "kept": documents["kept"],
        "copies": dict(copies),
        "images": images["in"],
        "images_kept": images["kept"],
        "bytes_out": sum(path.stat().st_size for path in (output / "shards").glob("*.tar")),
        "bytes_made": sum(file.bytes for made in commits.values() for one in made for file in one.files.values()),
        "seconds_by_stage": {stage: sum(one.seconds for one in commits[stage]) for stage in STAGES if commits[stage]},
    }


def measured(folder: Path, documents: int) -> Iterator[Figure]:
    """The figures of whatever was measured of inputs of this size."""
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob(f"run-{documents}-*.json")]
    stages = folder / f"stages-{documents}.json"
    yield from all_figures(runs, json.loads(stages.read_text(encoding="utf-8")) if stages.exists() else [])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="all, where none is named")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--folder", type=Path, default=Path("build/scaling"))
    parser.add_argument("--documents", type=int, default=DOCUMENTS, help="of the smallest input")
    parser.add_argument("--sizes", default="1,2,4,8", help="times the smallest input")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    parts, sizes = given.parts or PARTS, sorted(int(size) for size in given.sizes.split(","))
    given.folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(given.data, given.folder, given.documents, given.workers)
    if "make" in parts:
        bench.archives(sizes[-1])
    if "sizes" in parts:
        for size in sizes:
            bench.run(size, given.workers)
    if "workers" in parts:
        for workers in range(1, given.workers + 1):
            bench.run(1, workers)
    if "stages" in parts:
        bench.stages()
    tell("scaling", list(measured(given.folder, given.documents)))


if __name__ == "__main__":
    main()
