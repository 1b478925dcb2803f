"""What only the whole corpus can tell: which documents are copies, and which image URLs are wanted. Keys only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
import pyarrow as pa

from corpusflow.decision import Decision, decision_row
from corpusflow.recipe import Recipe
from corpusflow.recipe import Select as SelectSection
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import BlockWriter, read_rows
from corpusflow.store.paths import Store
from transforms.stage import RunStage

VERSION = 1

# One row per surviving document.
SCHEMA = pa.schema([("id", pa.string()), ("gone", pa.list_(pa.int64())), ("images", pa.list_(pa.string()))])


class DocumentKey(NamedTuple):
    """What select knows of a document."""

    block: str
    id: str
    url_key: str
    text_key: str
    fetched_at: str


class Copy(NamedTuple):
    """A document that goes, since another one says the same. survivor: the other one's id."""

    block: str
    id: str
    reason: str
    survivor: str


@dataclass(frozen=True)
class SelectSettings:
    section: SelectSection
    store: Store


def select_stage(recipe: Recipe, store: Store) -> Stage[SelectSettings]:
    section = recipe.select.model_dump(mode="json")
    settings = SelectSettings(recipe.select, store)
    return Stage("select", VERSION, section, settings, select_block, store, reads=("screen",))


def document_keys(block: Block, store: Store) -> Iterator[DocumentKey]:
    """The keys of a screened block's documents."""
    for row in read_rows(store, block.commit("screen"), "parquet", ["id", "url_key", "text_key", "fetched_at"]):
        yield DocumentKey(block.id, row["id"], row["url_key"], row["text_key"], row["fetched_at"])


def choose_survivor(group: Iterable[DocumentKey]) -> DocumentKey:
    """The newest; of equally new ones the one with the smallest id, so that the order of arrival does not decide."""
    documents = sorted(group, key=lambda document: document.id)
    return max(documents, key=lambda document: document.fetched_at)


def split_copies(group: Iterable[DocumentKey], reason: str) -> Iterator[DocumentKey | Copy]:
    """The survivor of documents that are the same, and a Copy for each of the others."""
    documents = list(group)
    survivor = choose_survivor(documents)
    for document in documents:
        if document is survivor:
            yield document
        else:
            yield Copy(document.block, document.id, reason, survivor.id)


def select_block(block: Block, settings: SelectSettings, out: BlockWriter) -> None:
    """Writes one row per survivor. payload: the Copies of this block."""
    copies = {copy[1]: Copy(*copy) for copy in block.payload}
    table = out.table("parquet", SCHEMA)
    images: set[str] = set()
    for row in read_rows(settings.store, block.commit("screen"), "parquet"):
        out.counts["items"] += 1
        copy = copies.get(row["id"])
        if copy is None:
            table.add({name: row[name] for name in SCHEMA.names})
            images.update(row["images"])
            continue
        decision = Decision("select", copy.reason, measured=copy.survivor)
        out.note(
            decision_row(
                decision,
                stage="select",
                block=block.id,
                document=row["id"],
                unit="document",
                what=row["url"],
                texts=row["texts"],
                images=len(row["images"]),
            )
        )
    out.counts["images"] = len(images)


def with_copies(element: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[Block]:
    """A block joined with its Copies, in an order that does not depend on arrival."""
    _, joined = element
    for block in joined["blocks"]:
        yield Block(block.id, block.inputs, tuple(sorted(joined["copies"])))


class SelectDocuments(beam.PTransform):
    """Screened document blocks to blocks with a table of the documents that survive."""

    def __init__(self, recipe: Recipe, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = select_stage(recipe, store)
        self.store = store
        self.progress = progress

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        keys = blocks | "Read keys" >> beam.FlatMap(document_keys, self.store)
        copies = []
        if self.stage.settings.section.same_url:
            keys, found = self._drop_copies(keys, "url_key", "same_url")
            copies.append(found)
        if self.stage.settings.section.same_text:
            keys, found = self._drop_copies(keys, "text_key", "same_text")
            copies.append(found)
        all_copies = tuple(copies) | "All copies" >> beam.Flatten(pipeline=blocks.pipeline)
        return (
            {
                "blocks": blocks | "Name blocks" >> beam.Map(lambda block: (block.id, block)),
                "copies": all_copies | "Copies by block" >> beam.Map(lambda copy: (copy.block, tuple(copy))),
            }
            | "Join copies" >> beam.CoGroupByKey()
            | "With copies" >> beam.FlatMap(with_copies)
            | "Select documents" >> beam.ParDo(RunStage(self.stage, self.progress))
        )

    def _drop_copies(
        self, keys: beam.PCollection[DocumentKey], field: str, reason: str
    ) -> tuple[beam.PCollection[DocumentKey], beam.PCollection[Copy]]:
        found = (
            keys
            # A document without text has no key of its own text: its id keeps it apart from all others.
            # Plain tuples, here as at every shuffle: Beam encodes them without pickling.
            | f"Key {reason}" >> beam.Map(lambda document: (getattr(document, field) or document.id, tuple(document)))
            | f"Group {reason}" >> beam.GroupByKey()
            | f"Choose {reason}" >> beam.FlatMap(lambda pair: split_copies(map(DocumentKey._make, pair[1]), reason))
        )
        survivors = found | f"Survivors {reason}" >> beam.Filter(lambda item: isinstance(item, DocumentKey))
        copies = found | f"Copies {reason}" >> beam.Filter(lambda item: isinstance(item, Copy))
        return survivors, copies
