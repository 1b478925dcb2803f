"""What is told of the runs of benchmarks/scaling.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.results import Figure


def all_figures(runs: Sequence[dict[str, Any]], stages: Sequence[dict[str, Any]]) -> Iterator[Figure]:
    """runs: of several sizes with one number of workers, and of the smallest with others. stages: see Bench.stages."""
    sized = sorted(runs, key=lambda run: (run["size"], run["workers"]))
    most = max((run["workers"] for run in sized), default=0)
    same = [run for run in sized if run["workers"] == most]
    for run in same:
        yield from of_size(run)
    if len(same) > 1:
        yield from growth(same[0], same[-1])
    yield from of_workers([run for run in sized if run["size"] == 1])
    for run in same[-1:]:
        yield from shares(run)
    yield from of_stages(stages, runs)


def of_size(run: dict[str, Any]) -> Iterator[Figure]:
    name, documents = f"{run['size']}x", run["documents"]
    yield Figure(f"{name}: documents", "documents", documents, {"kept": run["kept"]} | run["copies"])
    yield Figure(f"{name}: pictures mentioned", "images", run["images"], {"kept": run["images_kept"]})
    yield Figure(
        f"{name}: archives",
        "MB",
        rounded(run["bytes_in"] / 1e6),
        {"files of all stages": rounded(run["bytes_made"] / 1e6), "shards": rounded(run["bytes_out"] / 1e6)},
    )
    yield Figure(f"{name}: time", "s", rounded(run["seconds"]), {"processor seconds": rounded(cpu_s(run))})
    yield Figure(f"{name}: documents a second", "per s", rounded(documents / run["seconds"]))
    yield Figure(f"{name}: processor time a document", "ms", rounded(1000 * cpu_s(run) / documents))
    yield Figure(f"{name}: peak memory of the launcher", "MB", rounded(run["first"]["peak_mb"]), worker_mb(run))


def growth(least: dict[str, Any], most: dict[str, Any]) -> Iterator[Figure]:
    name = f"{most['size']}x over {least['size']}x"
    spent, memory = ([cpu_s(run) / run["documents"] for run in (least, most)], launchers(least, most))
    yield Figure(f"{name}: processor time a document", "ratio", rounded(spent[1] / spent[0]))
    yield Figure(f"{name}: peak memory of the launcher", "ratio", rounded(memory[1] / memory[0]))
    more = most["documents"] - least["documents"]
    yield Figure(f"{name}: launcher's memory a document", "kB", rounded(1024 * (memory[1] - memory[0]) / more))
    workers = [max(worker_mb(run).values(), default=0) for run in (least, most)]
    if all(workers):
        yield Figure(f"{name}: peak memory of a worker", "ratio", rounded(workers[1] / workers[0]))


def launchers(*runs: dict[str, Any]) -> list[float]:
    return [run["first"]["peak_mb"] for run in runs]


def of_workers(runs: Sequence[dict[str, Any]]) -> Iterator[Figure]:
    """runs: of one size, the one with the fewest workers first."""
    for run in runs[1:]:
        name = f"{run['workers']} workers over {runs[0]['workers']}"
        yield Figure(f"{name}: speed", "ratio", rounded(runs[0]["seconds"] / run["seconds"]))
        yield Figure(f"{name}: processor time", "ratio", rounded(cpu_s(run) / cpu_s(runs[0])))


def shares(run: dict[str, Any]) -> Iterator[Figure]:
    """Of the time that the stages worked, in the order of the data."""
    total = sum(run["seconds_by_stage"].values())
    for stage, seconds in run["seconds_by_stage"].items():
        yield Figure(f"{run['size']}x: share of the stages' time, {stage}", "%", rounded(100 * seconds / total))


def of_stages(stages: Sequence[dict[str, Any]], runs: Sequence[dict[str, Any]]) -> Iterator[Figure]:
    """What a stage's blocks take, less what a run takes that finds them all made; and what the graph adds for it."""
    before: dict[str, float] = {}
    documents = next((run["documents"] for run in runs if run["size"] == 1), 0)
    for row in stages:
        work, again = row["work"], row["again"]
        wall, spent = work["seconds"] - again["seconds"], cpu_s(work) - cpu_s(again)
        disk = disk_mb(work) - disk_mb(again)
        graph = cpu_s(again) - before.get("cpu_s", 0)
        told = {"processor seconds": rounded(spent), "graph, processor seconds": rounded(graph)}
        if documents:
            told["processor ms a document"] = rounded(1000 * spent / documents)
        told["MB of the disk"] = rounded(disk)
        # Of a short time the difference of two runs says little.
        if wall > 2:
            told["share of a core"] = rounded(spent / wall)
        yield Figure(f"stage {row['stage']}: time, one worker", "s", rounded(wall), told)
        before = {"cpu_s": cpu_s(again)}


def worker_mb(run: dict[str, Any]) -> dict[str, float]:
    """Peaks of the workers, the largest processes but the first."""
    peaks = sorted((process["peak_mb"] for process in run["others"]), reverse=True)
    workers = run["workers"] if run["workers"] > 1 else 0
    return {f"worker {number}": rounded(peak) for number, peak in enumerate(peaks[:workers], 1)}


def cpu_s(run: dict[str, Any]) -> float:
    return float(sum(process["cpu_s"] for process in (run["first"], *run["others"])))


def disk_mb(run: dict[str, Any]) -> float:
    return float(sum(process["read_mb"] + process["written_mb"] for process in (run["first"], *run["others"])))


def rounded(value: float) -> float:
    """To four digits: the rest is noise."""
    return float(f"{value:.4g}")
