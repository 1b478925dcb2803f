"""The pairs that calibration compares, of some documents of a finished run."""

from __future__ import annotations

import hashlib
import heapq
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import yaml

from corpusflow.align.similarity import best_text, similarity
from corpusflow.document import Document, Score
from corpusflow.errors import RunError, StartError
from corpusflow.filtering import ImageTextScorer
from corpusflow.inspect.calibration import Pair
from corpusflow.models.registry import IMAGE_TEXT_SCORERS
from corpusflow.recipe import Embed, build
from corpusflow.store.commit import Commit, read_rows
from corpusflow.store.manifest import read_manifest
from corpusflow.store.paths import Store
from corpusflow.store.ranges import RangeReader
from corpusflow.store.run_files import RECIPE, read_commits

Piece = tuple[str, int]  # where the bytes of an image are: file and offset


@dataclass(frozen=True)
class Measured:
    """A document that has an image with a best text. pieces: of its images by their index."""

    document: Document
    pieces: dict[int, Piece]

    @property
    def language(self) -> str:
        score = self.document.score("language")
        return score.label if score else ""


def run_scorer(store: Store) -> ImageTextScorer:
    """The scorer of the run's own recipe, not loaded. Raises RunError before the run's end, StartError for a run that
    measured no similarity, ModelError where the model cannot be had."""
    read_manifest(store)
    spec = Embed.model_validate(yaml.safe_load(store.read(RECIPE))["embed"]).similarity
    if spec is None:
        raise StartError(
            f"{store.path('')}: this run measured no similarity of images and texts; name a model in embed.similarity "
            f"of its recipe and run it again"
        )
    scorer: ImageTextScorer = build(spec, IMAGE_TEXT_SCORERS, "embed.similarity", "model")
    scorer.prepare()
    return scorer


def run_pairs(store: Store, scorer: ImageTextScorer, most: int) -> list[Pair]:
    """The pairs of at most `most` documents, always the same ones, by document and image.

    The documents are those that were measured, before any filter judged the scores. An image is left out where no other
    document of its language was drawn. Raises RunError where too few documents were measured.
    """
    drawn = measured_documents(store, scorer.name, most)
    where = f"{store.path('')}: similarity was measured in {len(drawn)} document{'' if len(drawn) == 1 else 's'}"
    if len(drawn) < 2:
        raise RunError(f"{where}; to shuffle takes two")
    strangers = other_texts(drawn)
    scorer.load()
    texts = _Texts(scorer)
    pairs: list[Pair] = []
    with RangeReader(store) as stored:
        vectors = _Vectors(store, stored, {piece for each in drawn for piece in each.pieces.values()})
        for each, others in zip(drawn, strangers, strict=True):
            pairs += _pairs(each, texts.rows(others), vectors) if others else ()
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
    found = []
    for _, _, number, position in drawn:
        place = range(position, position + 1)
        (row,) = read_rows(store, commits[number], "parquet", ["document", "pieces"], place)
        document = Document.from_json(row["document"])
        pieces = zip(document.images, row["pieces"], strict=True)
        known = {image.index: (piece["file"], piece["offset"]) for image, piece in pieces}
        found.append(Measured(document, known))
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
    """For each document as many texts of others of its language as it has itself; fewer where there are no more.

    All texts of a language stand in the order of hashes of ids; a document takes those that follow its own hash. A text
    that it has itself, such as a footer of all pages of a site, is no stranger's.
    """
    ordered: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for each in documents:
        known = each.document
        ordered[each.language] += [(_digest(f"{known.id} {text.index}"), known.id, text.text) for text in known.texts]
    for texts in ordered.values():
        texts.sort()
    return [_others(each.document, ordered[each.language]) for each in documents]


def _others(document: Document, ordered: Sequence[tuple[str, str, str]]) -> list[str]:
    own = {text.text for text in document.texts}
    start = bisect_left(ordered, (_digest(document.id), "", ""))
    taken: list[str] = []
    for _, owner, text in (*ordered[start:], *ordered[:start]):
        if len(taken) == len(document.texts):
            break
        if owner != document.id and text not in own:
            taken.append(text)
    return taken


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _pairs(each: Measured, others: np.ndarray, vectors: _Vectors) -> Iterator[Pair]:
    """others: (T, D), the embeddings of texts of other documents; T > 0."""
    document = each.document
    texts = {str(text.index): text.text for text in document.texts}
    for image in document.images:
        score: Score | None = document.score("best_similarity", image.index)
        if score is None:
            continue
        matrix = similarity(others, vectors.row(each.pieces[image.index])[None])
        best = best_text(matrix, 0)
        shuffled = best[1] if best else 0.0
        source, text = document.provenance.source, texts.get(score.label, "")
        yield Pair(document.id, each.language, source, image.index, text, score.value, shuffled)


class _Texts:
    """Embeddings of texts, each distinct one made once."""

    def __init__(self, scorer: ImageTextScorer) -> None:
        self._scorer = scorer
        self._known: dict[str, np.ndarray] = {}

    def rows(self, texts: Sequence[str]) -> np.ndarray:
        missing = list(dict.fromkeys(text for text in texts if text not in self._known))
        if missing:
            self._known |= dict(zip(missing, self._scorer.embed_texts(missing), strict=True))
        return np.stack([self._known[text] for text in texts])


class _Vectors:
    """The stored embeddings of images, by where their bytes are."""

    def __init__(self, store: Store, stored: RangeReader, wanted: set[Piece]) -> None:
        self._stored = stored
        self._places: dict[Piece, tuple[str, int, int]] = {}
        files = {file for file, _ in wanted}
        commits = read_commits(store)
        embedded = {commit.block: commit for commit in commits["embed"]}
        for fetched in commits["fetch"]:
            if fetched.files["bin"].name in files:
                self._add(store, fetched, embedded[fetched.block], wanted)

    def _add(self, store: Store, fetched: Commit, embedded: Commit, wanted: set[Piece]) -> None:
        for commit, suffix in ((fetched, "parquet"), (embedded, "parquet"), (embedded, "f16")):
            _check_stored(store, commit, suffix)
        tables = (
            read_rows(store, fetched, "parquet", ["offset"]),
            read_rows(store, embedded, "parquet", ["row"]),
        )
        length = embedded.counts.get("dimension", 0) * np.dtype(np.float16).itemsize
        for image, scores in zip(*tables, strict=True):
            piece = (fetched.files["bin"].name, image["offset"])
            if piece in wanted and scores["row"] is not None:
                self._places[piece] = (embedded.files["f16"].name, scores["row"] * length, length)

    def row(self, piece: Piece) -> np.ndarray:
        """(D,) float32."""
        return np.frombuffer(self._stored.read(*self._places[piece]), np.float16).astype(np.float32)


def _check_stored(store: Store, commit: Commit, suffix: str) -> None:
    name = commit.files[suffix].name
    if not store.exists(name):
        raise RunError(f"{store.path(name)} is not there any more: run the recipe again, which makes it anew")
