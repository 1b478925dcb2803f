"""Tar shards: samples in blocks' tars to shards, as the stage does it, beside webdataset's writer on the same samples.

    python -m benchmarks.shards [--samples N] [--rounds N]

Each side reads the samples from the same files, in the order of the shards, and writes one shard; each run is a process
of its own, so that its peak memory is its own. webdataset gets the members by name and bytes, as a user of it has them;
all of them are parsed there before the clock starts. Prints a table and writes benchmarks/results/shards.json.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.results import Figure, tell
from corpusflow.recipe import parse_recipe
from corpusflow.store.block import Block
from corpusflow.store.measure_columns import MEASURE_COLUMNS
from corpusflow.store.paths import LocalStore
from corpusflow.store.ranges import RangeReader
from corpusflow.store.sample import END, member
from filters.registry import available_filters
from transforms.shard import SampleRef, shard_stage

SAMPLES, BLOCK = 5_000, 500  # samples, and of a block
PICTURES, PICTURE_BYTES, TEXT_BYTES = 2, 60_000, 6_000
Ref = tuple[str, str, int, int]  # key, file, where in it, bytes
OURS, PEER, STREAMED = "corpusflow", "webdataset ShardWriter", "webdataset TarWriter"


def make_samples(folder: Path, count: int) -> None:
    """Blocks' tars and the references into them."""
    random = np.random.default_rng(7)
    refs: list[Ref] = []
    (folder / "blocks").mkdir()
    for start in range(0, count, BLOCK):
        name = f"blocks/{start:06d}.tar"
        offset = 0
        with open(folder / name, "wb") as file:
            for number in range(start, min(start + BLOCK, count)):
                key = f"{number:016x}"
                text = json.dumps({"sample_id": key, "texts": ["x" * TEXT_BYTES]}).encode()
                data = member(f"{key}.json", text)
                for picture in range(PICTURES):
                    data += member(f"{key}.{picture}.jpg", random.bytes(PICTURE_BYTES))
                file.write(data)
                refs.append((key, name, offset, len(data)))
                offset += len(data)
            file.write(END)
    shuffled = [refs[place] for place in random.permutation(count)]  # as the hashes of keys order them
    (folder / "refs.json").write_text(json.dumps(shuffled), encoding="utf-8")


def ours(folder: Path, refs: list[Ref], output: Path) -> float:
    store = LocalStore(str(folder))
    recipe = {"name": "shards", "sources": [{"kind": "warc", "path": "x.warc"}], "fetch": {"web": False}}
    stage = shard_stage(parse_recipe(recipe, available_filters()), store)
    none = (None,) * len(MEASURE_COLUMNS)
    payload = tuple(
        SampleRef(place, key, "", "en", 1, PICTURES, 1, None, file, at, length, "digest", none)
        for place, (key, file, at, length) in enumerate(refs)
    )
    start = time.perf_counter()
    stage.run(Block(output.name, payload=payload))
    return time.perf_counter() - start


def theirs(folder: Path, refs: list[Ref], output: Path, sharded: bool) -> float:
    """With its ShardWriter, or its bare TarWriter."""
    import webdataset

    spent = 0.0
    with RangeReader(LocalStore(str(folder))) as stored:
        start = time.perf_counter()
        writer = (
            webdataset.ShardWriter(f"{output}-%06d.tar", maxsize=1 << 40, maxcount=1 << 40, verbose=0)
            if sharded
            else webdataset.TarWriter(f"{output}.tar")
        )
        with writer as sink:
            for key, file, at, length in refs:
                data = stored.read(file, at, length)
                aside = time.perf_counter()
                sample = members_of(data, key)
                spent += time.perf_counter() - aside
                sink.write(sample)
        return time.perf_counter() - start - spent


def members_of(data: bytes, key: str) -> dict[str, object]:
    sample: dict[str, object] = {"__key__": key}
    with tarfile.open(fileobj=io.BytesIO(data), mode="r|") as tar:
        for info in tar:
            held = tar.extractfile(info)
            assert held is not None
            sample[info.name.removeprefix(f"{key}.")] = held.read()
    return sample


def run_side(folder: Path, side: str, output: str) -> None:
    """Prints seconds and the peak of this process in MB."""
    refs = [tuple(ref) for ref in json.loads((folder / "refs.json").read_text(encoding="utf-8"))]
    sides: dict[str, Callable[[], float]] = {
        OURS: lambda: ours(folder, refs, Path(output)),
        PEER: lambda: theirs(folder, refs, Path(output), sharded=True),
        STREAMED: lambda: theirs(folder, refs, Path(output), sharded=False),
    }
    seconds = sides[side]()
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", nargs=3, metavar=("FOLDER", "SIDE", "OUTPUT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        run_side(Path(given.side[0]), *given.side[1:])
        return
    found: dict[str, list[list[float]]] = {OURS: [], PEER: [], STREAMED: []}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make_samples(folder, given.samples)
        size = sum(path.stat().st_size for path in (folder / "blocks").iterdir()) / 1e6
        for number in range(given.rounds):
            for side in found:
                output = folder / f"{side.replace(' ', '-')}-{number}"
                command = [sys.executable, "-m", "benchmarks.shards", "--side", str(folder), side, str(output)]
                told = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
                found[side].append(json.loads(told.stdout.splitlines()[-1]))
                for path in [*folder.glob(f"{output.name}*"), *(folder / "shards").glob("*")]:
                    path.unlink()
    speed = {side: round(size / statistics.median(row[0] for row in rows), 1) for side, rows in found.items()}
    peak = {side: round(max(row[1] for row in rows), 1) for side, rows in found.items()}
    rows = [
        Figure(
            f"{given.samples} samples of {1e3 * size / given.samples:.0f} kB, read and written",
            "MB/s",
            speed.pop(OURS),
            speed,
        ),
        Figure("peak memory of the process", "MB", peak.pop(OURS), peak),
    ]
    rows.append(Figure(f"speed over {PEER}", "ratio", round(rows[0].ours / speed[PEER], 2)))
    tell("shards", rows)


if __name__ == "__main__":
    main()
