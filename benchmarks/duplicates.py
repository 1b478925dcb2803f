"""Near duplicates: how many planted copies are found, how near those are that are dropped, and what it costs.

    python -m benchmarks.duplicates [--data DIR] [--documents N] [--larger N]

Documents are made of ten sentences in one of 75 languages, 60 sentences a language: so any two of one language have a
tenth in common. A fifth are copies of others, in which 1, 5, 10 or 20 % of the words are other ones (of the characters,
where a script has no spaces). Exact similarities are Jaccard's of the same shingles. Prints a table and writes
benchmarks/results/duplicates.json.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import itertools
import json
import logging
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np
import pyarrow.parquet as pq

from benchmarks.results import Figure, tell
from corpusflow.recipe import NearText, Recipe, parse_recipe
from corpusflow.store.block import Block
from corpusflow.store.commit import LEDGER, BlockWriter
from corpusflow.store.paths import LocalStore
from corpusflow.text.minhash import PUBLISHED, bands, shingles, signature, similarity, to_bytes
from filters.registry import available_filters
from jobs.options import local_runner
from transforms.screen import SCHEMA
from transforms.select import SelectDocuments

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "lang" / "sentences.jsonl.gz"
EDITS = (1, 5, 10, 20)  # percent of the words
SENTENCES = 10
GROUP = 5  # documents of one language, of which the last is a copy of the first
BLOCK = 1000


class Made(NamedTuple):
    """original, edits: of a copy its original's id and the percent of words that differ; else empty and 0."""

    id: str
    text: str
    original: str = ""
    edits: int = 0


def made_documents(file: Path, count: int) -> Iterator[Made]:
    """So many documents, four fifths of them originals, the same on every call."""
    by_language: dict[str, list[str]] = {}
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            by_language.setdefault(row["lang"], []).append(row["text"])
    languages = sorted(by_language)
    rng = random.Random(5)
    for number in range(0, count, GROUP):
        sentences = by_language[languages[number // GROUP % len(languages)]]
        names = [f"{number + place:07d}" for place in range(GROUP)]
        group = [Made(name, "\n".join(rng.sample(sentences, SENTENCES))) for name in names[:-1]]
        yield from group
        first, edits = group[0], EDITS[number // GROUP % len(EDITS)]
        yield Made(names[-1], edited(first.text, sentences, edits, rng), first.id, edits)


def edited(text: str, sentences: list[str], percent: int, rng: random.Random) -> str:
    """The text with so many percent of its words, or characters, taken from other sentences."""
    spaced = len(text.split()) * 12 > len(text)
    words = text.split() if spaced else list(text)
    others = rng.choice(sentences)
    source = others.split() if spaced else list(others)
    for place in rng.sample(range(len(words)), max(1, len(words) * percent // 100)):
        words[place] = rng.choice(source)
    return (" " if spaced else "").join(words)


def write_screened(documents: Iterator[Made], wanted: NearText, store: LocalStore) -> list[Block]:
    """Blocks as screen leaves them."""
    blocks: list[Block] = []
    while rows := [screened(document, wanted) for document in itertools.islice(documents, BLOCK)]:
        name = f"b{len(blocks):05d}"
        with BlockWriter(store, "screen", "stages/screen", name, "k") as out:
            out.table("parquet", SCHEMA).extend(rows)
        blocks.append(Block(name, (out.commit,)))
    return blocks


def screened(document: Made, wanted: NearText) -> dict[str, Any]:
    return {
        "id": document.id,
        "url": document.id,
        "url_key": document.id,
        "text_key": document.id,
        "fetched_at": "",
        "gone": [],
        "texts": 1,
        "images": [],
        "image_indices": [],
        "characters": len(document.text),
        "signature": to_bytes(signature(hashed(document.text, wanted), wanted.permutations)),
    }


def hashed(text: str, wanted: NearText) -> np.ndarray:
    return shingles(text, wanted.shingle, wanted.sizes)


def recipe(parameters: str) -> Recipe:
    data = {
        "name": "duplicates",
        "sources": [{"kind": "warc", "path": "none.warc"}],
        "fetch": {"web": False},
        "select": {"near_text": parameters},
    }
    return parse_recipe(data, available_filters())


class Selected(NamedTuple):
    """gone: the documents that went, each with the one that it is like. seconds: of select. mb: peak memory."""

    gone: dict[str, str]
    seconds: float
    mb: float


def select(data: Path, count: int, parameters: str) -> Selected:
    wanted = recipe(parameters)
    assert wanted.select.near_text is not None
    with tempfile.TemporaryDirectory() as folder:
        store = LocalStore(folder)
        blocks = write_screened(made_documents(data, count), wanted.select.near_text, store)
        start = time.perf_counter()
        runner, options = local_runner(1, "")
        with beam.Pipeline(runner=runner, options=options) as pipeline:
            _ = pipeline | beam.Create(blocks) | SelectDocuments(wanted, store)
        seconds = time.perf_counter() - start
        gone = {}
        for file in sorted(Path(folder).rglob(f"*.{LEDGER}")):
            for row in pq.read_table(file, columns=["document", "message"]).to_pylist():
                gone[row["document"]] = row["message"].removeprefix("like ")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Selected(gone, seconds, peak / (1024**2 if sys.platform == "darwin" else 1024))


def in_own_process(data: Path, count: int, parameters: str) -> Selected:
    """So that each has a peak of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(select, (data, count, parameters))


def found_shares(data: Path, count: int, parameters: str, gone: dict[str, str]) -> Iterator[Figure]:
    """Recall by edits, and over all copies that are near enough; precision."""
    wanted = recipe(parameters).select.near_text
    assert wanted is not None
    texts = {document.id: document for document in made_documents(data, count)}

    def exact(one: str, other: str) -> float:
        return similarity(hashed(texts[one].text, wanted), hashed(texts[other].text, wanted))

    copies = [document for document in texts.values() if document.original]
    found = {copy.id for copy in copies if copy.id in gone or gone.get(copy.original) == copy.id}
    near = {copy.id: exact(copy.id, copy.original) for copy in copies}
    for edits in EDITS:
        names = [copy.id for copy in copies if copy.edits == edits]
        yield Figure(f"{parameters}: copies with {edits} % edits", "similarity", mean(near[name] for name in names))
        yield Figure(f"{parameters}: of these found", "share", mean(name in found for name in names))
    wanted_ones = [name for name, value in near.items() if value >= wanted.similarity]
    yield Figure(f"{parameters}: recall of copies over the limit", "share", mean(n in found for n in wanted_ones))
    pairs = [exact(*pair) for pair in gone.items()]
    yield Figure(f"{parameters}: precision", "share", mean(value >= wanted.similarity for value in pairs))
    yield Figure(f"{parameters}: least similarity of what went", "similarity", min(pairs))


def mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers)


def signatures_a_second(data: Path, parameters: str) -> Figure:
    """Per core, shingles and bands with them; beside rensa's of the same words."""
    wanted = recipe(parameters).select.near_text
    assert wanted is not None
    texts = [document.text for document in made_documents(data, 2000)]
    start = time.process_time()
    for text in texts:
        bands(signature(hashed(text, wanted), wanted.permutations), wanted.bands, wanted.rows)
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
    return Figure(f"{parameters}: signatures", "docs/s/core", ours, peers)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--larger", type=int, default=100_000)
    given = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    figures = []
    for parameters in PUBLISHED:
        figures.append(signatures_a_second(given.data, parameters))
        done = in_own_process(given.data, given.documents, parameters)
        figures += found_shares(given.data, given.documents, parameters, done.gone)
        figures.append(Figure(f"{parameters}: select, {given.documents:,} documents", "s", done.seconds))
        figures.append(Figure(f"{parameters}: its peak memory", "MB", done.mb))
    larger = in_own_process(given.data, given.larger, "omnicorpus")
    figures.append(Figure(f"omnicorpus: select, {given.larger:,} documents", "s", larger.seconds))
    figures.append(Figure("omnicorpus: its peak memory", "MB", larger.mb))
    tell("duplicates", figures)


if __name__ == "__main__":
    main()
