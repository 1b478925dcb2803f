"""Pages of a block to documents: ordered segments, the document's language and those of its segments."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import apache_beam as beam

from corpusflow.decision import Failure, decision_row, failure_row
from corpusflow.document import Provenance, arrow_schema, document_id
from corpusflow.errors import RecordError
from corpusflow.extract.consent_signals import with_headers
from corpusflow.extract.html import PageReading, read_page
from corpusflow.filtering import LanguageScorer
from corpusflow.models.document_language import language_of, languages_of_segments
from corpusflow.models.language_by_script import NAME, LanguageByScript
from corpusflow.models.registry import LANGUAGE_SCORERS
from corpusflow.recipe import Extract, Recipe, build, keyed_spec
from corpusflow.sources.page import Record
from corpusflow.sources.record_reader import RecordReader
from corpusflow.sources.unchanged import check_there
from corpusflow.store.block import Block, Stage, fail_document
from corpusflow.store.commit import BlockWriter
from corpusflow.store.paths import Store
from transforms.load import page_records
from transforms.stage import RunStage

VERSION = 6


@dataclass(frozen=True)
class ExtractSettings:
    section: Extract
    language: LanguageScorer
    store: Store


def extract_stage(recipe: Recipe, store: Store) -> Stage[ExtractSettings]:
    section = recipe.extract
    language = LanguageByScript(build(section.language, LANGUAGE_SCORERS, "extract.language", "model"))
    settings = ExtractSettings(section, language, store)
    told = section.model_dump(mode="json") | {"language": keyed_spec(section.language, LANGUAGE_SCORERS)}
    key = [told, language.name, NAME]
    # It reads the pages that the payload names, and nothing else of what load wrote.
    return Stage("extract", VERSION, key, settings, extract_block, store, reads=(), gives_up=give_up_pages)


def extract_block(block: Block, settings: ExtractSettings, out: BlockWriter) -> None:
    """Writes one document row per page that can be read; a page that cannot is a Failure."""
    settings.language.load()
    table = out.table("parquet", arrow_schema())
    with RecordReader() as reader:
        for record in page_records(block, settings.store):
            out.counts["items"] += 1
            name = document_id(record.source, record.position, record.url)
            try:
                reading, notes = _read(record, reader, settings)
            except RecordError as error:
                check_there(record.path)
                failure = Failure("extract", error.code, error.detail, error.what)
                out.note(failure_row(failure, block=block.id, document=name, unit="document"))
                continue
            for code in notes:
                noted = Failure("extract", code, "what the body holds was read all the same", record.url, lost=False)
                out.note(failure_row(noted, block=block.id, document=name, unit="document"))
            for left_out in reading.left_out:
                row = decision_row(
                    left_out.decision,
                    stage="extract",
                    block=block.id,
                    document=name,
                    unit="image",
                    what=left_out.what,
                )
                out.note(row)
            out.counts.update(reading.vectors)
            table.add(reading.document.to_json())


def give_up_pages(block: Block, settings: ExtractSettings, out: BlockWriter) -> None:
    """Every page is a Failure."""
    out.table("parquet", arrow_schema())
    for record in page_records(block, settings.store):
        fail_document(block, out, document_id(record.source, record.position, record.url), record.url)


def _read(record: Record, reader: RecordReader, settings: ExtractSettings) -> tuple[PageReading, tuple[str, ...]]:
    section = settings.section
    payload = reader.read(record, section.max_page_bytes)
    reading = read_page(
        payload.body,
        record.url,
        payload.content_type,
        provenance=Provenance(record.source, record.position, record.fetched_at),
        max_bytes=section.max_page_bytes,
        max_depth=section.max_depth,
        max_texts=section.max_texts,
        max_images=section.max_images,
        lead_pictures=section.lead_pictures,
        video_posters=section.video_posters,
    )
    metadata = with_headers(reading.document.metadata, payload.consent_headers)
    scores = (
        language_of(reading.document, settings.language),
        *languages_of_segments(reading.document, settings.language, section.segment_letters),
    )
    document = dataclasses.replace(reading.document, metadata=metadata, scores=scores)
    return dataclasses.replace(reading, document=document), payload.notes


class ExtractDocuments(beam.PTransform):
    """Document blocks (from LoadSources) to document blocks with a table of documents."""

    def __init__(self, recipe: Recipe, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = extract_stage(recipe, store)
        self.progress = progress

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        return blocks | "Extract documents" >> beam.ParDo(RunStage(self.stage, self.progress))
