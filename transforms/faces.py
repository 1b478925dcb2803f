"""The faces in each fetched image, once per distinct picture of a block, where the recipe names a detector: apart from
the other models, whose work would be done again otherwise."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import apache_beam as beam
import pyarrow as pa

from corpusflow.document import Face
from corpusflow.errors import RecipeError
from corpusflow.filtering import FaceDetector
from corpusflow.models.registry import FACE_DETECTORS
from corpusflow.recipe import Recipe, build, keyed_spec
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import BlockWriter, read_rows
from corpusflow.store.paths import Store
from transforms.embed import distinct_pictures, fail_images, picture_batches
from transforms.stage import RunStage

VERSION = 1

# One row per row of the fetch table, in its order. faces: x, y, width, height and score of each, surest first; null
# without a picture.
SCHEMA = pa.schema([("url", pa.string()), ("faces", pa.list_(pa.list_(pa.float64())))])


@dataclass(frozen=True)
class FacesSettings:
    detector: FaceDetector
    store: Store


def face_detector(recipe: Recipe) -> FaceDetector | None:
    spec = recipe.embed.faces
    return None if spec is None else build(spec, FACE_DETECTORS, "embed.faces", "model")


def faces_stage(recipe: Recipe, store: Store) -> Stage[FacesSettings]:
    """Raises RecipeError where the recipe names no detector."""
    detector = face_detector(recipe)
    if detector is None:
        raise RecipeError("embed.faces: no detector is named, so that nobody can look for faces")
    # The options too: the name does not tell which boxes are left out.
    section = [keyed_spec(recipe.embed.faces, FACE_DETECTORS), detector.name]
    settings, reads = FacesSettings(detector, store), ("fetch",)
    return Stage("faces", VERSION, section, settings, find_faces_block, store, reads=reads, gives_up=give_up_faces)


def find_faces_block(block: Block, settings: FacesSettings, out: BlockWriter) -> None:
    """Writes the boxes of the faces in each of the block's images."""
    settings.detector.load()
    table, fetched = out.table("parquet", SCHEMA), block.commit("fetch")
    rows = list(read_rows(settings.store, fetched, "parquet"))
    distinct = distinct_pictures(rows)
    found: list[tuple[Face, ...]] = []
    for pictures in picture_batches(settings.store, fetched, distinct):
        found += settings.detector.find(pictures)
    boxes = {
        row["sha256"]: [list(dataclasses.astuple(face)) for face in faces]
        for row, faces in zip(distinct, found, strict=True)
    }
    for row in rows:
        out.counts["items"] += 1
        table.add({"url": row["url"], "faces": boxes.get(row["sha256"])})


def give_up_faces(block: Block, settings: FacesSettings, out: BlockWriter) -> None:
    """Nobody looked for faces; `image_facts` tells each picture of the block as failed."""
    table = out.table("parquet", SCHEMA)
    for row in fail_images(block, settings.store, out):
        table.add({"url": row["url"], "faces": None})


def face_boxes(block: Block, store: Store) -> Iterator[list[list[float]] | None]:
    """The boxes of each image of a fetched block, in the order of its rows; None where nobody looked."""
    commit = block.passed("faces")
    for row in read_rows(store, commit or block.commit("fetch"), "parquet", None if commit else ["url"]):
        yield row["faces"] if commit else None


class FindFaces(beam.PTransform):
    """Image blocks with image rows to image blocks with the boxes of faces; the recipe must name a detector."""

    def __init__(self, recipe: Recipe, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = faces_stage(recipe, store)
        self.progress = progress

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        return blocks | "Find faces" >> beam.ParDo(RunStage(self.stage, self.progress))
