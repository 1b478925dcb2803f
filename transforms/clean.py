"""Texts as the corpus may have them: what cleaning changes in each document, done once for all stages that read it."""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterator
from dataclasses import dataclass

import apache_beam as beam
import pyarrow as pa

from corpusflow.decision import Decision, decision_row
from corpusflow.document import Document
from corpusflow.recipe import Recipe
from corpusflow.store.block import Block, Stage, fail_document
from corpusflow.store.commit import BlockWriter, read_rows
from corpusflow.store.paths import Store
from corpusflow.text.cleaning import Cleaning, clean
from corpusflow.text.patch import patch_of, patched
from corpusflow.text.personal_data import KINDS
from transforms.stage import RunStage

VERSION = 2

# One row per document that cleaning changed, in the order of the documents: `corpusflow.text.patch` tells what a row
# holds. A document without a row is as it was extracted.
SEGMENT = pa.struct(
    [
        ("index", pa.int64()),
        ("text", pa.string()),
        ("cells", pa.list_(pa.string())),
        ("alt", pa.string()),
        ("caption", pa.string()),
    ]
)
CHANGE = pa.struct([("kind", pa.string()), ("count", pa.int64())])
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("title", pa.string()),
        ("segments", pa.list_(SEGMENT)),
        ("gone", pa.list_(pa.int64())),
        ("changes", pa.list_(CHANGE)),
    ]
)


@dataclass(frozen=True)
class CleanSettings:
    cleaning: Cleaning
    store: Store


def clean_stage(recipe: Recipe, store: Store) -> Stage[CleanSettings]:
    cleaning = Cleaning(**{field.name: getattr(recipe.text, field.name) for field in dataclasses.fields(Cleaning)})
    settings = CleanSettings(cleaning, store)
    section, reads = cleaning.section(), ("extract",)
    return Stage("clean", VERSION, section, settings, clean_block, store, reads=reads, gives_up=give_up_uncleaned)


def clean_block(block: Block, settings: CleanSettings, out: BlockWriter) -> None:
    """Writes a patch for each document that changes. What is changed is counted: `masked/email`, `cleaned/urls`. A text
    of which nothing is left goes into the ledger."""
    table = out.table("parquet", SCHEMA)
    for row in read_rows(settings.store, block.commit("extract"), "parquet"):
        out.counts["items"] += 1
        document = Document.from_json(row)
        cleaned, counts = clean(document, settings.cleaning)
        patch = patch_of(document, cleaned, counts)
        if patch is None:
            continue
        table.add(patch)
        out.counts["changed"] += 1
        out.counts.update({count_name(kind): count for kind, count in counts.items()})
        for index in patch["gone"]:
            decision = Decision("cleaning", "text_empty_after_cleaning", index)
            out.note(decision_row(decision, stage="clean", block=block.id, document=document.id, unit="text"))


def give_up_uncleaned(block: Block, settings: CleanSettings, out: BlockWriter) -> None:
    """Every document is a Failure: `cleaned_documents` lets none of them pass as it was extracted."""
    out.table("parquet", SCHEMA)
    for row in read_rows(settings.store, block.commit("extract"), "parquet"):
        document = Document.from_json(row)
        fail_document(block, out, document.id, document.url, len(document.texts), len(document.images))


def count_name(kind: str) -> str:
    """What a kind of change is called in the counts of a block."""
    return f"masked/{kind}" if kind in KINDS else f"cleaned/{kind}"


def cleaned_documents(block: Block, store: Store, wanted: Container[str] | None = None) -> Iterator[Document]:
    """The documents of a cleaned block as cleaning left them, in order; only these, by their ids, where some are
    wanted; none of a block that was set aside. Raises KeyError for a block that was never cleaned: nothing may be read
    past the cleaning by mistake."""
    if block.is_set_aside:
        return
    patches = read_rows(store, block.commit("clean"), "parquet")
    patch = next(patches, None)
    for row in read_rows(store, block.commit("extract"), "parquet"):
        mine = patch if patch is not None and patch["id"] == row["id"] else None
        if mine is not None:
            patch = next(patches, None)
        if wanted is None or row["id"] in wanted:
            document = Document.from_json(row)
            yield document if mine is None else patched(document, mine)


class CleanTexts(beam.PTransform):
    """Document blocks with documents to document blocks with a table of what cleaning changes in them."""

    def __init__(self, recipe: Recipe, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = clean_stage(recipe, store)
        self.progress = progress

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        return blocks | "Clean texts" >> beam.ParDo(RunStage(self.stage, self.progress))
