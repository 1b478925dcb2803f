"""Pictures a second from a web on loopback, decoded, cut to 256 pixels and stored, beside img2dataset.

    python -m benchmarks.fetch [--img2dataset PROGRAM]

Both fetch the same URLs from the same server with as many processes, and make the same sizes at the same JPEG quality.
Ours is the transform of a run, robots.txt, consent and hashes included. A worker is a process; both have threads in it.
Start-up is left out on both sides: the time is from the beginning of the first block or shard to the end of the last
one. Rounds are interleaved, the median counts. Beside them the two halves of the work alone on all cores, which is what
the machine can do at most: aiohttp without decoding, and decoding without a web.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import apache_beam as beam
import pyarrow.parquet as pq

from benchmarks.fetch_peers import IN_FLIGHT, decoding, img2dataset, plain_aiohttp
from benchmarks.picture_web import host_names, picture_web, write_photographs
from benchmarks.results import Figure, tell
from corpusflow.recipe import Recipe, parse_recipe
from corpusflow.store.commit import Commit
from corpusflow.store.paths import LocalStore
from filters.registry import available_filters
from jobs.options import local_runner
from transforms.fetch import FetchImages

PICTURES = 200
HOSTS = 64
URLS = 3000
WARM_UP = 300  # URLs of the round that does not count
ROUNDS = 5
MAX_SIDE = 256
QUALITY = 90
WORKERS = (1, 2)
REGISTRY = available_filters()
OURS, IMG2DATASET = "corpusflow", "img2dataset"
AIOHTTP, DECODING = "aiohttp on all cores, no decoding", "decoding alone, on all cores"

Rates = dict[tuple[str, int], float]
"""Pictures a second by (name, workers); workers is 0 for what all cores can do at most."""


def recipe() -> Recipe:
    """As polite as ever, but in no need of a pause: the hosts are one machine."""
    return parse_recipe(
        {
            "name": "fetch",
            "sources": [{"kind": "warc", "path": "none.warc"}],
            "fetch": {
                "contact": "mailto:us@site.example",
                "allow_loopback": True,
                "concurrency": IN_FLIGHT,
                "pause_s": 0,
                "max_side": MAX_SIDE,
                "quality": QUALITY,
            },
        },
        REGISTRY,
    )


def through_beam(urls: list[str], workers: int, folder: Path) -> float:
    """Pictures a second. Raises SystemExit unless all were stored, at the size that is asked for."""
    store = LocalStore(str(folder))
    runner, options = local_runner(workers, store.path("workers.log"))
    folder.mkdir(parents=True)
    pipeline = beam.Pipeline(runner=runner, options=options)
    fetched = FetchImages(recipe(), store)
    _ = pipeline | "URLs" >> beam.Create([(url, (None, ("block",))) for url in urls]) | "Fetch" >> fetched
    pipeline.run().wait_until_finish()
    begins, ends, stored = [], [], 0
    for name in store.names(fetched.stage.place):
        if name.endswith(".json"):
            commit = Commit.from_json(json.loads(store.read(name)))
            ends.append(Path(store.path(name)).stat().st_mtime)
            begins.append(ends[-1] - commit.seconds)
            with store.open(commit.files["parquet"].name) as file:
                rows = pq.read_table(file, columns=["status", "width", "height"]).to_pylist()
            stored += sum(row["status"] == "ok" and max(row["width"], row["height"]) == MAX_SIDE for row in rows)
    if stored != len(urls):
        raise SystemExit(f"corpusflow stored {stored} of {len(urls)} pictures in {folder}")
    return stored / (max(ends) - min(begins))


def one_round(program: Path, urls: list[str], pictures: list[Path], folder: Path) -> Rates:
    """The rates of each, by (name, workers)."""
    rates = {}
    for workers in WORKERS:
        rates[OURS, workers] = through_beam(urls, workers, folder / f"ours-{workers}")
        rates[IMG2DATASET, workers] = img2dataset(
            program, urls, workers, folder / f"theirs-{workers}", MAX_SIDE, QUALITY
        )
    cores = os.cpu_count() or 1
    rates[AIOHTTP, 0] = plain_aiohttp(urls, cores)
    rates[DECODING, 0] = decoding(pictures, cores, MAX_SIDE, len(urls))
    shutil.rmtree(folder)
    return rates


def measured(program: Path) -> list[Rates]:
    """By rounds, without the first one, which warms up."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        pictures = write_photographs(folder / "pictures", PICTURES)
        hosts = host_names(HOSTS)
        with picture_web(hosts, pictures) as port:
            urls = [f"http://{hosts[number % HOSTS]}:{port}/{number}.jpg" for number in range(URLS)]
            one_round(program, urls[:WARM_UP], pictures, folder / "round")
            return [one_round(program, urls, pictures, folder / "round") for _ in range(ROUNDS)]


def figures_of(rounds: list[Rates]) -> Iterator[Figure]:
    rates = {key: statistics.median(found[key] for found in rounds) for key in rounds[0]}
    limits = {name: rates[name, 0] for name in (AIOHTTP, DECODING)}
    for workers in WORKERS:
        who = f"{workers} worker{'s' if workers > 1 else ''}"
        ours, theirs = rates[OURS, workers], rates[IMG2DATASET, workers]
        rounded = {name: round(rate, 1) for name, rate in ({IMG2DATASET: theirs} | limits).items()}
        yield Figure(f"pictures fetched and cut to {MAX_SIDE}, {who}", "per s", round(ours, 1), rounded)
        # Of each round by itself: what else the machine does meanwhile slows both.
        times = statistics.median(found[OURS, workers] / found[IMG2DATASET, workers] for found in rounds)
        yield Figure(f"speed over img2dataset, {who}", "times", round(times, 2))
        shares = [round(rate / rates[DECODING, 0], 3) for rate in (ours, theirs)]
        yield Figure(f"share of decoding alone, {who}", "ratio", shares[0], {IMG2DATASET: shares[1]})


def main() -> None:
    logging.basicConfig(level=logging.ERROR)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    usual = Path(sys.prefix) / "img2dataset" / "bin" / "img2dataset"
    parser.add_argument("--img2dataset", type=Path, default=usual, help="of an environment of its own")
    program = parser.parse_args().img2dataset
    if not program.exists():
        raise SystemExit(f"{program} is missing; `make bench-fetch` installs it")
    tell("fetch", list(figures_of(measured(program))))


if __name__ == "__main__":
    main()
