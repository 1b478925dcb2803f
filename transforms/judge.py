"""The filters that need pixels or scores; what is kept becomes samples, in a tar per block."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import pyarrow as pa

from corpusflow.document import Document
from corpusflow.filtering import Registry
from corpusflow.images.content_keys import USES
from corpusflow.images.decode import Limits
from corpusflow.images.face_blur import BLUR_VERSION, blurred, stored_limits
from corpusflow.recipe import Recipe, build_filters
from corpusflow.store.block import Block, Stage, fail_document
from corpusflow.store.commit import BlockWriter, read_rows
from corpusflow.store.measure_columns import MEASURE_COLUMNS, measure_columns
from corpusflow.store.paths import Store
from corpusflow.store.ranges import RangeReader
from corpusflow.store.sample import END, sample_members
from corpusflow.store.unit_matrix import UnitMatrix, units_left
from filters.faces import Faces
from transforms.hand_out import HandOut
from transforms.image_uses import CountImageUses, use_scores, uses_of
from transforms.screen import FilterSettings, filter_section, judge_document
from transforms.stage import RunStage

VERSION = 6

# One row per sample, in the order of the tar. offset, length: its members within the tar.
# faces: of all images; null where nobody looked at one of them.
INDEX_SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("url", pa.string()),
        ("language", pa.string()),
        ("texts", pa.int64()),
        ("images", pa.int64()),
        ("characters", pa.int64()),
        ("faces", pa.int64()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        *((name, pa.float64()) for name in MEASURE_COLUMNS),
    ]
)


@dataclass(frozen=True)
class JudgeSettings(FilterSettings):
    """image_uses: whether a filter asks how many documents show a picture. per_language: whether only those of a
    document's language count then. blur: how pictures are encoded once the faces in them are blurred, None where they
    stay as they are."""

    image_uses: bool = False
    per_language: bool = False
    blur: Limits | None = None


def judge_stage(recipe: Recipe, registry: Registry, store: Store) -> Stage[JudgeSettings]:
    filters = tuple(rule for rule in build_filters(recipe, registry) if rule.needs != "text")
    blur = None
    if recipe.output.blur_faces:
        # What nobody looked at may show faces.
        filters = (*filters, Faces(max_faces=None))
        blur = stored_limits(recipe.fetch.format, recipe.fetch.quality)
    asked = {measure for rule in filters for measure in rule.measures}
    image_uses = not asked.isdisjoint(USES.values())
    per_language = recipe.select.per_language
    settings = JudgeSettings(filters, store, image_uses=image_uses, per_language=per_language, blur=blur)
    section = [filter_section(filters), blur and [BLUR_VERSION, blur.format, blur.quality]]
    reads = ("align",)
    return Stage("judge", VERSION, section, settings, judge_block, store, reads=reads, gives_up=give_up_unjudged)


def judge_block(block: Block, settings: JudgeSettings, out: BlockWriter) -> None:
    """Writes the samples of the block's kept documents and an index of them. payload: the uses of their pictures."""
    uses = uses_of(block)
    index, tar = out.table("parquet", INDEX_SCHEMA), out.blob("tar")
    offset = 0
    with RangeReader(settings.store) as stored:
        for row in read_rows(settings.store, block.commit("align"), "parquet"):
            out.counts["items"] += 1
            document = Document.from_json(row["document"])
            if settings.image_uses:
                document = dataclasses.replace(
                    document, scores=(*document.scores, *use_scores(document, uses, settings.per_language))
                )
            kept = judge_document(document, settings.filters, block.id, out)
            if kept is None:
                continue
            compared = units_left(document, kept, row["units"], row["similarity"])
            members = make_sample(document, kept, row["pieces"], compared, stored, settings.blur)
            tar.write(members)
            index.add(index_row(kept, offset, len(members)))
            offset += len(members)
            out.counts["kept"] += 1
    tar.write(END)


def give_up_unjudged(block: Block, settings: JudgeSettings, out: BlockWriter) -> None:
    """Every document is a Failure."""
    out.table("parquet", INDEX_SCHEMA)
    out.blob("tar").write(END)
    for row in read_rows(settings.store, block.commit("align"), "parquet", ["document"]):
        document = Document.from_json(row["document"])
        fail_document(block, out, document.id, document.url, len(document.texts), len(document.images))


def index_row(kept: Document, offset: int, length: int) -> dict[str, Any]:
    """What the table tells of a sample. offset, length: its members within the tar."""
    language = kept.score("language")
    return {
        "key": kept.id,
        "url": kept.url,
        "language": language.label if language else "",
        "texts": len(kept.texts),
        "images": len(kept.images),
        "characters": sum(len(segment.text) for segment in kept.texts),
        "faces": kept.faces,
        "offset": offset,
        "length": length,
        **measure_columns(kept),
    }


def make_sample(
    whole: Document,
    kept: Document,
    pieces: list[dict[str, Any]],
    compared: UnitMatrix,
    stored: RangeReader,
    blur: Limits | None = None,
) -> bytes:
    """The tar members of what is kept of a document, its pictures read where fetch stored them.

    pieces: by the images of the whole document. compared: what is left of its similarities. blur: as of JudgeSettings.
    """
    places = {image.index: piece for image, piece in zip(whole.images, pieces, strict=True)}
    pictures = []
    for image in kept.images:
        piece, length = places[image.index], image.picture.bytes if image.picture else 0
        pictures.append(stored.read(piece["file"], piece["offset"], length))
    if blur is not None:
        kept, pictures = blurred(kept, pictures, blur)
    return sample_members(kept, pictures, compared)


class JudgeDocuments(beam.PTransform):
    """Aligned document blocks to blocks with a tar of samples.

    What only the whole corpus can tell of pictures is counted here and not before: it changes as the corpus grows, and
    then nothing dearer is done again.
    """

    def __init__(self, recipe: Recipe, registry: Registry, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = judge_stage(recipe, registry, store)
        self.progress = progress

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        settings = self.stage.settings
        if settings.image_uses:
            blocks = blocks | "Image uses" >> CountImageUses(self.stage.store, settings.per_language)
            blocks = blocks | "Hand out blocks" >> HandOut(self.progress, "samples")
        return blocks | "Judge documents" >> beam.ParDo(RunStage(self.stage, self.progress))
