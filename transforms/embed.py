"""Each fetched image's embedding and safety score, once per distinct picture of the corpus; embeddings that are known
are not made again."""

from __future__ import annotations

import io
import itertools
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

import apache_beam as beam
import numpy as np
import pyarrow as pa
from PIL import Image

from corpusflow.filtering import ImageScorer, ImageTextScorer
from corpusflow.models.registry import IMAGE_SCORERS, IMAGE_TEXT_SCORERS
from corpusflow.recipe import Recipe, build
from corpusflow.recipe.build import keyed_spec
from corpusflow.store.block import WORKER_KILLED, Block, Stage
from corpusflow.store.commit import BlockWriter, Commit, read_rows
from corpusflow.store.embeddings import KnownEmbeddings, picture_key, run_embeddings
from corpusflow.store.paths import Store
from transforms.hand_out import HandOut
from transforms.picture_owners import SharePictures
from transforms.stage import RunStage

VERSION = 5
BATCH = 32  # pictures that are scored at once: no more are in memory

# One row per row of the fetch table, in its order. row: of the vectors file; null without a picture or a scorer.
# owner: the image block that embeds the picture, where this one does not; it has row and safety.
SCHEMA = pa.schema([("url", pa.string()), ("row", pa.int64()), ("safety", pa.float64()), ("owner", pa.string())])


@dataclass(frozen=True)
class EmbedSettings:
    """known: embeddings that are not made again; None where none are kept."""

    similarity: ImageTextScorer | None
    safety: ImageScorer | None
    store: Store
    known: KnownEmbeddings | None = None


def similarity_scorer(recipe: Recipe) -> ImageTextScorer | None:
    spec = recipe.embed.similarity
    return None if spec is None else build(spec, IMAGE_TEXT_SCORERS, "embed.similarity", "model")


def safety_scorer(recipe: Recipe) -> ImageScorer | None:
    spec = recipe.embed.safety
    return None if spec is None else build(spec, IMAGE_SCORERS, "embed.safety", "model")


def known_embeddings(
    recipe: Recipe, similarity: ImageTextScorer | None, store: Store, kind: Literal["images", "texts"]
) -> KnownEmbeddings | None:
    """Where the recipe keeps them, by default in the run directory; None without a model. store: of the run."""
    if similarity is None:
        return None
    return run_embeddings(recipe.embed.known, store, similarity.name, kind)


def embed_stage(recipe: Recipe, store: Store) -> Stage[EmbedSettings]:
    similarity, safety = similarity_scorer(recipe), safety_scorer(recipe)
    names = [scorer and scorer.name for scorer in (similarity, safety)]
    # What is known decides on who makes a row, not on the row.
    told = recipe.embed.model_dump(mode="json", exclude={"faces", "known"})
    told["similarity"] = keyed_spec(recipe.embed.similarity, IMAGE_TEXT_SCORERS)
    section = [told, *names]
    settings = EmbedSettings(similarity, safety, store, known_embeddings(recipe, similarity, store, "images"))
    reads = ("fetch",)
    return Stage("embed", VERSION, section, settings, embed_block, store, reads=reads, gives_up=give_up_pictures)


def embed_block(block: Block, settings: EmbedSettings, out: BlockWriter) -> None:
    """Writes scores (table) and embeddings (float16 rows, as the table counts them) of the block's images.

    payload: (sha256, image block) of the pictures that another block embeds.
    """
    table, vectors, fetched = out.table("parquet", SCHEMA), out.blob("f16"), block.commit("fetch")
    rows, owners = list(read_rows(settings.store, fetched, "parquet")), dict(block.payload)
    own = [row for row in distinct_pictures(rows) if row["sha256"] not in owners]
    keys = [picture_key(row["sha256"]) for row in own]
    known = settings.known.find(keys) if settings.known is not None else {}
    made, safety = measure_pictures(own, known, fetched, settings)
    if settings.similarity is not None:
        out.counts["embedded"], out.counts["known"] = len(made), len(known)
        if settings.known is not None:
            # Before the block is committed: what stands in one that is, is known.
            settings.known.add(made)
        for key in keys:
            vector = known[key] if key in known else made[key]
            out.counts["dimension"] = len(vector)
            vectors.write(vector.tobytes())
    numbers = {row["sha256"]: number for number, row in enumerate(own)}
    for row in rows:
        out.counts["items"] += 1
        number = numbers.get(row["sha256"])
        table.add(
            {
                "url": row["url"],
                "row": number if settings.similarity is not None else None,
                "safety": None if number is None or not safety else safety[number],
                "owner": owners.get(row["sha256"]),
            }
        )


def give_up_pictures(block: Block, settings: EmbedSettings, out: BlockWriter) -> None:
    """No picture has a row; `image_facts` tells each of the block as failed, and those of others that it should have
    embedded."""
    table, owners = out.table("parquet", SCHEMA), dict(block.payload)
    out.blob("f16")
    for row in fail_images(block, settings.store, out):
        table.add({"url": row["url"], "row": None, "safety": None, "owner": owners.get(row["sha256"])})


def fail_images(block: Block, store: Store, out: BlockWriter) -> Iterator[dict[str, Any]]:
    """The rows of fetch of a block that is given up; its pictures are counted as failed."""
    for row in read_rows(store, block.commit("fetch"), "parquet", ["url", "status", "sha256"]):
        out.counts["items"] += 1
        if row["status"] == "ok":
            out.counts[f"failed/image/{out.stage}/{WORKER_KILLED}"] += 1
        yield row


def measure_pictures(
    rows: Sequence[dict[str, Any]], known: Container[bytes], fetched: Commit, settings: EmbedSettings
) -> tuple[dict[bytes, np.ndarray], list[float]]:
    """Embeddings of the pictures of rows of fetch that are not known, float16, and the safety of all, in their order;
    none of either without its scorer. What neither needs is not decoded."""
    keys = [picture_key(row["sha256"]) for row in rows]
    missing = {key for key in keys if key not in known} if settings.similarity is not None else set()
    for scorer in (settings.similarity if missing else None, settings.safety):
        if scorer is not None:
            scorer.load()
    scored = _InBatches(settings.safety.score if settings.safety is not None else None)
    wanted = [pair for pair in zip(keys, rows, strict=True) if settings.safety is not None or pair[0] in missing]

    def pass_by() -> Iterator[Image.Image]:
        """Those that are to be embedded; each is scored as it passes."""
        pictures = stored_pictures(settings.store, fetched, [row for _, row in wanted])
        for (key, _), picture in zip(wanted, pictures, strict=True):
            scored.add(picture)
            if key in missing:
                yield picture

    passing = pass_by()
    # In one call, whatever the size of the model's batches: only the last of them may have to be filled up.
    embedded = settings.similarity.embed_images(passing) if settings.similarity is not None and missing else ()
    deque(passing, maxlen=0)  # where nothing is embedded, all are scored only
    made = zip([key for key in keys if key in missing], embedded, strict=True)
    return {key: row.astype(np.float16) for key, row in made}, scored.end()


class _InBatches:
    """Scores pictures that come one by one, BATCH at once; nothing where there is no measure."""

    def __init__(self, measure: Callable[[list[Image.Image]], list[float]] | None) -> None:
        self._measure = measure
        self._waiting: list[Image.Image] = []
        self._measured: list[float] = []

    def add(self, picture: Image.Image) -> None:
        if self._measure is not None:
            self._waiting.append(picture)
            if len(self._waiting) == BATCH:
                self.end()

    def end(self) -> list[float]:
        """What was measured, in the order of the pictures."""
        if self._measure is not None and self._waiting:
            self._measured.extend(self._measure(self._waiting))
            self._waiting = []
        return self._measured


def distinct_pictures(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row of fetch for each picture that could be had, in the order in which they first stand."""
    return list({row["sha256"]: row for row in rows if row["status"] == "ok"}.values())


def picture_batches(store: Store, fetched: Commit, rows: Iterable[dict[str, Any]]) -> Iterator[list[Image.Image]]:
    """The RGB pictures of rows of fetch, in their order, no more than BATCH at once."""
    pictures = stored_pictures(store, fetched, rows)
    while batch := list(itertools.islice(pictures, BATCH)):
        yield batch


def stored_pictures(store: Store, fetched: Commit, rows: Iterable[dict[str, Any]]) -> Iterator[Image.Image]:
    """The same one by one."""
    with store.open(fetched.files["bin"].name) as blob:
        for row in rows:
            yield stored_picture(blob, row)


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
        if self.stage.settings.similarity is not None or self.stage.settings.safety is not None:
            blocks = blocks | "Share pictures" >> SharePictures(self.stage)
            blocks = blocks | "Hand out blocks" >> HandOut(self.progress, "pictures")
        return blocks | "Embed images" >> beam.ParDo(RunStage(self.stage, self.progress))
