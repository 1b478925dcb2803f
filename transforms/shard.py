"""Samples to shards: assigned by a hash of their key, each shard the byte ranges of the blocks' tars."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam

from corpusflow.recipe import Output, Recipe
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import BlockWriter, read_rows
from corpusflow.store.keys import KEY_LENGTH
from corpusflow.store.measure_columns import MEASURE_COLUMNS
from corpusflow.store.paths import Store
from corpusflow.store.ranges import RangeReader
from corpusflow.store.sample import END
from corpusflow.store.slots import slot_of
from transforms.group_keys import GroupKeys
from transforms.judge import INDEX_SCHEMA
from transforms.stage import RunStage

VERSION = 2
FOLDER = "shards"


class SampleRef(NamedTuple):
    """Where a sample's members are, and what the shard's table tells of it."""

    slot: int
    key: str
    url: str
    language: str
    texts: int
    images: int
    characters: int
    faces: int | None
    file: str
    offset: int
    length: int
    digest: str  # of the file: another content makes the shard again, although it may be as long
    measures: tuple[float | None, ...] = (None,) * len(MEASURE_COLUMNS)


@dataclass(frozen=True)
class ShardSettings:
    store: Store


def shard_stage(recipe: Recipe, store: Store) -> Stage[ShardSettings]:
    section = recipe.output.model_dump(mode="json")
    return Stage("shard", VERSION, section, ShardSettings(store), shard_block, store, folder=FOLDER)


def sample_refs(block: Block, store: Store) -> Iterator[SampleRef]:
    commit = block.commit("judge")
    tar = commit.files["tar"]
    for row in read_rows(store, commit, "parquet"):
        measures = tuple(row.pop(name) for name in MEASURE_COLUMNS)
        yield SampleRef(slot_of(row["key"]), **row, file=tar.name, digest=tar.digest[:KEY_LENGTH], measures=measures)


def cut_shards(lengths: Mapping[int, int], target: int, min_shards: int) -> list[int]:
    """The first slot of each shard, from the bytes of each slot: shards of nearly equal size, none of them empty.

    At least one shard where there is anything, at least min_shards where there are as many filled slots, and no
    shard over target by more than a slot.
    """
    total = sum(lengths.values())
    count = min(max(-(-total // target), min_shards, 1), max(len(lengths), 1))
    starts: list[int] = []
    passed = 0
    filled = sorted(lengths)
    for number, slot in enumerate(filled):
        behind = count - len(starts)  # shards that still have to begin
        full = passed * count >= total * len(starts)
        if behind and (full or len(filled) - number <= behind):
            starts.append(slot)
        passed += lengths[slot]
    return starts


def shard_of(ref: SampleRef, starts: list[int]) -> int:
    """The number of the shard that a sample belongs to."""
    return bisect.bisect_right(starts, ref.slot) - 1


def keyed_by_shard(block: Block, starts: list[int], store: Store) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """(number of the shard, SampleRef as a plain tuple) of a block's samples."""
    for ref in sample_refs(block, store):
        yield shard_of(ref, starts), tuple(ref)


def shard_block_of(element: tuple[int, Iterable[Any]], split: str) -> Block:
    """The shard's block: its samples in the order of their slots, whatever order they came in."""
    number, refs = element
    return Block(f"{split}-{number:06d}", payload=tuple(sorted(refs)))


def shard_block(block: Block, settings: ShardSettings, out: BlockWriter) -> None:
    """Writes the tar and its table of samples. payload: SampleRefs in their order."""
    table, tar = out.table("parquet", INDEX_SCHEMA), out.blob("tar")
    offset = 0
    refs = [SampleRef(*fields) for fields in block.payload]
    with RangeReader(settings.store) as stored:
        members = stored.read_all((ref.file, ref.offset, ref.length) for ref in refs)
        for ref, data in zip(refs, members, strict=True):
            tar.write(data)
            measures = dict(zip(MEASURE_COLUMNS, ref.measures, strict=True))
            told = {name: getattr(ref, name) for name in INDEX_SCHEMA.names if name not in measures}
            table.add(told | measures | {"offset": offset})
            offset += ref.length
            out.counts["items"] += 1
    tar.write(END)


class WriteShards(beam.PTransform):
    """Judged document blocks to shard blocks: `shards/SPLIT-NNNNNN.tar` and `.parquet`, the table of its samples."""

    def __init__(self, recipe: Recipe, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = shard_stage(recipe, store)
        self.output: Output = recipe.output
        self.progress = progress

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        store, output = self.stage.store, self.output
        starts = (
            blocks
            | "Lengths" >> beam.FlatMap(lambda block: [(ref.slot, ref.length) for ref in sample_refs(block, store)])
            | "Bytes by slot" >> beam.CombinePerKey(sum)
            | "Alike" >> beam.Map(lambda counted: (None, counted))
            | "All slots" >> beam.GroupByKey()
            | "Cut shards" >> beam.Map(lambda alike: cut_shards(dict(alike[1]), output.shard_bytes, output.min_shards))
        )
        return (
            blocks
            # Read once more: what waits for the cuts is held in memory, and blocks are few.
            | "Key by shard" >> beam.FlatMap(keyed_by_shard, beam.pvalue.AsSingleton(starts, []), store)
            | "Group by shard" >> GroupKeys(store)
            | "Order samples" >> beam.Map(shard_block_of, output.split)
            | "Write shards" >> beam.ParDo(RunStage(self.stage, self.progress))
        )
