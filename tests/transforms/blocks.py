"""What tests of stages share: tables written and read, a stage run on a block, and a transform run on Beam."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.options.pipeline_options import PipelineOptions

from corpusflow.document import Document, arrow_schema
from corpusflow.recipe import Recipe, parse_recipe
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import LEDGER, BlockWriter, Commit, read_rows
from corpusflow.store.paths import Store
from filters.registry import available_filters
from tests.web import recipe
from transforms.clean import SCHEMA as CLEANED
from transforms.load import document_blocks, load_settings, load_stage, plan_parts

Rows = list[dict[str, Any]]


def small_recipe(*sources: Mapping[str, Any], **changes: Any) -> Recipe:
    """A recipe of `tests.web.recipe`, validated; without sources one that is never read."""
    return parse_recipe(recipe(*(sources or ({"kind": "warc", "path": "none.warc"},)), **changes), available_filters())


def commit_table(
    store: Store, stage: str, block: str, schema: pa.Schema, rows: Iterable[Mapping[str, Any]], **blobs: bytes
) -> Commit:
    """What a stage would have committed: a table, and files by suffix."""
    with BlockWriter(store, stage, f"stages/{stage}", block, "k") as out:
        out.table("parquet", schema).extend(rows)
        for suffix, data in blobs.items():
            out.blob(suffix).write(data)
    return out.commit


def extracted(store: Store, block: str, *documents: Document) -> Commit:
    """The commit of `extract` with these documents."""
    return commit_table(store, "extract", block, arrow_schema(), [document.to_json() for document in documents])


def cleaned(store: Store, block: str, *documents: Document) -> tuple[Commit, Commit]:
    """The commits of `extract` and `clean` with these documents, in which there was nothing to clean."""
    return extracted(store, block, *documents), commit_table(store, "clean", block, CLEANED, [])


def loaded_parts(wanted: Recipe, store: Store) -> list[Block]:
    """The parts of a recipe's sources, loaded."""
    return [after(load_stage(wanted, store), part) for part in plan_parts(wanted)]


def loaded_blocks(wanted: Recipe, store: Store) -> list[Block]:
    """The document blocks of a recipe's sources."""
    settings = load_settings(wanted, store)
    return [block for part in loaded_parts(wanted, store) for block in document_blocks(part, settings)]


def after(stage: Stage[Any], block: Block) -> Block:
    """The block after a stage, worked anew."""
    return block.done(stage.run(block))


def table(store: Store, block: Block) -> Rows:
    """The table that the last stage wrote for a block."""
    return list(read_rows(store, block.latest, "parquet"))


def ledger(store: Store, block: Block) -> Rows:
    """What the last stage put into the ledger."""
    return list(read_rows(store, block.latest, LEDGER))


def outcome(blocks: Iterable[Block]) -> list[tuple[str, str, str]]:
    """What can be compared of blocks: id, last stage, digest of its files; not how long it took."""
    return sorted((block.id, block.latest.stage, block.latest.digest) for block in blocks)


def run_on_beam(
    transform: beam.PTransform, given: Sequence[Block] | Mapping[str, Sequence[Any]] | None, folder: Path
) -> list[Block]:
    """The blocks that a transform gives, by id. given: its input, by name where it takes several; None for a source.
    folder: where the result may be put on the way out of the pipeline."""
    file = folder / "given_by_beam.pickle"
    file.unlink(missing_ok=True)
    # The options are given, since Beam reads those of pytest otherwise.
    with beam.Pipeline(runner="FnApiRunner", options=PipelineOptions([])) as pipeline:
        begin: Any = pipeline
        if isinstance(given, Mapping):
            begin = {name: pipeline | f"Create {name}" >> beam.Create(items) for name, items in given.items()}
        elif given is not None:
            begin = pipeline | "Create blocks" >> beam.Create(given)
        _ = (
            begin
            | "Under test" >> transform
            | "One key" >> beam.Map(lambda block: (None, block))
            | "All blocks" >> beam.GroupByKey()
            | "Keep" >> beam.Map(lambda pair: file.write_bytes(pickle.dumps(list(pair[1]))))
        )
    blocks: list[Block] = pickle.loads(file.read_bytes()) if file.exists() else []
    return sorted(blocks, key=lambda block: block.id)
