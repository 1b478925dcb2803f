"""What a run of a recipe will make and cost, told before it starts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from tempfile import TemporaryDirectory

from corpusflow.cost.estimate import NOTHING, Estimate, Range, StageCost, certain
from corpusflow.cost.facts import DOCUMENT_STAGES, IMAGE_STAGES
from corpusflow.cost.prices import Prices, dataflow_cost, gpu_price, machine_of, read_prices
from corpusflow.cost.sums import AMOUNTS, blocks_of, image_blocks, ranges, with_web_images
from corpusflow.filtering import Registry
from corpusflow.recipe import Recipe, with_defaults
from corpusflow.store.block import Block
from corpusflow.store.paths import LocalStore, Store
from jobs.dataflow_options import GPU_MACHINES
from jobs.made_blocks import Made, find_made, stages_of
from jobs.part_plan import earlier_parts
from jobs.rates import EstimateOptions, Rates, find_rates, input_of, part_sizes, with_defaults_of_web
from jobs.sample_run import links_of
from transforms.embed import similarity_scorer
from transforms.image_blocks import BUCKETS, STRETCH
from transforms.load import plan_parts

GRAPH_HOURS = 5 / 3600  # to build a graph, start workers and end the run: seconds that no block tells
GRAPH_SHARE = 1.1  # what a graph takes to what its blocks tell: shuffles, and workers that wait for the last block
DEFAULT = EstimateOptions()
ON_GPU = ("embed", "align")  # stages whose model may work on a GPU


def estimate(
    recipe: Recipe,
    registry: Registry,
    store: Store | None,
    options: EstimateOptions = DEFAULT,
    tell: Callable[[str], None] = lambda line: None,
) -> Estimate:
    """The estimate of a run of the recipe in a run directory, or in none yet. It writes nothing there.

    `corpusflow.cost.table.to_text(estimate)` is a table for the terminal, `Estimate.to_json` what scripts read.
    tell: gets a line for a person when something takes its time. Raises StartError, RunError and ModelError as a run
    does before it starts.
    """
    if store is None:
        with TemporaryDirectory(prefix="corpusflow-plan-") as folder:
            return estimate(recipe, registry, LocalStore(folder), options, tell)
    recipe = with_defaults(recipe, registry)
    prices = read_prices(options.prices)
    beside = options.gpu_machine or GPU_MACHINES.get(options.accelerator, "")
    for machine in filter(None, (options.machine_type, beside)):
        machine_of(machine, prices)
    if options.accelerator:
        gpu_price(options.accelerator, prices)
    parts = plan_parts(recipe, earlier_parts(store))
    made = find_made(recipe, registry, store, parts)
    sizes = part_sizes(parts, prices)
    rates = find_rates(recipe, registry, store, made, parts, sizes, options, tell)
    facts = with_defaults_of_web(rates.facts, recipe, prices)
    found = ranges(facts, input_of(recipe, parts, made, sizes), rates.exact)
    if not rates.asked_web:
        found = with_web_images(found)
    blocks = block_counts(recipe, parts, made, sizes, found)
    here = stage_costs(recipe, made, blocks, found, prices, "")
    there = stage_costs(recipe, made, blocks, found, prices, options.accelerator)
    cpu, gpu = (_total(stage.left for stage in there if stage.on_gpu == on_gpu) for on_gpu in (False, True))
    stored = {"keys": found["keys"], "run_bytes": found["run_bytes"], "files": _total(blocks.values())}
    return Estimate(
        corpus=recipe.name,
        rates=rates.source,
        parts=len(parts),
        amounts={name: found[name].whole() for name in AMOUNTS},
        stages=there,
        workers=options.workers,
        hours=_local_hours(_total(stage.left for stage in here), rates.start, options.workers),
        memory=rates.memory,
        dataflow=dataflow_cost(
            cpu, gpu, stored, prices, options.max_workers, options.machine_type, options.accelerator, beside
        ),
        notes=tuple(notes_of(recipe, rates, parts, made, there)),
    )


def _local_hours(work: Range, start: float, workers: int) -> Range:
    """On this machine, of so many hours of work. start: seconds that each worker takes once where there is any."""
    once = GRAPH_HOURS + (start / 3600 if work.value else 0.0)
    return work.times(GRAPH_SHARE / workers).plus(certain(once))


def block_counts(
    recipe: Recipe, parts: Sequence[Block], made: Made, sizes: Mapping[str, float], found: Mapping[str, Range]
) -> dict[str, Range]:
    """Blocks by stage; exact for the stages that stand as a whole."""
    documents = document_blocks_of(recipe, parts, made, sizes, found)
    stretches = sum(1 + (int(size) >> STRETCH) for size in sizes.values())
    buckets = {"archived": min(BUCKETS, stretches), "web": BUCKETS}
    images = image_blocks(found, recipe.fetch.block_images, buckets)
    shards = [max(recipe.output.min_shards, math.ceil(of / recipe.output.shard_bytes)) for of in _three(found["tar"])]
    blocks = {"load": certain(len(parts)), "shard": Range(*map(float, shards))}
    blocks |= dict.fromkeys(DOCUMENT_STAGES, documents) | dict.fromkeys(IMAGE_STAGES, images)
    blocks |= {stage: certain(made.stages[stage]) for stage in made.whole}
    return {stage: blocks[stage] for stage in stages_of(recipe)}


def document_blocks_of(
    recipe: Recipe, parts: Sequence[Block], made: Made, sizes: Mapping[str, float], found: Mapping[str, Range]
) -> Range:
    """Exact for parts that are loaded; for others by their share of the expected pages."""
    known = sum(made.blocks.values())
    fresh = [part for part in parts if part.id not in made.parts]
    weights = [sizes[part.id] or float(links_of(part)) for part in fresh]
    loaded = sum(commit.counts.get("items", 0) for commit in made.parts.values())
    counts = []
    for pages in _three(found["documents_in"]):
        each = [float(round((pages - loaded) * weight / max(sum(weights), 1))) for weight in weights]
        counts.append(float(known + blocks_of(each, recipe.load.block_pages)))
    return Range(counts[0], min(counts), max(counts))


def stage_costs(
    recipe: Recipe,
    made: Made,
    blocks: Mapping[str, Range],
    found: Mapping[str, Range],
    prices: Prices,
    accelerator: str,
) -> tuple[StageCost, ...]:
    """accelerator: of the workers that embed; empty for none."""
    costs = []
    for stage, number in blocks.items():
        standing = made.stages.get(stage)
        hours = found[f"{stage}/s"].times(1 / 3600)
        on_gpu = bool(accelerator) and stage in ON_GPU and recipe.embed.similarity is not None
        if on_gpu and not _measured_on_gpu(recipe):
            # The usual rate is of pairs of an image and a text: half of it is for each.
            hours = found["had"].times(0.5 / prices.gpu_images_second / 3600)
        left = 1 - min(1.0, (standing or 0) / number.value) if number.value else 0.0
        costs.append(StageCost(stage, number, standing, hours, hours.times(left), found[f"{stage}/b"], on_gpu))
    return tuple(costs)


def _measured_on_gpu(recipe: Recipe) -> bool:
    return bool(getattr(similarity_scorer(recipe), "on_gpu", False))


def notes_of(
    recipe: Recipe, rates: Rates, parts: Sequence[Block], made: Made, stages: Sequence[StageCost]
) -> Iterator[str]:
    """What may make the estimate wrong, for a person."""
    facts = rates.facts
    if not rates.exact and not facts.documents:
        yield "no page was measured: hours, documents and images are missing, not nothing"
    elif not rates.exact:
        yield "copies become more frequent as a corpus grows: the lower ends suppose it, the upper ends do not"
    if rates.memory is not None:
        yield "the small blocks of a sample take more room and time a page: tables and the short stages come out high"
    if not rates.exact and 0 < len(facts.documents) < 5:
        yield "fewer than 5 blocks were measured: the ranges say little"
    if not rates.asked_web:
        yield "images on the web were not asked for (--fetch does): their rates are stated ones, not measured"
    if any(block["images"] for block in facts.web) and recipe.fetch.web:
        yield "a host is asked as slowly as the recipe says: large hosts may take longer than any sum of hours"
    if any(part.payload[0]["kind"] == "archive" for part in parts if part.id not in made.parts):
        yield "archives on the web count 1 GB each; none was asked for its size"
    if any(stage.on_gpu for stage in stages):
        told = "were measured on a GPU" if _measured_on_gpu(recipe) else "are of a stated rate (ViT-B/32), not measured"
        yield f"GPU hours {told}; another GPU or model takes another time"


def _three(of: Range) -> tuple[float, float, float]:
    return of.value, of.low, of.high


def _total(amounts: Iterable[Range]) -> Range:
    total = NOTHING
    for amount in amounts:
        total = total.plus(amount)
    return total
