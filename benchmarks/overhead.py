"""What the graph costs: the stages through Beam with one worker, beside the same stage functions in a plain loop."""

from __future__ import annotations

import logging
import shutil
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import apache_beam as beam

from benchmarks.made_web import write_web
from benchmarks.results import Figure, tell
from corpusflow.recipe import Recipe, parse_recipe
from corpusflow.store.block import Block, Stage
from corpusflow.store.paths import LocalStore, Store
from filters.registry import available_filters
from jobs.build_corpus import build_graph
from jobs.options import local_runner
from jobs.part_plan import write_parts
from transforms.align import align_stage
from transforms.clean import clean_stage
from transforms.copies import Copy, keyed_by_block, split_copies, with_findings
from transforms.embed import embed_stage
from transforms.extract import extract_stage
from transforms.fetch import archived_images, fetch_stage, image_mentions, wanted_images
from transforms.image_blocks import keyed_by_bucket, plan_image_blocks
from transforms.image_facts import facts_by_block, image_facts, with_facts
from transforms.judge import judge_stage
from transforms.load import document_blocks, load_stage, plan_parts
from transforms.same_keys import document_keys
from transforms.screen import screen_stage
from transforms.select import select_stage
from transforms.shard import cut_shards, sample_refs, shard_block_of, shard_of, shard_stage
from transforms.stage import run_block

COPIES = 300  # of the demo's 26 pages; the graph itself costs a second, so a run must be long enough to compare
ROUNDS = 3
REGISTRY = available_filters()


def recipe(archive: Path) -> Recipe:
    data = {
        "name": "overhead",
        "sources": [{"kind": "warc", "path": str(archive)}],
        "load": {"block_pages": 100},
        "fetch": {"web": False, "block_images": 100},
        "filters": [{"name": "text_length"}, {"name": "image_size"}, {"name": "document_shape"}],
    }
    return parse_recipe(data, REGISTRY)


def through_beam(wanted: Recipe, store: Store) -> None:
    write_parts(plan_parts(wanted), store)
    runner, options = local_runner(1, "")
    pipeline = beam.Pipeline(runner=runner, options=options)
    build_graph(pipeline, wanted, REGISTRY, store)
    pipeline.run().wait_until_finish()


def in_a_loop(wanted: Recipe, store: Store) -> None:
    """What the graph does, with dicts for its shuffles."""
    loaded = _each(load_stage(wanted, store), plan_parts(wanted))
    load = load_stage(wanted, store).settings
    blocks = _each(extract_stage(wanted, store), (b for part in loaded for b in document_blocks(part, load)))
    blocks = _each(screen_stage(wanted, REGISTRY, store), _each(clean_stage(wanted, store), blocks))
    keys: list[Any] = [key for block in blocks for key in document_keys(block, wanted.select, store)]
    copies: list[Copy] = []
    for field, reason in (("url_key", "same_url"), ("text_key", "same_text")):
        groups = _grouped((getattr(key, field), key) for key in keys)
        found = [item for group in groups.values() for item in split_copies(group, reason)]
        copies += [item for item in found if isinstance(item, Copy)]
        keys = [item for item in found if not isinstance(item, Copy)]
    by_block = _grouped(map(keyed_by_block, copies))
    joined = ((b.id, {"blocks": [b], "findings": by_block[b.id]}) for b in blocks)
    blocks = _each(select_stage(wanted, store), (b for element in joined for b in with_findings(element)))
    mentions = _grouped(mention for block in blocks for mention in image_mentions(block, store))
    places = _grouped(place for part in loaded for place in archived_images(part, store))
    images = [
        image for key in mentions for image in wanted_images((key, {"mentions": mentions[key], "places": places[key]}))
    ]
    fetch = fetch_stage(wanted, store)
    buckets = _grouped(keyed_by_bucket(image) for image in images)
    planned = (b for bucket, group in buckets.items() for b in plan_image_blocks(bucket, group, fetch))
    embedded = _each(embed_stage(wanted, store), _each(fetch, planned))
    facts = _grouped(fact for block in embedded for fact in image_facts(block, store))
    # Nothing is borrowed: without a model no block embeds for another one.
    pairs = (
        pair
        for url, chosen in images
        for pair in facts_by_block((url, {"wanted": [chosen], "facts": facts[url], "borrowed": []}))
    )
    by_block = _grouped(pairs)
    joined = ((b.id, {"blocks": [b], "facts": by_block[b.id]}) for b in blocks)
    aligned = _each(align_stage(wanted, store), (b for element in joined for b in with_facts(element)))
    judged = _each(judge_stage(wanted, REGISTRY, store), aligned)
    refs = [ref for block in judged for ref in sample_refs(block, store)]
    lengths: dict[int, int] = defaultdict(int)
    for ref in refs:
        lengths[ref.slot] += ref.length
    starts = cut_shards(lengths, wanted.output.shard_bytes, wanted.output.min_shards)
    shards = _grouped((shard_of(ref, starts), tuple(ref)) for ref in refs)
    _each(shard_stage(wanted, store), (shard_block_of(item, wanted.output.split) for item in shards.items()))


def _each(stage: Stage[Any], blocks: Iterable[Block]) -> list[Block]:
    return [run_block(stage, block)[0] for block in blocks]


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


def timed(work: Callable[[Recipe, Store], None], wanted: Recipe, folder: Path) -> tuple[float, dict[str, bytes]]:
    """Seconds, and the shards: both ways must make the same."""
    store = LocalStore(str(folder))
    start = time.perf_counter()
    work(wanted, store)
    seconds = time.perf_counter() - start
    shards = {path.name: path.read_bytes() for path in sorted((folder / "shards").glob("*.tar"))}
    shutil.rmtree(folder)
    return seconds, shards


def main() -> None:
    logging.basicConfig(level=logging.ERROR)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        pages = write_web(folder / "web.warc.gz", COPIES)
        wanted = recipe(folder / "web.warc.gz")
        timed(in_a_loop, wanted, folder / "warm")
        rounds = []
        for _ in range(ROUNDS):
            loop, expected = timed(in_a_loop, wanted, folder / "loop")
            graph, shards = timed(through_beam, wanted, folder / "beam")
            if shards != expected:
                raise SystemExit("the graph and the loop made different shards")
            rounds.append((graph, loop))
    ratio = statistics.median(graph / loop for graph, loop in rounds)
    graph, loop = (statistics.median(column) for column in zip(*rounds, strict=True))
    tell(
        "overhead",
        [
            Figure(f"whole run, {pages} pages, one worker", "pages/s", pages / graph, {"plain loop": pages / loop}),
            Figure("time through Beam over time in a loop", "ratio", ratio),
        ],
    )


if __name__ == "__main__":
    main()
