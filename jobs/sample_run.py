"""A run of a small, evenly drawn part of the input in a temporary directory, for the rates of an estimate."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpusflow.cost.facts import Facts, even_places, facts_of, part_facts, without_start
from corpusflow.fetch.fetcher import own_fetchers
from corpusflow.filtering import Registry
from corpusflow.peak_memory import peak_memory
from corpusflow.recipe import Recipe
from corpusflow.sources.common_crawl import first_captures
from corpusflow.sources.page import Part
from corpusflow.sources.url_list import first_urls
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import Commit, digest_of, sidecar
from corpusflow.store.paths import LocalStore
from corpusflow.store.run_files import read_commits
from jobs.begin import RunOptions, prepare_models
from jobs.launch import run_local
from jobs.part_plan import write_parts
from transforms.load import LoadSettings, is_waiting, load_stage

MOST_PARTS = 8  # of the input: each is read through to find how many pages it has
MOST_SMALL_PARTS = 64  # the same where the parts have so few pages that the sample would be smaller than asked for
BLOCKS = 8  # of a sample, at least: their spread tells how certain the estimate is; smaller ones cost more a page


@dataclass(frozen=True)
class Sample:
    """facts: what was measured. pages, parts: that were read. seconds: what it cost. memory: bytes that this process
    took at most. start: seconds of it that a worker takes once, to load models."""

    facts: Facts
    pages: int
    parts: int
    seconds: float
    memory: int
    start: float


def run_sample(
    recipe: Recipe,
    registry: Registry,
    parts: Sequence[Block],
    pages: int,
    fetch: bool,
    size_of_part: Callable[[Block], float],
) -> Sample | None:
    """Takes pages evenly out of evenly drawn parts through all stages; None where nothing can be had without the web.

    fetch: whether the web may be asked, for pages and images. The directory is removed at the end.
    """
    begun = time.monotonic()
    open_parts = [part for part in parts if fetch or not is_waiting(part)]
    if not open_parts:
        return None
    prepare_models(recipe, "shard")
    with TemporaryDirectory(prefix="corpusflow-plan-") as folder, own_fetchers():
        store = LocalStore(folder)
        small = small_recipe(recipe, pages, fetch)
        stage = load_stage(small, store)
        chosen, loaded, had = [], [], 0
        for block, quota in shares(open_parts, pages):
            if had >= pages:
                break
            block = cut_part(block, quota) if is_waiting(block) else block
            commit = stage.run(block)
            loaded.append(part_facts(commit, size_of_part(block), links=links_of(block)))
            if not is_waiting(block):
                thin_out(commit, quota, stage)
            chosen.append(block)
            had += min(quota, commit.counts.get("items", 0))
        write_parts(chosen, store)
        run_local(small, registry, store, RunOptions(), lambda progress: None)
        commits = read_commits(store)
        taken = sum(commit.counts.get("items", 0) for commit in commits["extract"])
        warm = {name: without_start(_as_made(done, store)) for name, done in commits.items()}
        start = _seconds(commits) - _seconds(warm)
        facts = facts_of(warm, loaded, store) if commits["judge"] else Facts(loaded)
    return Sample(facts, taken, len(chosen), time.monotonic() - begun, peak_memory(), start)


def shares(parts: Sequence[Block], pages: int) -> Iterator[tuple[Block, int]]:
    """Parts to read until there are pages enough, and how many pages of each: a few parts that have all of them
    together, then others, for parts that have fewer than their share."""
    few = choose_parts(parts, MOST_PARTS)
    share = quotas(pages, len(few))
    yield from zip(few, share, strict=True)
    known = {part.id for part in few}
    for part in choose_parts(parts, MOST_SMALL_PARTS):
        if part.id not in known:
            yield part, max(share)


def choose_parts(parts: Sequence[Block], most: int) -> list[Block]:
    """Evenly drawn ones, and with them the first part of each folder, which has the pictures of the whole folder."""
    chosen = {part.id: part for part in (parts[place] for place in even_places(len(parts), most))}
    roots: dict[str, Block] = {}
    for part in parts:
        if part.payload[0]["kind"] == "html":
            roots.setdefault(part.payload[0]["root"], part)
    with_pictures = [part.id for part in roots.values() if any(other.payload[0]["root"] for other in chosen.values())]
    return [part for part in parts if part.id in chosen or part.id in with_pictures]


def quotas(pages: int, parts: int) -> list[int]:
    """How many pages each part gives, at least one."""
    return [max(1, pages * (number + 1) // parts - pages * number // parts) for number in range(parts)]


def links_of(block: Block) -> int:
    """Pages that a part names and that are to be fetched."""
    part = block.payload[0]
    return len(part["urls"]) + len(part["captures"])


def cut_part(block: Block, pages: int) -> Block:
    """The part with its first pages only, for those that are fetched one by one."""
    data, _, how = block.payload
    part = Part.from_json(data)
    if part.kind == "archive":
        return replace(block, payload=(data, pages, how))
    cut = first_urls(part, pages) if part.kind == "urls" else first_captures(part, pages)
    return replace(block, payload=(cut.to_json(), None, how))


def small_recipe(recipe: Recipe, pages: int, fetch: bool) -> Recipe:
    """The same corpus in small blocks, with no trace outside its directory."""
    load = recipe.load.model_copy(update={"block_pages": max(1, pages // BLOCKS)})
    asked = recipe.fetch.model_copy(update={"web": recipe.fetch.web and fetch, "block_images": max(1, pages // BLOCKS)})
    embed = recipe.embed.model_copy(update={"known": ""})
    return recipe.model_copy(update={"load": load, "fetch": asked, "embed": embed})


def thin_out(commit: Commit, pages: int, stage: Stage[LoadSettings]) -> None:
    """Leaves so many pages of a loaded part, evenly spread, and all its pictures: pages at the beginning of an archive
    are often of one site."""
    store, stored = stage.store, commit.files["parquet"]
    with store.open(stored.name) as file:
        table = pq.read_table(file)
    kinds = table.column("kind").to_pylist()
    places = [row for row, kind in enumerate(kinds) if kind == "page"]
    kept = {places[place] for place in even_places(len(places), pages)}
    rows = [row for row, kind in enumerate(kinds) if kind != "page" or row in kept]
    with store.create(stored.name) as file:
        pq.write_table(table.take(pa.array(rows, pa.int64())), file)
    store.publish(stored.name)
    thin = replace(stored, bytes=store.size(stored.name), digest=digest_of(store, stored.name))
    data: Mapping[str, Any] = replace(commit, files={**commit.files, "parquet": thin}).to_json()
    store.write(sidecar(commit.folder, commit.block), json.dumps(data).encode())


def _seconds(commits: Mapping[str, Sequence[Commit]]) -> float:
    return sum(commit.seconds for done in commits.values() for commit in done)


def _as_made(commits: Sequence[Commit], store: LocalStore) -> list[Commit]:
    """In the order in which one worker made them."""
    made = {commit.block: os.stat(store.path(sidecar(commit.folder, commit.block))).st_mtime_ns for commit in commits}
    return sorted(commits, key=lambda commit: made[commit.block])
