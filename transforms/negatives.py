"""Pools of negatives from what the document blocks of the corpus drew: small references go through the shuffle, no text
and no embedding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import apache_beam as beam

from corpusflow.recipe import Recipe
from corpusflow.store.block import Block
from corpusflow.store.commit import Commit
from corpusflow.store.paths import Store
from transforms.draw import PoolKey, Refs, drawn, most_drawn, smallest
from transforms.negative_pools import IMAGES, TextRef, negatives_stage
from transforms.stage import RunStage

READ = ("extract", "clean", "select")  # stages whose commits lead to a document's texts


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


class EmbedNegatives(beam.PTransform):
    """{"documents": document blocks joined with their images, "drawn": the same blocks after the draw} to {"negatives":
    the blocks of pools, "documents": the joined document blocks with the pools that they need}."""

    def __init__(self, recipe: Recipe, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = negatives_stage(recipe, store)
        self.most = most_drawn(recipe)
        self.progress = progress

    def expand(self, inputs: dict[str, beam.PCollection[Block]]) -> dict[str, beam.PCollection[Block]]:
        store = self.stage.store
        named = inputs["documents"] | "Name blocks" >> beam.Map(lambda block: (block.id, block))
        given = inputs["drawn"] | "Drawn" >> beam.FlatMap(
            lambda block: [(block.id, key, refs) for key, refs in drawn(block, store)]
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
        """Each block that gave something gets the pools of its own languages and that of images, to which it may have
        given none that was large enough."""
        asked = (
            given
            | "Pools of blocks" >> beam.FlatMap(lambda found: [(pool, found[0]) for pool in (IMAGES, found[1][0])])
            | "Each once" >> beam.Distinct()
        )
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
