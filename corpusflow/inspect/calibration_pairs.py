"""The pairs that calibration compares, of some documents of a finished run."""

from __future__ import annotations

import hashlib
import heapq
import itertools
import os
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import yaml

from corpusflow.align.similarity import best_text, similarity
from corpusflow.align.units import TextUnit, Unit, text_units
from corpusflow.crawl.scope import host_of
from corpusflow.document import Document, Score
from corpusflow.errors import RunError, StartError
from corpusflow.filtering import ImageTextScorer
from corpusflow.inspect.calibration import Pair
from corpusflow.inspect.calibration_texts import Told, text_rows, untold
from corpusflow.inspect.counted import counted
from corpusflow.models.registry import IMAGE_TEXT_SCORERS
from corpusflow.recipe import Align, Embed, build
from corpusflow.sources.html_files import PAGE_TYPES
from corpusflow.store.commit import Commit, read_rows
from corpusflow.store.embeddings import KnownEmbeddings, run_embeddings
from corpusflow.store.manifest import read_manifest
from corpusflow.store.own_pictures import OwnPicture, own_pictures
from corpusflow.store.paths import Store
from corpusflow.store.ranges import RangeReader
from corpusflow.store.run_files import RECIPE, read_commits

Piece = tuple[str, int]  # where the bytes of an image are: file and offset


@dataclass(frozen=True)
class Measured:
    """A document that has an image with a best text unit.

    units: of its texts, as the run compared them. pieces: of its images by their index. best: the text of the unit most
    like an image, likewise.
    """

    document: Document
    units: tuple[Unit, ...]
    pieces: dict[int, Piece]
    best: dict[int, str]

    @property
    def language(self) -> str:
        score = self.document.score("language")
        return score.label if score else ""


def run_scorer(store: Store) -> ImageTextScorer:
    """The scorer of the run's own recipe, not loaded. Raises RunError before the run's end, StartError for a run that
    measured no similarity, ModelError where the model cannot be had."""
    read_manifest(store)
    spec = Embed.model_validate(_recipe(store)["embed"]).similarity
    if spec is None:
        raise StartError(
            f"{store.path('')}: this run measured no similarity of images and texts; name a model in embed.similarity "
            f"of its recipe and run it again"
        )
    scorer: ImageTextScorer = build(spec, IMAGE_TEXT_SCORERS, "embed.similarity", "model")
    scorer.prepare()
    return scorer


def known_texts(store: Store, scorer: ImageTextScorer) -> KnownEmbeddings:
    """Where the run looked for embeddings of texts, and kept those that it made."""
    embed = Embed.model_validate(_recipe(store)["embed"])
    return run_embeddings(embed.known, store, scorer.name, "texts")


def run_unit(store: Store) -> TextUnit:
    """What of a text the run compared with images."""
    # The recipes of runs that compared segments only did not say so.
    return Align.model_validate(_recipe(store).get("align", {})).unit


def _recipe(store: Store) -> dict[str, Any]:
    recipe: dict[str, Any] = yaml.safe_load(store.read(RECIPE))
    return recipe


def run_pairs(store: Store, scorer: ImageTextScorer, most: int, tell: Told = untold) -> list[Pair]:
    """The pairs of at most `most` documents, always the same ones, by document and image.

    The documents are those that were measured, before any filter judged the scores. An image is left out where no other
    document of its language was drawn. Texts that the run knows no more are embedded anew; `tell` hears of these.
    Raises RunError where too few documents were measured.
    """
    drawn = measured_documents(store, scorer.name, most)
    where = f"{store.path('')}: similarity was measured in {counted(len(drawn), 'document')}"
    if len(drawn) < 2:
        raise RunError(f"{where}; to shuffle takes two")
    strangers = other_texts(drawn)
    rows = text_rows(itertools.chain.from_iterable(strangers), scorer, known_texts(store, scorer), tell)
    pairs: list[Pair] = []
    with RangeReader(store) as stored:
        vectors = _Vectors(store, stored, {piece for each in drawn for piece in each.pieces.values()})
        for each, others in zip(drawn, strangers, strict=True):
            pairs += _pairs(each, np.stack([rows[text] for text in others]), vectors) if others else ()
    if not pairs:
        raise RunError(f"{where}, but no two of them share a language and differ in their texts")
    return pairs


def measured_documents(store: Store, scorer: str, most: int) -> list[Measured]:
    """At most `most` documents, drawn by the hashes of their ids, in the order of these.

    Raises StartError where another model than the scorer of this name measured them, RunError where the files of the
    stage are gone.
    """
    commits = read_commits(store)["align"]
    for commit in commits:
        _check_stored(store, commit, "parquet")
    model = f"best_similarity/{scorer.partition('/')[2]}"
    drawn = heapq.nsmallest(most, _draws(store, commits, model))
    unit, found = run_unit(store), []
    for _, _, number, position in drawn:
        place = range(position, position + 1)
        (stored,) = read_rows(store, commits[number], "parquet", ["document", "pieces", "similarity"], place)
        document = Document.from_json(stored["document"])
        pieces = zip(document.images, stored["pieces"], strict=True)
        known = {image.index: (piece["file"], piece["offset"]) for image, piece in pieces}
        units = text_units(document, unit)
        matrix = np.reshape(stored["similarity"], (len(units), len(document.images)))
        best = zip(document.images, matrix.argmax(axis=0), strict=True)
        found.append(Measured(document, units, known, {image.index: units[row].text for image, row in best}))
    return found


def _draws(store: Store, commits: Sequence[Commit], model: str) -> Iterator[tuple[str, str, int, int]]:
    """Hash and id of each document that was measured, and its place: number of the commit and row."""
    for number, commit in enumerate(commits):
        rows = read_rows(store, commit, "parquet", ["document.id", "document.scores"])
        for position, row in enumerate(rows):
            if _was_measured(store, row["document"]["scores"], model):
                key = row["document"]["id"]
                yield _digest(key), key, number, position


def _was_measured(store: Store, scores: Iterable[dict[str, Any]], model: str) -> bool:
    names = {score["name"] for score in scores if score["name"].startswith("best_similarity/")}
    if names - {model}:
        raise StartError(
            f"{store.path('')}: {min(names - {model})} was measured, what is installed here measures {model}; run the "
            f"recipe again, which fetches nothing"
        )
    return bool(names)


def other_texts(documents: Sequence[Measured]) -> list[list[str]]:
    """For each document as many text units of others of its language as it has itself; fewer where there are no more.

    All units of a language stand in the order of hashes of ids; a document takes those that follow its own hash. A text
    that it has itself, such as a footer of all pages of a site, is no stranger's.
    """
    ordered: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for each in documents:
        key = each.document.id
        ordered[each.language] += [(_digest(f"{key} {unit.first} {unit.start}"), key, unit.text) for unit in each.units]
    for texts in ordered.values():
        texts.sort()
    return [_others(each, ordered[each.language]) for each in documents]


def _others(each: Measured, ordered: Sequence[tuple[str, str, str]]) -> list[str]:
    own = {unit.text for unit in each.units}
    start = bisect_left(ordered, (_digest(each.document.id), "", ""))
    taken: list[str] = []
    for _, owner, text in (*ordered[start:], *ordered[:start]):
        if len(taken) == len(each.units):
            break
        if owner != each.document.id and text not in own:
            taken.append(text)
    return taken


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _pairs(each: Measured, others: np.ndarray, vectors: _Vectors) -> Iterator[Pair]:
    """others: (T, D), the embeddings of texts of other documents; T > 0."""
    document = each.document
    for image in document.images:
        score: Score | None = document.score("best_similarity", image.index)
        if score is None:
            continue
        matrix = similarity(others, vectors.row(each.pieces[image.index])[None])
        best = best_text(matrix, 0)
        shuffled = best[1] if best else 0.0
        own = each.best[image.index]
        yield Pair(document.id, each.language, source_of(document), image.index, own, score.value, shuffled)


def source_of(document: Document) -> str:
    """What a person calls a document's source: the archive or list, but of saved pages, each a file, the host."""
    source = document.provenance.source
    return host_of(document.url) if os.path.splitext(source)[1].lower() in PAGE_TYPES else source


class _Vectors:
    """The stored embeddings of images, by where their bytes are."""

    def __init__(self, store: Store, stored: RangeReader, wanted: set[Piece]) -> None:
        self._stored = stored
        self._places: dict[Piece, OwnPicture] = {}
        files = {file for file, _ in wanted}
        commits = read_commits(store)
        fetched, embedded = ({commit.block: commit for commit in commits[stage]} for stage in ("fetch", "embed"))
        holders: dict[str, list[tuple[str, Piece]]] = defaultdict(list)
        for block, commit in fetched.items():
            if commit.files["bin"].name in files:
                for holder, digest, piece in _holders(store, commit, embedded[block], wanted):
                    holders[holder].append((digest, piece))
        for holder, pictures in holders.items():
            _check_tables(store, fetched[holder], embedded[holder])
            _check_stored(store, embedded[holder], "f16")
            own = own_pictures(fetched[holder], embedded[holder], store)
            self._places |= {piece: own[digest] for digest, piece in pictures}

    def row(self, piece: Piece) -> np.ndarray:
        """(D,) float32."""
        place = self._places[piece]
        length = place.dimension * np.dtype(np.float16).itemsize
        data = self._stored.read(place.vectors, (place.row or 0) * length, length)
        return np.frombuffer(data, np.float16).astype(np.float32)


def _holders(store: Store, fetched: Commit, embedded: Commit, wanted: set[Piece]) -> Iterator[tuple[str, str, Piece]]:
    """(image block that embedded it, sha256, piece) of those pictures of a block that are wanted."""
    _check_tables(store, fetched, embedded)
    images = read_rows(store, fetched, "parquet", ["offset", "sha256"])
    for image, scores in zip(images, read_rows(store, embedded, "parquet", ["owner"]), strict=True):
        piece = (fetched.files["bin"].name, image["offset"])
        if piece in wanted:
            yield scores["owner"] or fetched.block, image["sha256"], piece


def _check_tables(store: Store, *commits: Commit) -> None:
    for commit in commits:
        _check_stored(store, commit, "parquet")


def _check_stored(store: Store, commit: Commit, suffix: str) -> None:
    name = commit.files[suffix].name
    if not store.exists(name):
        raise RunError(f"{store.path(name)} is not there any more: run the recipe again, which makes it anew")
