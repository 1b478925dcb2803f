"""The keys of a block's documents: of one that was screened, and of one that an earlier run kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import apache_beam as beam
import pyarrow.parquet as pq

from corpusflow.recipe import Select
from corpusflow.store.block import Block
from corpusflow.store.commit import read_rows
from corpusflow.store.key_index import SCHEMA, KeyIndex
from corpusflow.store.paths import Store
from corpusflow.text.identity import images_key, url_key
from transforms.copies import DocumentKey


@dataclass(frozen=True)
class EarlierBlock:
    """Documents that an earlier run kept: those of one row group of its index, and how many rows that has. Nothing is
    ever found of them."""

    index: KeyIndex
    group: int
    rows: int

    payload: ClassVar[tuple[Any, ...]] = ()

    @property
    def id(self) -> str:
        # By the digest: the order in which a recipe names corpora is no difference.
        return f"earlier-{self.index.digest[:16]}-{self.group:07d}"


KeyBlock = Block | EarlierBlock


def key_rows(block: KeyBlock, store: Store, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The rows of a block with those of screen's columns that it has."""
    if isinstance(block, EarlierBlock):
        return block.index.rows(block.group, [name for name in columns if name in SCHEMA.names])
    return read_rows(store, block.commit("screen"), "parquet", columns)


def row_count(block: KeyBlock) -> int:
    """Documents of a block, or some more: those that went into screen."""
    if isinstance(block, EarlierBlock):
        return block.rows
    return block.commit("screen").counts.get("items", 0)


def document_key(row: Mapping[str, Any], block: KeyBlock, section: Select) -> DocumentKey:
    """What tells a row's document from others. row: at least id, fetched_at, characters, images and language; url_key
    and text_key where they are wanted."""
    earlier = block.index.name if isinstance(block, EarlierBlock) else ""
    text = row.get("text_key", "")
    if text and section.per_language:
        text = f"{row['language']} {text}"
    fetched_at, merit = ("", 0) if earlier else (row["fetched_at"], merit_of(row, section.keep))
    return DocumentKey(block.id, row["id"], row.get("url_key", ""), text, fetched_at, merit, earlier)


def merit_of(row: Mapping[str, Any], keep: str) -> int:
    """Of a row of screen."""
    if keep == "longest":
        return int(row["characters"])
    return len(row["images"]) if keep == "most_images" else 0


def image_keys(row: Mapping[str, Any], block: KeyBlock) -> set[str]:
    """Of the images of a row, each once."""
    if isinstance(block, EarlierBlock):
        return set(row["images"])
    return {url_key(url) for url in row["images"]}


def paragraph_keys(row: Mapping[str, Any]) -> list[str]:
    """Of the paragraphs of a row of either kind; none where an earlier run had no use for them."""
    return [key if isinstance(key, str) else key["key"] for key in row["paragraphs"] or ()]


def set_key(row: Mapping[str, Any], block: KeyBlock, section: Select, repeated: Mapping[str, Any]) -> str:
    """Key of the set of a row's images, less those that are repeated too often."""
    if isinstance(block, EarlierBlock):
        return str(row["images_key"])
    return images_key(url for url in row["images"] if use_key(url_key(url), row, section) not in repeated)


def use_key(key: str, row: Mapping[str, Any], section: Select) -> str:
    """Under which the uses of an image are counted: in one language, or in all."""
    return f"{row['language']} {key}" if section.per_language else key


def earlier_blocks(index: KeyIndex) -> list[EarlierBlock]:
    """Those of one index. index: without its groups."""
    with index.store.open(index.file) as file, pq.ParquetFile(file) as table:
        rows = [table.metadata.row_group(number).num_rows for number in range(table.num_row_groups)]
    return [EarlierBlock(index, number, count) for number, count in enumerate(rows)]


class EarlierBlocks(beam.PTransform):
    """The blocks of earlier corpora; of a pipeline, none where the recipe names no corpus."""

    def __init__(self, indexes: Sequence[KeyIndex]) -> None:
        super().__init__()
        # A large corpus has as many row groups as blocks: too many for a graph's literals, and for every element.
        self.indexes = [dataclasses.replace(index, groups=()) for index in indexes]

    def expand(self, pipeline: beam.Pipeline) -> beam.PCollection[EarlierBlock]:
        return pipeline | "Indexes" >> beam.Create(self.indexes) | "Row groups" >> beam.FlatMap(earlier_blocks)
