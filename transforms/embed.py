"""Each fetched image's embedding and safety score, once per distinct picture of a block."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import apache_beam as beam
import numpy as np
import pyarrow as pa
from PIL import Image

from corpusflow.filtering import ImageScorer, ImageTextScorer
from corpusflow.models.registry import IMAGE_SCORERS, IMAGE_TEXT_SCORERS
from corpusflow.recipe import Recipe, build
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import BlockWriter, Commit, read_rows
from corpusflow.store.paths import Store
from transforms.stage import RunStage

VERSION = 4
BATCH = 32  # pictures in memory at once

# One row per row of the fetch table, in its order. row: of the vectors file; null without a picture or a scorer.
SCHEMA = pa.schema([("url", pa.string()), ("row", pa.int64()), ("safety", pa.float64())])


@dataclass(frozen=True)
class EmbedSettings:
    similarity: ImageTextScorer | None
    safety: ImageScorer | None
    store: Store


def similarity_scorer(recipe: Recipe) -> ImageTextScorer | None:
    spec = recipe.embed.similarity
    return None if spec is None else build(spec, IMAGE_TEXT_SCORERS, "embed.similarity", "model")


def safety_scorer(recipe: Recipe) -> ImageScorer | None:
    spec = recipe.embed.safety
    return None if spec is None else build(spec, IMAGE_SCORERS, "embed.safety", "model")


def embed_stage(recipe: Recipe, store: Store) -> Stage[EmbedSettings]:
    similarity, safety = similarity_scorer(recipe), safety_scorer(recipe)
    names = [scorer and scorer.name for scorer in (similarity, safety)]
    section = [recipe.embed.model_dump(mode="json", exclude={"faces"}), *names]
    settings = EmbedSettings(similarity, safety, store)
    return Stage("embed", VERSION, section, settings, embed_block, store, reads=("fetch",))


def embed_block(block: Block, settings: EmbedSettings, out: BlockWriter) -> None:
    """Writes scores (table) and embeddings (float16 rows, as the table counts them) of the block's images."""
    for scorer in (settings.similarity, settings.safety):
        if scorer is not None:
            scorer.load()
    table, vectors, fetched = out.table("parquet", SCHEMA), out.blob("f16"), block.commit("fetch")
    rows = list(read_rows(settings.store, fetched, "parquet"))
    distinct = distinct_pictures(rows)
    numbers = {row["sha256"]: number for number, row in enumerate(distinct)}
    safety: list[float | None] = []
    for pictures in picture_batches(settings.store, fetched, distinct):
        if settings.similarity is not None:
            embedded = settings.similarity.embed_images(pictures).astype(np.float16)
            out.counts["dimension"] = embedded.shape[1]
            vectors.write(embedded.tobytes())
        safety += settings.safety.score(pictures) if settings.safety is not None else [None] * len(pictures)
    for row in rows:
        out.counts["items"] += 1
        number = numbers.get(row["sha256"])
        table.add(
            {
                "url": row["url"],
                "row": number if settings.similarity is not None else None,
                "safety": None if number is None else safety[number],
            }
        )


def distinct_pictures(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row of fetch for each picture that could be had, in the order in which they first stand."""
    return list({row["sha256"]: row for row in rows if row["status"] == "ok"}.values())


def picture_batches(store: Store, fetched: Commit, rows: Sequence[dict[str, Any]]) -> Iterator[list[Image.Image]]:
    """The RGB pictures of rows of fetch, in their order, no more than BATCH at once."""
    with store.open(fetched.files["bin"].name) as blob:
        for start in range(0, len(rows), BATCH):
            yield [stored_picture(blob, row) for row in rows[start : start + BATCH]]


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
