"""Draws negatives: which texts and pictures a document block offers to the pools of the corpus. References only, no
text and no embedding.

Each document gives at most one text to a language and length class, and one picture, so that a pool comes from many
documents: those with the smallest digests, which is a draw that nothing but the content decides. Drawn is from
documents with a picture that could be had, in a language that the scorer reads. Filters come later and have no say:
another threshold draws, embeds and compares nothing anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Any

import apache_beam as beam
import pyarrow as pa

from corpusflow.align.units import TextUnit, text_units
from corpusflow.document import Document
from corpusflow.filtering import ImageTextScorer
from corpusflow.recipe import Recipe
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import BlockWriter, read_rows
from corpusflow.store.paths import Store
from transforms.align import reads
from transforms.hand_out import HandOut
from transforms.image_facts import ImageFact
from transforms.negative_pools import (
    IMAGES,
    ImageRef,
    TextRef,
    digest_of_text,
    kinds_of,
    pool_of_language,
    scorer_for_negatives,
)
from transforms.select import surviving_documents
from transforms.stage import RunStage

VERSION = 1
SPARE = 8  # drawn besides, since a pool may hold what belongs to the document itself
MIN_SIDE = 150  # pixels of the short side, as the web had it; the usual limit of image_size: any text beats an icon

# One row per reference, by pool and length class, then by digest; it is to a text or to an image.
_TEXT = [(name, pa.int64() if name in ("first", "last", "start", "end") else pa.string()) for name in TextRef._fields]
_IMAGE = [(name, pa.int64() if name in ("row", "dimension") else pa.string()) for name in ImageRef._fields]
SCHEMA = pa.schema(
    [("pool", pa.string()), ("least", pa.int64()), ("text", pa.struct(_TEXT)), ("image", pa.struct(_IMAGE))]
)

PoolKey = tuple[str, int]  # pool, length class
Refs = tuple[tuple[Any, ...], ...]  # TextRefs or ImageRefs as plain tuples, which Beam encodes without pickling


@dataclass(frozen=True)
class DrawSettings:
    """most: references that a block gives to a pool's length class."""

    similarity: ImageTextScorer
    unit: TextUnit
    most: int
    store: Store


def draw_stage(recipe: Recipe, store: Store) -> Stage[DrawSettings]:
    """Raises ValueError where the recipe asks for no negatives."""
    settings = DrawSettings(scorer_for_negatives(recipe), recipe.align.unit, most_drawn(recipe), store)
    # Of the model only what it reads: where the embeddings are is told by the images.
    section = [sorted(getattr(settings.similarity, "languages", ())), settings.unit, settings.most]
    reads = ("extract", "clean", "select")
    return Stage("draw", VERSION, section, settings, draw_block, store, reads=reads, gives_up=draw_nothing)


def most_drawn(recipe: Recipe) -> int:
    """References to a length class of a pool."""
    return recipe.align.negatives + SPARE


def with_pictures(block: Block) -> Block:
    """A joined block with no more of its images than the draw asks for: (URL, ImageRef, whether it may be drawn) of
    those that could be had."""
    payload = []
    for fact in (ImageFact(*fields) for fields in block.payload):
        if fact.status == "ok":
            ref = ImageRef(fact.sha256, fact.vectors, fact.row or 0, fact.dimension)
            payload.append((fact.url, tuple(ref), min(fact.source_width, fact.source_height) >= MIN_SIDE))
    return Block(block.id, block.inputs, tuple(payload))


def draw_block(block: Block, settings: DrawSettings, out: BlockWriter) -> None:
    """Writes what the block gives to each pool. payload: its images, as `with_pictures` tells them."""
    table = out.table("parquet", SCHEMA)
    found: dict[PoolKey, list[tuple[Any, ...]]] = defaultdict(list)
    pictures = {url: ImageRef(*ref) for url, ref, _ in block.payload}
    large = {url for url, _, is_large in block.payload if is_large}
    # Without a picture no text is read.
    for document in surviving_documents(block, settings.store) if pictures else ():
        out.counts["items"] += 1
        document = document.without(image.index for image in document.images if image.url not in pictures)
        if document.images and reads(settings.similarity, document):
            if shown := [pictures[image.url] for image in document.images if image.url in large]:
                found[IMAGES, 0].append(min(shown))
            for key, text in texts_of(document, block.id, settings.unit).items():
                found[key].append(text)
    for pool, least in sorted(found):
        kind, made = ("image", ImageRef) if pool == IMAGES else ("text", TextRef)
        for ref in smallest([found[pool, least]], settings.most):
            table.add({"pool": pool, "least": least, kind: made(*ref)._asdict()})


def draw_nothing(block: Block, settings: DrawSettings, out: BlockWriter) -> None:
    """The block gives nothing to the pools; its documents are none the worse for it."""
    out.table("parquet", SCHEMA)


def texts_of(document: Document, block: str, unit: TextUnit) -> dict[PoolKey, TextRef]:
    """The text that a document gives to each pool that it gives any to. block: in which the document is."""
    texts: dict[PoolKey, TextRef] = {}
    units = text_units(document, unit)
    for each, kind in zip(units, kinds_of(document, units), strict=True):
        key = pool_of_language(kind.language), kind.least
        ref = TextRef(digest_of_text(each.text), document.id, each.first, each.last, each.start, each.end, block)
        texts[key] = min(ref, texts.get(key, ref))
    return texts


def smallest(groups: Iterable[Iterable[tuple[Any, ...]]], most: int) -> Refs:
    """The references with the smallest digests, each digest once; the same however they are grouped."""
    # In falling order, so that of references to one thing the smallest stays.
    distinct = {ref[0]: tuple(ref) for ref in sorted(chain.from_iterable(groups), reverse=True)}
    return tuple(sorted(distinct.values())[:most])


def drawn(block: Block, store: Store) -> Iterator[tuple[PoolKey, Refs]]:
    """What a block gave to each pool."""
    rows = read_rows(store, block.commit("draw"), "parquet")
    for key, group in groupby(rows, key=lambda row: (row["pool"], row["least"])):
        yield key, tuple(_ref(row) for row in group)


def _ref(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(TextRef(**row["text"]) if row["text"] else ImageRef(**row["image"]))


class DrawNegatives(beam.PTransform):
    """Document blocks joined with their images to document blocks with a table of what they give to pools of
    negatives; the recipe must ask for some."""

    def __init__(self, recipe: Recipe, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = draw_stage(recipe, store)
        self.progress = progress

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        return (
            blocks
            | "With pictures" >> beam.Map(with_pictures)
            | "Hand out blocks" >> HandOut(self.progress, "draw")
            | "Draw negatives" >> beam.ParDo(RunStage(self.stage, self.progress))
        )
