"""The PDQ hash of each fetched image, where a filter of the recipe asks for it: apart from the models, whose work would
be done again otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import apache_beam as beam
import pyarrow as pa

from corpusflow.images.pdq import pdq
from corpusflow.recipe import Recipe
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import BlockWriter, read_rows
from corpusflow.store.paths import Store
from transforms.embed import fail_images, stored_picture
from transforms.stage import RunStage

VERSION = 1
SCORER = f"pdq/{VERSION}"  # its score is the quality, the hash its label

# One row per row of the fetch table, in its order; pdq is null without a picture.
SCHEMA = pa.schema([("url", pa.string()), ("pdq", pa.string()), ("quality", pa.int64())])


def asks_for_pdq(recipe: Recipe) -> bool:
    """Whether a filter compares images with a list of PDQ hashes."""
    return any(spec.name == "blocked_images" and spec.options.get("kind") == "pdq" for spec in recipe.filters)


def pdq_stage(store: Store) -> Stage[Store]:
    return Stage("pdq", VERSION, None, store, pdq_block, store, reads=("fetch",), gives_up=give_up_hashes)


def pdq_block(block: Block, store: Store, out: BlockWriter) -> None:
    """Writes the hash and its quality of each of the block's images, each distinct picture decoded once."""
    table, fetched = out.table("parquet", SCHEMA), block.commit("fetch")
    known: dict[str, tuple[str, int]] = {}
    with store.open(fetched.files["bin"].name) as blob:
        for row in read_rows(store, fetched, "parquet"):
            out.counts["items"] += 1
            if row["status"] != "ok":
                table.add({"url": row["url"], "pdq": None, "quality": None})
                continue
            if row["sha256"] not in known:
                known[row["sha256"]] = pdq(stored_picture(blob, row))
            digits, quality = known[row["sha256"]]
            table.add({"url": row["url"], "pdq": digits, "quality": quality})


def give_up_hashes(block: Block, store: Store, out: BlockWriter) -> None:
    """No picture of the block has a hash; `image_facts` tells each as failed."""
    table = out.table("parquet", SCHEMA)
    for row in fail_images(block, store, out):
        table.add({"url": row["url"], "pdq": None, "quality": None})


def pdq_hashes(block: Block, store: Store) -> Iterator[tuple[str, int] | None]:
    """(hash, quality) of each image of a fetched block, in the order of its rows; None where nobody made it."""
    commit = block.passed("pdq")
    for row in read_rows(store, commit or block.commit("fetch"), "parquet", None if commit else ["url"]):
        yield (row["pdq"], row["quality"]) if commit and row["pdq"] else None


class HashImages(beam.PTransform):
    """Image blocks with image rows to image blocks with PDQ hashes."""

    def __init__(self, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = pdq_stage(store)
        self.progress = progress

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        return blocks | "Hash images" >> beam.ParDo(RunStage(self.stage, self.progress))
