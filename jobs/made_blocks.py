"""Which blocks of a run would be taken as they are, found without running anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from corpusflow.filtering import Registry
from corpusflow.progress import STAGES
from corpusflow.recipe import Recipe
from corpusflow.recipe.earlier import earlier_indexes
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import Commit, committed
from corpusflow.store.paths import Store
from corpusflow.store.run_files import RECIPE, RUN, read_commits
from jobs.build_corpus import last_stage
from transforms.align import align_stage
from transforms.clean import clean_stage
from transforms.draw import draw_stage
from transforms.embed import embed_stage
from transforms.extract import extract_stage
from transforms.faces import faces_stage
from transforms.fetch import fetch_stage
from transforms.judge import judge_stage
from transforms.load import document_blocks, load_settings, load_stage
from transforms.measure import measure_stage
from transforms.negative_pools import draws_negatives, negatives_stage
from transforms.pdq import asks_for_pdq, pdq_stage
from transforms.screen import screen_stage
from transforms.select import select_stage
from transforms.shard import shard_stage


@dataclass
class Made:
    """parts: the commits of load, by part. blocks: document blocks of the loaded parts. stages: blocks that stand, by
    stage; stages of which it cannot be known are not in it. whole: stages that have nothing left to do."""

    parts: dict[str, Commit] = field(default_factory=dict)
    blocks: dict[str, int] = field(default_factory=dict)
    stages: dict[str, int] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)


def stages_of(recipe: Recipe) -> list[str]:
    """Those that the recipe has, in the order of the data."""
    return [stage for stage in STAGES if last_stage(recipe, stage) == stage]


def find_made(recipe: Recipe, registry: Registry, store: Store, parts: Sequence[Block]) -> Made:
    """Follows the chain of commits of each part as far as it goes without a look at the whole corpus.

    From select on a block depends on all others. There the blocks of the last whole run are told, as long as all before
    them stands as that run left it; the first stage that does not ends what can be known.
    """
    made = Made()
    stages = per_block_stages(recipe, registry, store)
    load = load_stage(recipe, store)
    made.stages = {stage.name: 0 for stage in (load, *stages)}
    settings = load_settings(recipe, store)
    standing: set[tuple[str, str]] = set()  # (block, key) of screen
    for part in parts:
        commit = load.committed(part)
        if commit is None:
            continue
        made.parts[part.id] = commit
        blocks = list(document_blocks(part.done(commit), settings))
        made.blocks[part.id] = len(blocks)
        for block in blocks:
            end = _chain(block, stages, made.stages).latest
            if end.stage == stages[-1].name:
                standing.add((end.block, end.key))
    made.stages["load"] = len(made.parts)
    if len(made.parts) == len(parts):
        documents = sum(made.blocks.values())
        made.whole = {"load"} | {stage.name for stage in stages if made.stages[stage.name] == documents}
    _find_later(recipe, registry, store, made, standing)
    return made


def _chain(block: Block, stages: Sequence[Stage[Any]], counts: dict[str, int]) -> Block:
    """The block after the last of its stages that stands, one after the other."""
    for stage in stages:
        commit = stage.committed(block)
        if commit is None:
            break
        counts[stage.name] += 1
        block = block.done(commit)
    return block


def _find_later(recipe: Recipe, registry: Registry, store: Store, made: Made, standing: set[tuple[str, str]]) -> None:
    """Adds the stages from select on."""
    commits = read_commits(store) if store.exists(RUN) else {}
    screened = {(commit.block, commit.key) for commit in commits.get("screen", ())}
    unbroken = "screen" in made.whole and standing == screened
    for name, place in later_places(recipe, registry, store).items():
        last = commits.get(name, [])
        if unbroken and all(commit.folder == place for commit in last):
            made.stages[name] = sum(_stands(commit, store) for commit in last)
            unbroken = made.stages[name] == len(last)
            made.whole |= {name} if unbroken else set()
        else:
            unbroken = False
            if not any(file.endswith(".json") for file in store.names(place)):
                made.stages[name] = 0


def _stands(commit: Commit, store: Store) -> bool:
    return committed(store, commit.folder, commit.block, commit.key) is not None


def later_places(recipe: Recipe, registry: Registry, store: Store) -> dict[str, str]:
    """The folders of the stages from select on, in the order of the data."""
    negatives: list[Stage[Any]] = []
    if draws_negatives(recipe):
        negatives = [draw_stage(recipe, store), negatives_stage(recipe, store)]
    stages: list[Stage[Any]] = [
        select_stage(recipe, store, earlier_indexes(recipe)),
        fetch_stage(recipe, store),
        *([pdq_stage(store)] if asks_for_pdq(recipe) else []),
        *([faces_stage(recipe, store)] if recipe.embed.faces is not None else []),
        embed_stage(recipe, store),
        *negatives,
        align_stage(recipe, store),
        judge_stage(recipe, registry, store),
    ]
    places = {stage.name: stage.place for stage in stages}
    # The folder of shards does not carry their key.
    return places | {"shard": shard_stage(recipe, store).place if _same_output(recipe, store) else "shards of another"}


def _same_output(recipe: Recipe, store: Store) -> bool:
    """Whether shards that stand were cut as the recipe says."""
    if not store.exists(RECIPE):
        return True
    cut: dict[str, Any] = yaml.safe_load(store.read(RECIPE))["output"]
    return cut == recipe.output.model_dump(mode="json")


def per_block_stages(recipe: Recipe, registry: Registry, store: Store) -> list[Stage[Any]]:
    measure = [measure_stage(recipe, store)] if recipe.text.models else []
    return [
        extract_stage(recipe, store),
        clean_stage(recipe, store),
        *measure,
        screen_stage(recipe, registry, store),
    ]
