"""Pools of negatives: texts of one language, or images, of many documents of the corpus, with their embeddings."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

import numpy as np
import pyarrow as pa

from corpusflow.align.ranks import length_class
from corpusflow.align.units import TextUnit, Unit
from corpusflow.document import Document
from corpusflow.filtering import ImageTextScorer
from corpusflow.recipe import Recipe
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import BlockWriter, Commit, read_rows
from corpusflow.store.embeddings import KnownEmbeddings
from corpusflow.store.known_texts import TextRows
from corpusflow.store.paths import Store
from corpusflow.store.ranges import RangeReader
from transforms.embed import known_embeddings, similarity_scorer
from transforms.select import surviving_documents

VERSION = 1
IMAGES = "images"  # the pool of images
POOLS_IN_MEMORY = 16  # of a worker; one of a language has at most nine length classes

# One row per negative, in the order of the rows of the vectors file. least: the length class of a text, 0 for images.
# digest: hex sha256 of the text or of the stored picture.
SCHEMA = pa.schema([("least", pa.int64()), ("digest", pa.string()), ("text", pa.string())])


class TextRef(NamedTuple):
    """A drawn text. digest: hex sha256 of it; the rest: where it stands, as in `corpusflow.align.units.Unit`."""

    digest: str
    document: str
    first: int
    last: int
    start: int
    end: int
    block: str


class ImageRef(NamedTuple):
    """A drawn picture. digest: hex sha256 of it; the rest: where its embedding stands."""

    digest: str
    vectors: str
    row: int
    dimension: int


@dataclass(frozen=True)
class PoolSettings:
    similarity: ImageTextScorer
    store: Store
    unit: TextUnit = "segment"
    known: KnownEmbeddings | None = None


def draws_negatives(recipe: Recipe) -> bool:
    """Whether a recipe asks for negatives and has a model to compare them."""
    return bool(recipe.align.negatives) and recipe.embed.similarity is not None


def scorer_for_negatives(recipe: Recipe) -> ImageTextScorer:
    """Raises ValueError where the recipe asks for none."""
    scorer = similarity_scorer(recipe)
    if scorer is None or not recipe.align.negatives:
        raise ValueError("the recipe asks for no negatives: align.negatives and embed.similarity are wanted")
    return scorer


def negatives_stage(recipe: Recipe, store: Store) -> Stage[PoolSettings]:
    scorer = scorer_for_negatives(recipe)
    settings = PoolSettings(scorer, store, recipe.align.unit, known_embeddings(recipe, scorer, store, "texts"))
    return Stage("negatives", VERSION, [scorer.name, recipe.align.unit], settings, negatives_block, store)


def digest_of_text(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def pool_of_language(language: str) -> str:
    """The id of the block of a language's texts. Labels of detectors are not always fit for a file's name."""
    return f"texts-{quote(language, safe='')}"


def negatives_block(block: Block, settings: PoolSettings, out: BlockWriter) -> None:
    """Writes the negatives of a pool and their embeddings (float16). inputs: for texts, what earlier stages committed
    for the document blocks that hold them. payload: (length class, TextRef or ImageRef) in the order of the pool."""
    vectors: Iterable[tuple[str | None, np.ndarray]]
    vectors = _image_vectors(block, settings.store) if block.id == IMAGES else _text_vectors(block, settings)
    table, blob = out.table("parquet", SCHEMA), out.blob("f16")
    for (least, (digest, *_)), (text, vector) in zip(block.payload, vectors, strict=True):
        table.add({"least": least, "digest": digest, "text": text})
        blob.write(vector.tobytes())
        out.counts["items"] += 1


def _image_vectors(block: Block, store: Store) -> Iterator[tuple[str | None, np.ndarray]]:
    with RangeReader(store) as stored:
        for _, fields in block.payload:
            ref = ImageRef(*fields)
            length = ref.dimension * np.dtype(np.float16).itemsize
            yield None, np.frombuffer(stored.read(ref.vectors, ref.row * length, length), np.float16)


def _text_vectors(block: Block, settings: PoolSettings) -> list[tuple[str | None, np.ndarray]]:
    drawn = drawn_texts(block, settings.store)
    texts = [drawn[fields[0]] for _, fields in block.payload]
    made = TextRows(settings.similarity, settings.known)
    rows = made.rows(texts)
    made.keep()
    return list(zip(texts, rows, strict=True))


def drawn_texts(block: Block, store: Store) -> dict[str, str]:
    """The texts of a pool by their digests, read where the documents stand."""
    refs: dict[str, dict[str, list[TextRef]]] = defaultdict(lambda: defaultdict(list))
    for _, fields in block.payload:
        ref = TextRef(*fields)
        refs[ref.block][ref.document].append(ref)
    texts: dict[str, str] = {}
    for name in sorted(refs):
        part = Block(name, tuple(commit for commit in block.inputs if commit.block == name))
        for document in surviving_documents(part, store, refs[name]):
            texts |= {ref.digest: text_at(document, ref) for ref in refs[name][document.id]}
    return texts


def text_at(document: Document, ref: TextRef) -> str:
    """The text of a unit, which may be of several segments: not divided anew, since images that could not be had stand
    between some."""
    lines = [text.text for text in document.texts if ref.first <= text.index <= ref.last]
    lines[-1] = lines[-1][: ref.end]
    lines[0] = lines[0][ref.start :]
    return "\n".join(lines)


class Kind(NamedTuple):
    """What texts of other documents a text is compared with. least: of its length class."""

    language: str
    least: int


def kinds_of(document: Document, units: Sequence[Unit]) -> list[Kind]:
    """The kind of each unit: its first segment's language where that has one of its own, else the document's."""
    labels = {score.segment: score.label for score in document.scores if score.measure == "language"}
    whole = labels.get(None, "")
    return [Kind(labels.get(unit.first, whole), length_class(unit.text)) for unit in units]


class Pool(NamedTuple):
    """digests: of the negatives. vectors: (negatives, D) float32, in the same order."""

    digests: tuple[str, ...]
    vectors: np.ndarray

    def without(self, own: Collection[str], most: int) -> np.ndarray:
        """The first so many that do not belong to a document. own: digests of what does."""
        rows = [number for number, digest in enumerate(self.digests) if digest not in own]
        return self.vectors[rows[:most]]


NO_POOL = Pool((), np.empty((0, 0), np.float32))


@dataclass(frozen=True)
class Negatives:
    """The pools that a block was given. most: negatives that a document is compared with."""

    pools: dict[str, Commit]
    store: Store
    most: int

    def texts(self, kind: Kind, own: Collection[str]) -> np.ndarray:
        return self._pool(pool_of_language(kind.language), kind.least).without(own, self.most)

    def images(self, own: Collection[str]) -> np.ndarray:
        return self._pool(IMAGES, 0).without(own, self.most)

    def _pool(self, name: str, least: int) -> Pool:
        commit = self.pools.get(name)
        return NO_POOL if commit is None else read_pools(_Stored(commit.digest, commit, self.store)).get(least, NO_POOL)


def negatives_of(block: Block, store: Store, most: int) -> Negatives:
    return Negatives({commit.block: commit for commit in block.inputs if commit.stage == "negatives"}, store, most)


@dataclass(frozen=True)
class _Stored:
    """A committed block of negatives; the digest tells what is in it, wherever it lies."""

    digest: str
    commit: Commit = field(compare=False)
    store: Store = field(compare=False)


@lru_cache(maxsize=POOLS_IN_MEMORY)
def read_pools(stored: _Stored) -> dict[int, Pool]:
    """By length class. Read once per process, since all blocks of a corpus have the same pools."""
    rows = list(read_rows(stored.store, stored.commit, "parquet", ["least", "digest"]))
    data = np.frombuffer(stored.store.read(stored.commit.files["f16"].name), np.float16)
    vectors = data.reshape(len(rows), -1).astype(np.float32)
    pools = {}
    for least in sorted({row["least"] for row in rows}):
        numbers = [number for number, row in enumerate(rows) if row["least"] == least]
        pools[least] = Pool(tuple(rows[number]["digest"] for number in numbers), vectors[numbers])
    return pools
