"""A recipe's graph: the stages in the order of the data, from a file of parts to shards."""

from __future__ import annotations

from collections.abc import Iterator

import apache_beam as beam

from corpusflow.filtering import Registry
from corpusflow.progress import STAGES
from corpusflow.recipe import Recipe
from corpusflow.store.block import Block
from corpusflow.store.paths import Store
from corpusflow.store.run_files import PARTS, write_commits
from transforms.align import AlignDocuments
from transforms.clean import CleanTexts
from transforms.draw import DrawNegatives
from transforms.embed import EmbedImages
from transforms.extract import ExtractDocuments
from transforms.faces import FindFaces
from transforms.fetch import FetchImages, WantedImages
from transforms.image_facts import JoinImages
from transforms.judge import JudgeDocuments
from transforms.load import DocumentBlocks, LoadSources
from transforms.measure import MeasureTexts
from transforms.negative_pools import draws_negatives
from transforms.negatives import EmbedNegatives
from transforms.pdq import HashImages, asks_for_pdq
from transforms.screen import ScreenDocuments
from transforms.select import SelectDocuments
from transforms.shard import WriteShards


def build_graph(
    pipeline: beam.Pipeline,
    recipe: Recipe,
    registry: Registry,
    store: Store,
    *,
    until: str = "shard",
    progress: str | None = None,
    retry_failed: bool = False,
    ending: beam.DoFn | None = None,
) -> None:
    """Adds the stages up to `until` and, after the shards, the file of all commits: it tells of a whole run only.

    ending: what ends the run once that file is written; None where the launcher does.
    """
    made: dict[str, beam.PCollection[Block]] = {}
    last = last_stage(recipe, until)
    for stage, blocks in _stages(pipeline, recipe, registry, store, progress, retry_failed):
        made[stage] = blocks
        if stage == last:
            break
    if "shard" not in made:
        return
    written = (
        # Each on its own before they are put together: a runner holds all that goes through a Flatten, and blocks carry
        # what is known of their pictures.
        tuple(
            blocks | f"Commits of {stage}" >> beam.Map(lambda block: (None, block.latest))
            for stage, blocks in made.items()
        )
        | "All commits" >> beam.Flatten(pipeline=pipeline)
        | "Together" >> beam.GroupByKey()
        | "Write commits" >> beam.Map(lambda pair: write_commits(store, pair[1]))
    )
    if ending is not None:
        written | "Finish run" >> beam.ParDo(ending)


def last_stage(recipe: Recipe, until: str) -> str:
    """The last stage up to `until` that the recipe has: some are there only where it asks for them."""
    asked = {
        "measure": bool(recipe.text.models),
        "pdq": asks_for_pdq(recipe),
        "faces": recipe.embed.faces is not None,
        "draw": draws_negatives(recipe),
        "negatives": draws_negatives(recipe),
    }
    return next(stage for stage in reversed(STAGES[: STAGES.index(until) + 1]) if asked.get(stage, True))


def _stages(
    pipeline: beam.Pipeline,
    recipe: Recipe,
    registry: Registry,
    store: Store,
    progress: str | None,
    retry_failed: bool,
) -> Iterator[tuple[str, beam.PCollection[Block]]]:
    parts = pipeline | "Load" >> LoadSources(recipe, store, PARTS, progress)
    yield "load", parts
    documents = parts | "Blocks" >> DocumentBlocks(recipe, store, progress)
    documents = documents | "Extract" >> ExtractDocuments(recipe, store, progress)
    yield "extract", documents
    documents = documents | "Clean" >> CleanTexts(recipe, store, progress)
    yield "clean", documents
    if recipe.text.models:
        documents = documents | "Measure" >> MeasureTexts(recipe, store, progress)
        yield "measure", documents
    documents = documents | "Screen" >> ScreenDocuments(recipe, registry, store, progress)
    yield "screen", documents
    documents = documents | "Select" >> SelectDocuments(recipe, store, progress)
    yield "select", documents
    wanted = {"documents": documents, "parts": parts} | "Wanted" >> WantedImages(store)
    images = wanted | "Fetch" >> FetchImages(recipe, store, progress, retry_failed=retry_failed)
    yield "fetch", images
    if asks_for_pdq(recipe):
        images = images | "PDQ" >> HashImages(store, progress)
        yield "pdq", images
    if recipe.embed.faces is not None:
        images = images | "Faces" >> FindFaces(recipe, store, progress)
        yield "faces", images
    images = images | "Embed" >> EmbedImages(recipe, store, progress)
    yield "embed", images
    joined = {"documents": documents, "wanted": wanted, "images": images}
    documents = joined | "Join images" >> JoinImages(recipe, store)
    if draws_negatives(recipe):
        drawn = documents | "Draw" >> DrawNegatives(recipe, store, progress)
        yield "draw", drawn
        given = {"documents": documents, "drawn": drawn} | "Negatives" >> EmbedNegatives(recipe, store, progress)
        yield "negatives", given["negatives"]
        documents = given["documents"]
    documents = documents | "Align" >> AlignDocuments(recipe, store, progress)
    yield "align", documents
    documents = documents | "Judge" >> JudgeDocuments(recipe, registry, store, progress)
    yield "judge", documents
    yield "shard", documents | "Shard" >> WriteShards(recipe, store, progress)
