"""What only the whole corpus can tell: which documents are copies, what is repeated too often, and which image URLs are
wanted. Keys only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import apache_beam as beam
import pyarrow as pa

from corpusflow.decision import Decision, decision_row
from corpusflow.recipe import Recipe
from corpusflow.recipe import Select as SelectSection
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import BlockWriter, read_rows
from corpusflow.store.paths import Store
from corpusflow.text.identity import images_key, url_key
from transforms.copies import (
    Copy,
    DocumentKey,
    JoinFindings,
    Repeated,
    findings_of,
    merit_of,
    split_copies,
)
from transforms.near_copies import REASON as NEAR
from transforms.near_copies import FindNearCopies
from transforms.repeated import FindRepeated
from transforms.stage import RunStage

VERSION = 2

# One row per surviving document. gone: indices of the segments that screen or select dropped.
SCHEMA = pa.schema([("id", pa.string()), ("gone", pa.list_(pa.int64())), ("images", pa.list_(pa.string()))])

KEY_COLUMNS = ["id", "url_key", "text_key", "fetched_at", "characters", "images"]


@dataclass(frozen=True)
class SelectSettings:
    section: SelectSection
    store: Store


def select_stage(recipe: Recipe, store: Store) -> Stage[SelectSettings]:
    section = recipe.select.model_dump(mode="json")
    settings = SelectSettings(recipe.select, store)
    return Stage("select", VERSION, section, settings, select_block, store, reads=("screen",))


def document_keys(block: Block, store: Store, keep: str = "newest") -> Iterator[DocumentKey]:
    """The keys of a screened block's documents."""
    for row in read_rows(store, block.commit("screen"), "parquet", KEY_COLUMNS):
        merit = merit_of(row, keep)
        yield DocumentKey(block.id, row["id"], row["url_key"], row["text_key"], row["fetched_at"], merit)


def image_set_keys(block: Block, store: Store, keep: str = "newest") -> Iterator[tuple[str, tuple[Any, ...]]]:
    """(key of the set of images, DocumentKey as a tuple) for each document that is left with an image."""
    copies, repeated = findings_of(block)
    for row in read_rows(store, block.commit("screen"), "parquet", KEY_COLUMNS):
        key = images_key(url for url in row["images"] if url_key(url) not in repeated)
        if key and row["id"] not in copies:
            yield key, tuple(DocumentKey(block.id, row["id"], "", "", row["fetched_at"], merit_of(row, keep)))


def select_block(block: Block, settings: SelectSettings, out: BlockWriter) -> None:
    """Writes one row per survivor. payload: what was found of this block's documents."""
    copies, repeated = findings_of(block)
    table = out.table("parquet", SCHEMA)
    images: set[str] = set()
    for row in read_rows(settings.store, block.commit("screen"), "parquet"):
        out.counts["items"] += 1
        copy = copies.get(row["id"])
        if copy is None:
            left = drop_repeated(row, repeated, settings.section, block.id, out)
            table.add(left)
            images.update(left["images"])
        else:
            drop_copy(row, copy, settings.section, block.id, out)
    out.counts["images"] = len(images)


def drop_copy(row: Mapping[str, Any], copy: Copy, section: SelectSection, block: str, out: BlockWriter) -> None:
    """Puts a copy into the ledger, with all that was left of it."""
    decision = Decision("select", copy.reason, measured=copy.survivor)
    message = ""
    if copy.reason == NEAR and section.near_text is not None:
        decision = replace(decision, measured=copy.similarity, limit=section.near_text.similarity)
        message = f"like {copy.survivor}"
    texts, shown = row["texts"], len(row["images"])
    add = {"stage": "select", "block": block, "document": row["id"], "what": row["url"]}
    entry = decision_row(decision, **add, unit="document", texts=texts, images=shown)
    out.note(replace(entry, message=message))


def drop_repeated(
    row: Mapping[str, Any], repeated: Mapping[str, Repeated], section: SelectSection, block: str, out: BlockWriter
) -> dict[str, Any]:
    """The row of a survivor, less the images and paragraphs that are repeated too often; these go into the ledger."""
    gone, images = list(row["gone"]), []
    add = {"stage": "select", "block": block, "document": row["id"]}
    for paragraph in row["paragraphs"] or ():
        found = repeated.get(paragraph["key"])
        if found is not None:
            decision = Decision("select", found.reason, paragraph["index"], found.times, section.domain_paragraphs)
            out.note(decision_row(decision, **add, unit="text"))
            gone.append(paragraph["index"])
    for index, url in zip(row["image_indices"], row["images"], strict=True):
        found = repeated.get(url_key(url))
        if found is None:
            images.append(url)
            continue
        decision = Decision("select", found.reason, index, found.times, section.max_image_uses)
        out.note(decision_row(decision, **add, unit="image", what=url))
        gone.append(index)
    return {"id": row["id"], "gone": sorted(gone), "images": images}


class SelectDocuments(beam.PTransform):
    """Screened document blocks to blocks with a table of the documents that survive.

    Each step sees what the earlier ones left: a page that is in the corpus twice does not make its images frequent, and
    a site's logo, once it is gone, does not make all its pages show the same.
    """

    def __init__(self, recipe: Recipe, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = select_stage(recipe, store)
        self.store = store
        self.progress = progress

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        section = self.stage.settings.section
        blocks = {"blocks": blocks, "findings": self._same(blocks)} | "Join copies" >> JoinFindings()
        if section.near_text is not None:
            near = blocks | "Near text" >> FindNearCopies(section, section.near_text, self.store)
            blocks = {"blocks": blocks, "findings": near} | "Join near copies" >> JoinFindings()
        if section.max_image_uses is not None or section.domain_paragraphs is not None:
            repeated = blocks | "Repeated" >> FindRepeated(section, self.store)
            blocks = {"blocks": blocks, "findings": repeated} | "Join repeated" >> JoinFindings()
        if section.same_images:
            _, copies = _split(
                blocks | "Image sets" >> beam.FlatMap(image_set_keys, self.store, section.keep), "same_images"
            )
            blocks = {"blocks": blocks, "findings": copies} | "Join same images" >> JoinFindings()
        return blocks | "Select documents" >> beam.ParDo(RunStage(self.stage, self.progress))

    def _same(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Copy]:
        """The Copies by URL, and of what these leave those by text."""
        section = self.stage.settings.section
        keys = blocks | "Read keys" >> beam.FlatMap(document_keys, self.store, section.keep)
        copies = []
        for wanted, field, reason in (
            (section.same_url, "url_key", "same_url"),
            (section.same_text, "text_key", "same_text"),
        ):
            if wanted:
                # A document without text has no key of its own text: its id keeps it apart from all others.
                # Plain tuples, here as at every shuffle: Beam encodes them without pickling.
                keyed = keys | f"Key {reason}" >> beam.Map(
                    lambda document, field: (getattr(document, field) or document.id, tuple(document)), field
                )
                keys, found = _split(keyed, reason)
                copies.append(found)
        return tuple(copies) | "All copies" >> beam.Flatten(pipeline=blocks.pipeline)


def _split(
    keyed: beam.PCollection[tuple[str, tuple[Any, ...]]], reason: str
) -> tuple[beam.PCollection[DocumentKey], beam.PCollection[Copy]]:
    """Survivors and Copies of the documents under each key."""
    found = (
        keyed
        | f"Group {reason}" >> beam.GroupByKey()
        | f"Choose {reason}" >> beam.FlatMap(lambda pair: split_copies(pair[1], reason))
    )
    survivors = found | f"Survivors {reason}" >> beam.Filter(lambda item: isinstance(item, DocumentKey))
    copies = found | f"Copies {reason}" >> beam.Filter(lambda item: isinstance(item, Copy))
    return survivors, copies
