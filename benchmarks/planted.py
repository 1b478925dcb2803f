"""Planted wrong pictures: how well the scores of a run tell them from the page's own.

    python -m benchmarks.planted [--data DIR] [--runs DIR]

The English documents that a run over all web archives and sites of the data keeps are written as pages again, half of
them with the pictures of another one that is of an archive, or of a site, too; a second time the other half. A run over
each of both, with `conse`, then scores every picture once beside its own texts and once beside a stranger's. The
figures are areas under the curve: how often a picture beside its own text has a better score than one that is not.

On pages nothing could reach 1. Many a page's own picture decorates it, or shows what no sentence tells, and what a page
gets from another page of its site may well fit: nobody can tell such pictures apart. Documents of captioned photographs
among them show what the scorer does where every picture fits. Prints a table and writes
benchmarks/results/planted.json. Runs stay in --runs, to be looked at with `corpusflow sample`.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from benchmarks.results import Figure, tell
from benchmarks.web_data import DATA, sources
from corpusflow.document import Document
from corpusflow.inspect.calibration import auc
from corpusflow.inspect.tar_samples import TarSample, tar_samples
from corpusflow.recipe import parse_recipe
from corpusflow.store.commit import read_rows
from corpusflow.store.manifest import read_manifest
from corpusflow.store.paths import LocalStore
from corpusflow.store.run_files import read_commits
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.launch import run_corpus
from tests.web import write_warc

SITES, ARCHIVES = "sites", "archives"  # of either all are alike
CAPTIONS = "captions"
CAPTIONED = (40, 3)  # documents, photographs of each with one caption
NEGATIVES = 63  # mOSCAR
FEWEST = 10  # pictures of a source, right ones; fewer say nothing
# What a corpus would keep: pages that are about something, and pictures that are no buttons.
FILTERS: list[dict[str, Any]] = [
    {"name": "language", "options": {"wanted": ["en"]}},
    {"name": "text_length", "options": {"min_words": 30}},
    {"name": "image_size", "options": {"min_side": 150, "max_aspect": 2.0}},
    {"name": "repeated_images"},
    {"name": "document_shape", "options": {"min_images": 1, "max_images": 30}},
]


@dataclass(frozen=True)
class Kept:
    """A document. source: a site, ARCHIVES or CAPTIONS. parts: texts, and None where a picture stands."""

    key: str
    source: str
    parts: tuple[str | None, ...]
    pictures: tuple[bytes, ...]

    @property
    def kind(self) -> str:
        return self.source if self.source in (ARCHIVES, CAPTIONS) else SITES

    @property
    def draw(self) -> str:
        return hashlib.sha256(self.key.encode()).hexdigest()


@dataclass(frozen=True)
class Scored:
    """A picture in a document of a second run. right: whether it is the document's own. rank: the share of negatives
    at least as much like it as its best text; None where none were drawn."""

    document: str
    source: str
    right: bool
    similarity: float
    rank: float | None


def run(name: str, folder: Path, given: list[dict[str, Any]], **sections: Any) -> LocalStore:
    limits = {"failed_documents": 1, "failed_images": 1}
    data = {"name": name, "sources": given, "fetch": {"web": False}, "limits": limits, **sections}
    registry = available_filters()
    run_corpus(parse_recipe(data, registry), registry, str(folder / name), RunOptions())
    return LocalStore(str(folder / name))


def kept_documents(store: LocalStore, sites: dict[str, str]) -> Iterator[Kept]:
    """What stands in the shards of the first run. sites: their names by host."""
    for shard in read_manifest(store)["shards"]:
        with store.open(shard["name"]) as file:
            for sample in tar_samples(file, shard["name"]):
                assert isinstance(sample, TarSample)
                told, *pictures = (data for _, data in sample.members)
                known = json.loads(told)
                source = sites.get(urlsplit(known["url"]).hostname or "", ARCHIVES)
                yield Kept(sample.key, source, tuple(known["texts"]), tuple(pictures))


def captioned(data: Path) -> Iterator[Kept]:
    """Documents of photographs, each after its caption."""
    rows = json.loads((data / "captions" / "captions.json").read_text(encoding="utf-8"))
    documents, count = CAPTIONED
    for number in range(documents):
        chosen = rows[number * count : (number + 1) * count]
        parts = tuple(part for row in chosen for part in (row["en"][0], None))
        pictures = tuple((data / "captions" / row["file"]).read_bytes() for row in chosen)
        yield Kept(f"captions{number:03}", CAPTIONS, parts, pictures)


def givers(documents: Sequence[Kept], half: int) -> dict[str, Kept]:
    """By the keys of one half of the documents, 0 or 1, the one whose pictures each gets: of the half, the next in the
    order of hashes that is of a like source, which all sites are, and shares no picture with it."""
    found = {}
    for kind in (SITES, ARCHIVES, CAPTIONS):
        like = [each for each in documents if each.kind == kind]
        chosen = sorted(like, key=lambda each: each.draw)[half::2]
        for number, each in enumerate(chosen):
            others = (*chosen[number + 1 :], *chosen[:number])
            giver = next((other for other in others if not set(other.pictures) & set(each.pictures)), None)
            if giver is not None:
                found[each.key] = giver
    return found


def captures(documents: Sequence[Kept], givers: dict[str, Kept]) -> Iterator[tuple[str, bytes]]:
    """Pages of one host a source, and pictures: `http://SOURCE.test/KEY.html`, `http://SOURCE.test/KEY/0.jpg`, with the
    key of the document from which the picture comes. Each picture once: two pages may have the same giver."""
    pictures: dict[str, bytes] = {}
    for each in documents:
        giver = givers.get(each.key, each)
        urls = [f"http://{giver.source}.test/{giver.key}/{number}.jpg" for number in range(len(giver.pictures))]
        pictures |= dict(zip(urls, giver.pictures, strict=True))
        yield f"http://{each.source}.test/{each.key}.html", page_of(each, urls)
    yield from pictures.items()


def page_of(document: Kept, pictures: Sequence[str]) -> bytes:
    """The texts, with these pictures where its own stand; those that are too many come last."""
    left = [f'<p><img src="{url}"></p>' for url in pictures]
    body = []
    for text in document.parts:
        if text is not None:
            body.append(f"<p>{html.escape(text)}</p>")
        elif left:
            body.append(left.pop(0))
    page = f'<html lang="en"><meta charset="utf-8"><body><article>{"".join(body + left)}</article></body></html>'
    return f"<!doctype html>{page}".encode()


def scored(store: LocalStore) -> Iterator[Scored]:
    """What a second run measured, before any filter judged it."""
    for commit in read_commits(store)["align"]:
        for row in read_rows(store, commit, "parquet", ["document"]):
            document = Document.from_json(row["document"])
            page = urlsplit(document.url)
            key, source = Path(page.path).stem, (page.hostname or "").removesuffix(".test")
            for image in document.images:
                best, rank = (document.score(measure, image.index) for measure in ("best_similarity", "text_rank"))
                if best is not None:
                    right = Path(urlsplit(image.url).path).parent.name == key
                    yield Scored(key, source, right, best.value, rank.value if rank else None)


def figures(found: Sequence[Scored]) -> Iterator[Figure]:
    """All pages, then each source of which there is enough."""
    yield from _figures("all pages", [each for each in found if each.source != CAPTIONS])
    for source in sorted({each.source for each in found}):
        chosen = [each for each in found if each.source == source]
        if min(sum(each.right for each in chosen), sum(not each.right for each in chosen)) >= FEWEST:
            yield from _figures(source, chosen)


def _figures(name: str, found: Sequence[Scored]) -> Iterator[Figure]:
    right, wrong = ([each for each in found if each.right == wanted] for wanted in (True, False))
    yield Figure(f"{name}: right pictures", "pictures", len(right), {"wrong ones": len(wrong)})
    yield Figure(
        f"{name}: by best similarity", "AUC", _auc(*([each.similarity for each in side] for side in (right, wrong)))
    )
    yield Figure(f"{name}: documents, by its mean", "AUC", _auc(means(right), means(wrong)))
    ranked = [[-each.rank for each in side if each.rank is not None] for side in (right, wrong)]
    if all(ranked):
        yield Figure(f"{name}: by rank among negatives", "AUC", _auc(*ranked))


def means(found: Sequence[Scored]) -> list[float]:
    """Of each document's pictures."""
    by_document: dict[str, list[float]] = defaultdict(list)
    for each in found:
        by_document[each.document].append(each.similarity)
    return [statistics.mean(values) for values in by_document.values()]


def _auc(right: Sequence[float], wrong: Sequence[float]) -> float:
    return round(auc(np.array(right), np.array(wrong)), 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--runs", type=Path, help="where the run directories stay; else they are removed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.runs or Path(temporary)
        listed = json.loads((given.data / "sites" / "sites.json").read_text(encoding="utf-8"))
        sites = {urlsplit(site["host"]).hostname or "": site["site"] for site in listed}
        documents = list(kept_documents(run("kept", folder, sources(given.data), filters=FILTERS), sites))
        documents += captioned(given.data)
        found: list[Scored] = []
        for half in (0, 1):
            archive = write_warc(folder / f"half{half}.warc.gz", captures(documents, givers(documents, half)))
            # Nothing is a copy here that was none in the first run, but for texts that lost their pictures.
            planted = {"select": {"same_text": False}, "filters": [], "align": {"negatives": NEGATIVES}}
            given_archive = [{"kind": "warc", "path": str(archive)}]
            found += scored(
                run(f"half{half}", folder, given_archive, embed={"similarity": {"name": "conse"}}, **planted)
            )
    tell("planted", list(figures(found)))


if __name__ == "__main__":
    main()
