"""Negatives drawn from the whole corpus: small references go through the shuffle, no text and no embedding.

Each document gives at most one text to a language and length class, and one picture, so that a pool comes from many
documents: those with the smallest digests, which is a draw that nothing but the content decides. Drawn is from
documents with a picture that could be had, in a language that the scorer reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import apache_beam as beam

from corpusflow.align.units import TextUnit, text_units
from corpusflow.document import Document
from corpusflow.recipe import Recipe
from corpusflow.store.block import Block
from corpusflow.store.commit import Commit
from corpusflow.store.paths import Store
from transforms.align import ImageFact, join_images, reads
from transforms.negative_pools import (
    IMAGES,
    ImageRef,
    PoolSettings,
    TextRef,
    digest_of_text,
    kinds_of,
    negatives_stage,
    pool_of_language,
)
from transforms.select import surviving_documents
from transforms.stage import RunStage

# Drawn besides, since a pool may hold what belongs to the document itself.
SPARE = 8
READ = ("extract", "clean", "select")  # stages whose commits lead to a document's texts

PoolKey = tuple[str, int]  # pool, length class
Refs = tuple[tuple[Any, ...], ...]  # TextRefs or ImageRefs as plain tuples, which Beam encodes without pickling


def drawn(block: Block, settings: PoolSettings, most: int) -> Iterator[tuple[PoolKey, Refs]]:
    """What a document block gives to each pool. payload: the facts of its images."""
    found: dict[PoolKey, list[tuple[Any, ...]]] = defaultdict(list)
    facts = {fact[0]: ImageFact(*fact) for fact in block.payload}
    # Without a picture no text is read.
    if not any(fact.status == "ok" for fact in facts.values()):
        return
    for document in surviving_documents(block, settings.store):
        document, _ = join_images(document, facts, block.id)
        if document.images and reads(settings.similarity, document):
            one = min((facts[image.url] for image in document.images), key=lambda fact: fact.sha256)
            found[IMAGES, 0].append(ImageRef(one.sha256, one.vectors, one.row or 0, one.dimension))
            for key, text in texts_of(document, block.id, settings.unit).items():
                found[key].append(text)
    for key in sorted(found):
        yield key, smallest([map(tuple, found[key])], most)


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
    distinct = {ref[0]: ref for ref in sorted(chain.from_iterable(groups), reverse=True)}
    return tuple(sorted(distinct.values())[:most])


def by_block(element: tuple[PoolKey, Refs]) -> Iterator[tuple[str, tuple[str, int, tuple[Any, ...]]]]:
    """(document block, (pool, length class, TextRef)) for each drawn text."""
    (pool, least), refs = element
    for ref in refs if pool != IMAGES else ():
        yield TextRef(*ref).block, (pool, least, tuple(ref))


def with_commits(element: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[tuple[str, tuple[Any, list[Commit]]]]:
    """(pool, ((length class, TextRef), the commits that lead to it)); the commits go once to a pool."""
    _, joined = element
    for block in joined["blocks"]:
        told: set[str] = set()
        for pool, least, ref in joined["refs"]:
            commits = [] if pool in told else [block.commit(stage) for stage in READ]
            told.add(pool)
            yield pool, ((least, tuple(ref)), commits)


def text_pool(element: tuple[str, Iterable[tuple[Any, list[Commit]]]]) -> Block:
    """The block of a language, whatever order its texts come in."""
    pool, texts = element
    entries, commits = zip(*texts, strict=True)
    inputs = sorted(chain.from_iterable(commits), key=lambda commit: (commit.block, READ.index(commit.stage)))
    return Block(pool, tuple(inputs), tuple(sorted(entries)))


def image_pool(element: tuple[PoolKey, Refs]) -> Block:
    (pool, least), refs = element
    return Block(pool, payload=tuple((least, tuple(ref)) for ref in refs))


def with_pools(element: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[Block]:
    """The block with what was committed for its pools among its inputs, in an order that does not depend on arrival."""
    _, joined = element
    for block in joined["blocks"]:
        pools = sorted(joined["pools"], key=lambda commit: commit.block)
        yield Block(block.id, (*block.inputs, *pools), block.payload)


class DrawNegatives(beam.PTransform):
    """Document blocks joined with their images to {"negatives": the blocks of pools, "documents": the document blocks
    with the pools that they need}."""

    def __init__(self, recipe: Recipe, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = negatives_stage(recipe, store)
        self.most = recipe.align.negatives + SPARE
        self.progress = progress

    def expand(self, blocks: beam.PCollection[Block]) -> dict[str, beam.PCollection[Block]]:
        named = blocks | "Name blocks" >> beam.Map(lambda block: (block.id, block))
        given = named | "Draw" >> beam.FlatMap(
            lambda pair: [(pair[0], key, refs) for key, refs in drawn(pair[1], self.stage.settings, self.most)]
        )
        chosen = (
            given
            | "Refs by pool" >> beam.Map(lambda found: (found[1], found[2]))
            | "Choose" >> beam.CombinePerKey(smallest, self.most)
        )
        pools = (
            (self._text_pools(named, chosen), self._image_pool(chosen))
            | "All pools" >> beam.Flatten()
            | "Embed negatives" >> beam.ParDo(RunStage(self.stage, self.progress))
        )
        return {"negatives": pools, "documents": self._give(named, given, pools)}

    def _text_pools(self, named: beam.PCollection[Any], chosen: beam.PCollection[Any]) -> beam.PCollection[Block]:
        return (
            {"blocks": named, "refs": chosen | "Refs by block" >> beam.FlatMap(by_block)}
            | "Join commits" >> beam.CoGroupByKey()
            | "With commits" >> beam.FlatMap(with_commits)
            | "Group by language" >> beam.GroupByKey()
            | "Text pools" >> beam.Map(text_pool)
        )

    def _image_pool(self, chosen: beam.PCollection[Any]) -> beam.PCollection[Block]:
        return (
            chosen
            | "Pictures" >> beam.Filter(lambda element: element[0][0] == IMAGES)
            | "Image pool" >> beam.Map(image_pool)
        )

    def _give(
        self, named: beam.PCollection[Any], given: beam.PCollection[Any], pools: beam.PCollection[Block]
    ) -> beam.PCollection[Block]:
        """Each block gets the pools to which it could have given something: those of its own languages."""
        asked = given | "Pools of blocks" >> beam.Map(lambda found: (found[1][0], found[0])) | beam.Distinct()
        commits = (
            {"blocks": asked, "pools": pools | "Name pools" >> beam.Map(lambda block: (block.id, block.latest))}
            | "Join pools" >> beam.CoGroupByKey()
            | "Pools by block" >> beam.FlatMap(pools_by_block)
        )
        return (
            {"blocks": named, "pools": commits}
            | "Join blocks" >> beam.CoGroupByKey()
            | "With pools" >> beam.FlatMap(with_pools)
        )


def pools_by_block(element: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[tuple[str, Commit]]:
    """(document block, commit of a pool) for each block that needs the pool."""
    _, joined = element
    for commit in joined["pools"]:
        for block in joined["blocks"]:
            yield block, commit
