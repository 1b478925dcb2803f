"""The filters that need pixels or scores; what is kept becomes samples, in a tar per block."""

from __future__ import annotations

from typing import Any

import apache_beam as beam
import pyarrow as pa

from corpusflow.document import Document
from corpusflow.filtering import Registry
from corpusflow.recipe import Recipe, build_filters
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import BlockWriter, read_rows
from corpusflow.store.paths import Store
from corpusflow.store.ranges import RangeReader
from corpusflow.store.sample import END, sample_members
from transforms.screen import FilterSettings, filter_section, judge_document
from transforms.stage import RunStage

VERSION = 3

# One row per sample, in the order of the tar. offset, length: its members within the tar.
INDEX_SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("url", pa.string()),
        ("language", pa.string()),
        ("texts", pa.int64()),
        ("images", pa.int64()),
        ("characters", pa.int64()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
    ]
)


def judge_stage(recipe: Recipe, registry: Registry, store: Store) -> Stage[FilterSettings]:
    filters = tuple(rule for rule in build_filters(recipe, registry) if rule.needs != "text")
    settings = FilterSettings(filters, store)
    return Stage("judge", VERSION, filter_section(filters), settings, judge_block, store, reads=("align",))


def judge_block(block: Block, settings: FilterSettings, out: BlockWriter) -> None:
    """Writes the samples of the block's kept documents and an index of them."""
    index, tar = out.table("parquet", INDEX_SCHEMA), out.blob("tar")
    offset = 0
    with RangeReader(settings.store) as stored:
        for row in read_rows(settings.store, block.commit("align"), "parquet"):
            out.counts["items"] += 1
            document = Document.from_json(row["document"])
            kept = judge_document(document, settings.filters, block.id, out)
            if kept is None:
                continue
            members = make_sample(document, kept, row["pieces"], row["similarity"], stored)
            tar.write(members)
            language = kept.score("language")
            index.add(
                {
                    "key": kept.id,
                    "url": kept.url,
                    "language": language.label if language else "",
                    "texts": len(kept.texts),
                    "images": len(kept.images),
                    "characters": sum(len(segment.text) for segment in kept.texts),
                    "offset": offset,
                    "length": len(members),
                }
            )
            offset += len(members)
            out.counts["kept"] += 1
    tar.write(END)


def make_sample(
    whole: Document, kept: Document, pieces: list[dict[str, Any]], flat: list[float], stored: RangeReader
) -> bytes:
    """The tar members of what is kept of a document, its pictures read where fetch stored them.

    pieces: by the images of the whole document. flat: its similarity matrix by rows of texts, or empty.
    """
    left = {segment.index for segment in kept.segments}
    columns = [number for number, image in enumerate(whole.images) if image.index in left]
    rows = [number for number, text in enumerate(whole.texts) if text.index in left]
    width = len(whole.images)
    matrix = [[flat[row * width + column] for column in columns] for row in rows] if flat else []
    pictures = []
    for number, image in zip(columns, kept.images, strict=True):
        length = image.picture.bytes if image.picture else 0
        pictures.append(stored.read(pieces[number]["file"], pieces[number]["offset"], length))
    return sample_members(kept, pictures, matrix)


class JudgeDocuments(beam.PTransform):
    """Aligned document blocks to blocks with a tar of samples."""

    def __init__(self, recipe: Recipe, registry: Registry, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = judge_stage(recipe, registry, store)
        self.progress = progress

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        return blocks | "Judge documents" >> beam.ParDo(RunStage(self.stage, self.progress))
