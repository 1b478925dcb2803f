"""What only the whole corpus can tell: which documents are copies, what is repeated too often, and which image URLs are
wanted. Keys only."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import apache_beam as beam
import pyarrow as pa

from corpusflow.decision import Decision, decision_row
from corpusflow.document import Document, Score, arrow_schema
from corpusflow.recipe import Recipe
from corpusflow.recipe import Select as SelectSection
from corpusflow.recipe.earlier import earlier_indexes
from corpusflow.store.block import Block, Stage, fail_document
from corpusflow.store.commit import BlockWriter, read_rows
from corpusflow.store.key_index import KeyIndex
from corpusflow.store.paths import Store
from corpusflow.text.identity import url_key
from transforms.clean import cleaned_documents
from transforms.copies import Copy, JoinFindings, Repeated, findings_of
from transforms.key_rows import EarlierBlocks, use_key
from transforms.near_copies import REASON as NEAR
from transforms.near_copies import FindNearCopies
from transforms.repeated import FindRepeated
from transforms.same_keys import FindSame, FindSameImages
from transforms.stage import RunStage

VERSION = 3

# One row per surviving document. gone: indices of the segments that screen or select dropped. scores: as in screen.
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("gone", pa.list_(pa.int64())),
        ("images", pa.list_(pa.string())),
        arrow_schema().field("scores"),
    ]
)


@dataclass(frozen=True)
class SelectSettings:
    section: SelectSection
    store: Store


def select_stage(recipe: Recipe, store: Store, earlier: Sequence[KeyIndex] = ()) -> Stage[SelectSettings]:
    """earlier: of the recipe; what they hold counts, not where they lie."""
    section = recipe.select.model_dump(mode="json") | {"earlier": sorted(index.digest for index in earlier)}
    settings = SelectSettings(recipe.select, store)
    reads = ("screen",)
    return Stage("select", VERSION, section, settings, select_block, store, reads=reads, gives_up=give_up_unselected)


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


def give_up_unselected(block: Block, settings: SelectSettings, out: BlockWriter) -> None:
    """Every document is a Failure, be it a copy or not."""
    out.table("parquet", SCHEMA)
    for row in read_rows(settings.store, block.commit("screen"), "parquet", ["id", "url", "texts", "images"]):
        fail_document(block, out, row["id"], row["url"], row["texts"], len(row["images"]))


def drop_copy(row: Mapping[str, Any], copy: Copy, section: SelectSection, block: str, out: BlockWriter) -> None:
    """Puts a copy into the ledger, with all that was left of it. The survivor is in `measured_text`, whatever was
    measured: so those that went for a document can be asked for."""
    decision, message = Decision("select", copy.reason, measured=copy.survivor), copy.why
    if copy.reason == NEAR and section.near_text is not None:
        decision = replace(decision, measured=copy.similarity, limit=section.near_text.similarity)
        message = f"like {copy.survivor}; {copy.why}"
    texts, shown = row["texts"], len(row["images"])
    add = {"stage": "select", "block": block, "document": row["id"], "what": row["url"]}
    entry = decision_row(decision, **add, unit="document", texts=texts, images=shown)
    out.note(replace(entry, measured_text=copy.survivor, message=message))


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
        found = repeated.get(use_key(url_key(url), row, section))
        if found is None:
            images.append(url)
            continue
        decision = Decision("select", found.reason, index, found.times, section.max_image_uses)
        out.note(decision_row(decision, **add, unit="image", what=url))
        gone.append(index)
    return {"id": row["id"], "gone": sorted(gone), "images": images, "scores": row["scores"]}


def surviving_documents(block: Block, store: Store, wanted: Container[str] | None = None) -> Iterator[Document]:
    """The documents of a selected block as all later stages see them, in order: cleaned, with screen's scores, less the
    segments that screen and select dropped; only these, by their ids, where some are wanted."""
    survivors = read_rows(store, block.commit("select"), "parquet")
    rows = {row["id"]: row for row in survivors if wanted is None or row["id"] in wanted}
    for document in cleaned_documents(block, store, rows):
        row = rows[document.id]
        yield document.scored(Score(**score) for score in row["scores"]).without(row["gone"])


class SelectDocuments(beam.PTransform):
    """Screened document blocks to blocks with a table of the documents that survive.

    Each step sees what the earlier ones left: a page that is in the corpus twice does not make its images frequent, and
    a site's logo, once it is gone, does not make all its pages show the same.
    """

    def __init__(self, recipe: Recipe, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.earlier = earlier_indexes(recipe)
        self.stage = select_stage(recipe, store, self.earlier)
        self.store = store
        self.progress = progress

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        section = self.stage.settings.section
        earlier = blocks.pipeline | "Earlier" >> EarlierBlocks(self.earlier)

        def joined(name: str, blocks: beam.PCollection[Block], found: Any) -> beam.PCollection[Block]:
            findings = (blocks, earlier) | f"All for {name}" >> beam.Flatten() | name >> found
            return {"blocks": blocks, "findings": findings} | f"Join {name}" >> JoinFindings(self.store)

        blocks = joined("copies", blocks, FindSame(section, self.store))
        if section.near_text is not None:
            blocks = joined("near text", blocks, FindNearCopies(section, section.near_text, self.store))
        if section.max_image_uses is not None or section.domain_paragraphs is not None:
            blocks = joined("repeated", blocks, FindRepeated(section, self.store))
        if section.same_images:
            blocks = joined("same images", blocks, FindSameImages(section, self.store))
        return blocks | "Select documents" >> beam.ParDo(RunStage(self.stage, self.progress))
