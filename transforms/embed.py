"""Each fetched image's embedding and safety score, once per distinct picture of a block."""

from __future__ import annotations

import dataclasses
import io
from dataclasses import dataclass
from typing import Any, BinaryIO

import apache_beam as beam
import numpy as np
import pyarrow as pa
from PIL import Image

from corpusflow.document import Face
from corpusflow.filtering import FaceDetector, ImageScorer, ImageTextScorer
from corpusflow.models.registry import FACE_DETECTORS, IMAGE_SCORERS, IMAGE_TEXT_SCORERS
from corpusflow.recipe import Recipe, build
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import BlockWriter, read_rows
from corpusflow.store.paths import Store
from transforms.stage import RunStage

VERSION = 2
BATCH = 32  # pictures in memory at once

# One row per row of the fetch table, in its order. row: of the vectors file; null without a picture or a scorer.
# faces: x, y, width, height and score of each; null without a picture or a detector.
SCHEMA = pa.schema(
    [("url", pa.string()), ("row", pa.int64()), ("safety", pa.float64()), ("faces", pa.list_(pa.list_(pa.float64())))]
)


@dataclass(frozen=True)
class EmbedSettings:
    similarity: ImageTextScorer | None
    safety: ImageScorer | None
    store: Store
    faces: FaceDetector | None = None


def similarity_scorer(recipe: Recipe) -> ImageTextScorer | None:
    spec = recipe.embed.similarity
    return None if spec is None else build(spec, IMAGE_TEXT_SCORERS, "embed.similarity", "model")


def safety_scorer(recipe: Recipe) -> ImageScorer | None:
    spec = recipe.embed.safety
    return None if spec is None else build(spec, IMAGE_SCORERS, "embed.safety", "model")


def face_detector(recipe: Recipe) -> FaceDetector | None:
    spec = recipe.embed.faces
    return None if spec is None else build(spec, FACE_DETECTORS, "embed.faces", "model")


def embed_stage(recipe: Recipe, store: Store) -> Stage[EmbedSettings]:
    similarity, safety, faces = similarity_scorer(recipe), safety_scorer(recipe), face_detector(recipe)
    names = [scorer and scorer.name for scorer in (similarity, safety, faces)]
    section = [recipe.embed.model_dump(mode="json"), *names]
    settings = EmbedSettings(similarity, safety, store, faces)
    return Stage("embed", VERSION, section, settings, embed_block, store, reads=("fetch",))


def embed_block(block: Block, settings: EmbedSettings, out: BlockWriter) -> None:
    """Writes scores (table) and embeddings (float16 rows, as the table counts them) of the block's images."""
    for scorer in (settings.similarity, settings.safety, settings.faces):
        if scorer is not None:
            scorer.load()
    table, vectors = out.table("parquet", SCHEMA), out.blob("f16")
    rows = list(read_rows(settings.store, block.commit("fetch"), "parquet"))
    distinct = list({row["sha256"]: row for row in rows if row["status"] == "ok"}.values())
    numbers = {row["sha256"]: number for number, row in enumerate(distinct)}
    safety: list[float | None] = []
    faces: list[tuple[Face, ...] | None] = []
    with settings.store.open(block.commit("fetch").files["bin"].name) as blob:
        for start in range(0, len(distinct), BATCH):
            pictures = [stored_picture(blob, row) for row in distinct[start : start + BATCH]]
            if settings.similarity is not None:
                embedded = settings.similarity.embed_images(pictures).astype(np.float16)
                out.counts["dimension"] = embedded.shape[1]
                vectors.write(embedded.tobytes())
            safety += settings.safety.score(pictures) if settings.safety is not None else [None] * len(pictures)
            faces += settings.faces.find(pictures) if settings.faces is not None else [None] * len(pictures)
    for row in rows:
        out.counts["items"] += 1
        number = numbers.get(row["sha256"])
        table.add(
            {
                "url": row["url"],
                "row": number if settings.similarity is not None else None,
                "safety": None if number is None else safety[number],
                "faces": None if number is None else faces_json(faces[number]),
            }
        )


def faces_json(faces: tuple[Face, ...] | None) -> list[list[float]] | None:
    return None if faces is None else [list(dataclasses.astuple(face)) for face in faces]


def stored_picture(blob: BinaryIO, row: dict[str, Any]) -> Image.Image:
    """The RGB picture of a row of fetch. blob: what the block stored."""
    blob.seek(row["offset"])
    with Image.open(io.BytesIO(blob.read(row["bytes"]))) as image:
        return image.convert("RGB")


class EmbedImages(beam.PTransform):
    """Image blocks with image rows to image blocks with embeddings and scores."""

    def __init__(self, recipe: Recipe, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = embed_stage(recipe, store)
        self.progress = progress

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        return blocks | "Embed images" >> beam.ParDo(RunStage(self.stage, self.progress))
