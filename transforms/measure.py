"""What text models say of each document, apart from the filters that compare it: another threshold measures nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import apache_beam as beam
import pyarrow as pa

from corpusflow.document import Document, Score, arrow_schema
from corpusflow.filtering import TextScorer
from corpusflow.recipe import Recipe, text_scorers
from corpusflow.store.block import Block, Stage, fail_document
from corpusflow.store.commit import BlockWriter, read_rows
from corpusflow.store.paths import Store
from transforms.clean import cleaned_documents
from transforms.stage import RunStage

VERSION = 1
BATCH = 64  # documents whose texts are in memory at once

# One row per document, in the order of the documents.
SCHEMA = pa.schema([("id", pa.string()), arrow_schema().field("scores")])


@dataclass(frozen=True)
class MeasureSettings:
    """names: of the scorers, found out once: they hold the digests of files that may be large."""

    scorers: tuple[TextScorer, ...]
    names: tuple[str, ...]
    store: Store


def measure_stage(recipe: Recipe, store: Store) -> Stage[MeasureSettings]:
    """Raises ModelError where a model's file is missing."""
    scorers = text_scorers(recipe)
    names = tuple(scorer.name for scorer in scorers)
    section = [[name, sorted(scorer.languages)] for name, scorer in zip(names, scorers, strict=True)]
    settings = MeasureSettings(scorers, names, store)
    reads = ("extract", "clean")
    return Stage("measure", VERSION, section, settings, measure_block, store, reads=reads, gives_up=give_up_unmeasured)


def measure_block(block: Block, settings: MeasureSettings, out: BlockWriter) -> None:
    """Writes the scores of every document."""
    for scorer in settings.scorers:
        scorer.load()
    table = out.table("parquet", SCHEMA)
    documents = cleaned_documents(block, settings.store)
    while batch := list(islice(documents, BATCH)):
        found: dict[str, list[Score]] = {document.id: [] for document in batch}
        for name, scorer in zip(settings.names, settings.scorers, strict=True):
            for document, value in scores_of(batch, scorer):
                found[document.id].append(Score(name, value))
        table.extend({"id": name, "scores": list(map(dataclasses.asdict, found[name]))} for name in found)
        out.counts["items"] += len(batch)


def give_up_unmeasured(block: Block, settings: MeasureSettings, out: BlockWriter) -> None:
    """Every document is a Failure."""
    out.table("parquet", SCHEMA)
    for document in cleaned_documents(block, settings.store):
        fail_document(block, out, document.id, document.url, len(document.texts), len(document.images))


def scores_of(documents: Iterable[Document], scorer: TextScorer) -> Iterator[tuple[Document, float]]:
    """The documents that a scorer reads, with what it says: those in its languages that have a text."""
    read = [(document, text) for document in documents if _is_read(document, scorer) and (text := _running(document))]
    values = scorer.score([text for _, text in read])
    yield from ((document, value) for (document, _), value in zip(read, values, strict=True))


def _is_read(document: Document, scorer: TextScorer) -> bool:
    language = document.score("language")
    return not scorer.languages or (language is not None and language.label in scorer.languages)


def _running(document: Document) -> str:
    """All texts, a paragraph a line; code is no language that these models know."""
    return "\n".join(segment.text for segment in document.texts if segment.role != "code")


def measured_scores(block: Block, store: Store) -> dict[str, Sequence[Score]]:
    """The scores of a block's documents, by their ids; empty for a block that did not pass `measure`."""
    commit = block.passed("measure")
    rows = read_rows(store, commit, "parquet") if commit else ()
    return {row["id"]: [Score(**score) for score in row["scores"]] for row in rows}


class MeasureTexts(beam.PTransform):
    """Cleaned document blocks to document blocks with a table of what text models say of each document."""

    def __init__(self, recipe: Recipe, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = measure_stage(recipe, store)
        self.progress = progress

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        return blocks | "Measure texts" >> beam.ParDo(RunStage(self.stage, self.progress))
