"""Copies: how many planted ones each method finds, how near those are that are dropped, and what it costs.

    python -m benchmarks.duplicates [--data FILE] [--datatrove PYTHON] [--smaller N] [--documents N] [--only METHOD]

The documents are those of `planted_copies`. Exact similarities are Jaccard's of the same shingles. Seconds are of the
CPU, one process. datatrove's MinHash gets the same documents in the same run. Prints a table and writes
benchmarks/results/duplicates.json.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import itertools
import json
import logging
import multiprocessing
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np
import pyarrow.parquet as pq

from benchmarks.planted_copies import DATA, EDITS, Made, made_documents
from benchmarks.results import Figure, tell
from corpusflow.peak_memory import peak_memory
from corpusflow.recipe import NearText, Recipe, Select, parse_recipe
from corpusflow.store.block import Block
from corpusflow.store.commit import LEDGER, BlockWriter
from corpusflow.store.paths import LocalStore
from corpusflow.text.identity import plain
from corpusflow.text.minhash import PUBLISHED, shingles, signature, similarity, to_bytes
from filters.registry import available_filters
from jobs.options import local_runner
from transforms.screen import SCHEMA
from transforms.select import SelectDocuments

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parent / ".venv" / "datatrove" / "bin" / "python"
PEER = "datatrove"
BLOCK = 1000

# What select is told, by method; one at a time, so that each is measured alone.
METHODS: dict[str, dict[str, Any]] = {
    "same text": {"same_text": True},
    **{name: {"near_text": name} for name in PUBLISHED},
    PEER: {"near_text": {"permutations": 112, "bands": 14, "rows": 8}},  # datatrove's own parameters
}


def section(method: str) -> Select:
    return Select.model_validate({"same_url": False, "same_text": False} | METHODS[method])


class Selected(NamedTuple):
    """gone: the documents that went, each with the one that it is like. seconds: of the CPU: for keys and signatures,
    and for select. mb: peak memory of the process."""

    gone: dict[str, str]
    signing: float
    seconds: float
    mb: float


def select(data: Path, count: int, method: str) -> Selected:
    wanted = section(method)
    with tempfile.TemporaryDirectory() as folder:
        store = LocalStore(folder)
        blocks, signing = write_screened(made_documents(data, count), wanted.near_text, store)
        start = time.process_time()
        runner, options = local_runner(1, "")
        with beam.Pipeline(runner=runner, options=options) as pipeline:
            _ = pipeline | beam.Create(blocks) | SelectDocuments(recipe(wanted), store)
        done = time.process_time()
        gone = {}
        for file in sorted(Path(folder).rglob(f"*.{LEDGER}")):
            for row in pq.read_table(file, columns=["document", "measured_text"]).to_pylist():
                gone[row["document"]] = row["measured_text"]
    return Selected(gone, signing, done - start, peak_memory() / 2**20)


def in_own_process(data: Path, count: int, method: str) -> Selected:
    """So that each has a peak of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(select, (data, count, method))


def recipe(wanted: Select) -> Recipe:
    data = {"name": "duplicates", "sources": [{"kind": "warc", "path": "none.warc"}], "fetch": {"web": False}}
    return parse_recipe(data | {"select": wanted.model_dump()}, available_filters())


def write_screened(documents: Iterator[Made], wanted: NearText | None, store: LocalStore) -> tuple[list[Block], float]:
    """Blocks as screen leaves them, and the CPU seconds that it took, less those of making the documents."""
    blocks: list[Block] = []
    seconds = 0.0
    while made := list(itertools.islice(documents, BLOCK)):
        start = time.process_time()
        rows = [screened(document, wanted) for document in made]
        name = f"b{len(blocks):05d}"
        with BlockWriter(store, "screen", "stages/screen", name, "k") as out:
            out.table("parquet", SCHEMA).extend(rows)
            out.counts["items"] = len(rows)
        blocks.append(Block(name, (out.commit,)))
        seconds += time.process_time() - start
    return blocks, seconds


def screened(document: Made, wanted: NearText | None) -> dict[str, Any]:
    made = wanted and to_bytes(signature(hashed(document.text, wanted), wanted.permutations))
    key = hashlib.sha256(plain(document.text).encode()).hexdigest()[:32]
    fixed = {"fetched_at": "", "language": "", "gone": [], "texts": 1, "images": [], "image_indices": []}
    keys = {"id": document.id, "url": document.id, "url_key": document.id, "text_key": key}
    return fixed | keys | {"characters": len(document.text), "signature": made}


def hashed(text: str, wanted: NearText) -> np.ndarray:
    return shingles(text, wanted.shingle, wanted.sizes)


def found_shares(
    texts: Mapping[str, Made], method: str, gone: Mapping[str, str], theirs: Iterable[str] = ()
) -> Iterator[Figure]:
    """Recall by edits, and over all copies that are near enough; precision. theirs: what the peer drops."""
    wanted = section(method).near_text or NearText()
    copies = [document for document in texts.values() if document.original]
    found = {copy.id for copy in copies if copy.id in gone or gone.get(copy.original) == copy.id}
    other = set(theirs)
    found_there = {copy.id for copy in copies if copy.id in other or copy.original in other}

    def exact(one: str, other: str) -> float:
        return similarity(hashed(texts[one].text, wanted), hashed(texts[other].text, wanted))

    near = {copy.id: exact(copy.id, copy.original) for copy in copies}
    for edits in EDITS:
        names = [copy.id for copy in copies if copy.edits == edits]
        yield Figure(f"{method}: copies with {edits} % edits", "similarity", mean(near[name] for name in names))
        peers = {PEER: mean(name in found_there for name in names)} if other else {}
        yield Figure(f"{method}: of these found", "share", mean(name in found for name in names), peers)
    limit = wanted.similarity if method in PUBLISHED or method == PEER else 1.0
    over = [name for name, value in near.items() if value >= limit]
    peers = {PEER: mean(name in found_there for name in over)} if other else {}
    yield Figure(f"{method}: recall of copies over the limit", "share", mean(name in found for name in over), peers)
    pairs = [exact(*pair) for pair in gone.items()]
    yield Figure(f"{method}: precision: over the limit of what went", "share", mean(value >= limit for value in pairs))
    yield Figure(f"{method}: least similarity of what went", "similarity", min(pairs))
    planted = {copy.id for copy in copies} | {copy.original for copy in copies}
    peers = {PEER: float(len(other - planted))} if other else {}
    yield Figure(f"{method}: went, and no copy of it was planted", "docs", len(gone.keys() - planted), peers)


def mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers)


def signatures_a_second(data: Path, method: str) -> Iterator[Figure]:
    """Beside rensa's of the same words, with as many permutations."""
    wanted = section(method).near_text
    if wanted is None:
        return
    texts = [document.text for document in made_documents(data, 2000)]
    start = time.process_time()
    for text in texts:
        signature(hashed(text, wanted), wanted.permutations)
    ours = len(texts) / (time.process_time() - start)
    peers = {}
    if wanted.shingle == "word":
        rensa = importlib.import_module("rensa")
        start = time.process_time()
        for text in texts:
            words = text.casefold().split()
            made = rensa.RMinHash(num_perm=wanted.permutations, seed=1)
            made.update([" ".join(words[at : at + 5]) for at in range(max(1, len(words) - 4))])
            made.digest()
        peers["rensa, of words between spaces"] = len(texts) / (time.process_time() - start)
    yield Figure(f"{method}: signatures", "docs/s/core", ours, peers)


def growth(method: str, smaller: tuple[int, Selected], larger: tuple[int, Selected]) -> Iterator[Figure]:
    for count, done in (smaller, larger):
        yield Figure(f"{method}: keys of {count:,} documents", "CPU s", done.signing)
        yield Figure(f"{method}: select of {count:,} documents", "CPU s", done.seconds)
        yield Figure(f"{method}: peak memory with {count:,}", "MB", done.mb)
    times = larger[0] / smaller[0]
    more = larger[1].seconds / smaller[1].seconds
    yield Figure(f"{method}: select with {times:,.0f} times the documents", "times", more)
    yield Figure(f"{method}: peak memory with these", "times", larger[1].mb / smaller[1].mb)


def beside_datatrove(data: Path, python: Path, count: int) -> Iterator[Figure]:
    """Both with datatrove's parameters."""
    texts = {document.id: document for document in made_documents(data, count)}
    with tempfile.TemporaryDirectory() as folder:
        lines = (json.dumps({"id": document.id, "text": document.text}) for document in texts.values())
        Path(folder, "documents.jsonl").write_text("\n".join(lines), encoding="utf-8")
        command = [str(python), str(HERE / "duplicates_peer.py"), folder]
        theirs = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    ours = in_own_process(data, count, PEER)
    yield from found_shares(texts, PEER, ours.gone, theirs["gone"])
    whole = ours.signing + ours.seconds, theirs["signatures"] + theirs["rest"]
    for what, mine, other in (
        ("signatures", ours.signing, theirs["signatures"]),
        ("pairs and choice", ours.seconds, theirs["rest"]),
        ("all of it", *whole),
    ):
        yield Figure(f"{PEER}'s parameters: {what}", "docs/s/core", count / mine, {PEER: count / other})
    yield Figure(f"{PEER}'s parameters: peak memory", "MB", ours.mb, {PEER: theirs["mb"]})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--datatrove", type=Path, default=PYTHON, help="interpreter of its environment")
    parser.add_argument("--smaller", type=int, default=10_000)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--only", choices=METHODS)
    given = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    figures: list[Figure] = []
    texts = {document.id: document for document in made_documents(given.data, given.documents)}
    for method in [given.only] if given.only else METHODS:
        if method == PEER:
            figures += beside_datatrove(given.data, given.datatrove, given.smaller)
            continue
        smaller, larger = (in_own_process(given.data, count, method) for count in (given.smaller, given.documents))
        figures += signatures_a_second(given.data, method)
        figures += found_shares(texts, method, larger.gone)
        figures += growth(method, (given.smaller, smaller), (given.documents, larger))
    tell("duplicates" if given.only is None else "duplicates_part", figures)


if __name__ == "__main__":
    main()
