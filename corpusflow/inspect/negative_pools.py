"""How many negatives each pool of a run has: a small corpus has fewer than the recipe asks for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import median_low
from urllib.parse import unquote

import yaml

from corpusflow.align.ranks import MIN_NEGATIVES
from corpusflow.store.commit import Commit, read_rows
from corpusflow.store.paths import Store
from corpusflow.store.run_files import RECIPE, read_commits

IMAGES = "images"  # the pool of images; the others are `texts-LANGUAGE`


@dataclass(frozen=True, slots=True)
class PoolSize:
    """of: `images`, or `texts, LANGUAGE`. classes: length classes of its texts, 1 for images. fewest, median: negatives
    of a class."""

    of: str
    classes: int
    fewest: int
    median: int


@dataclass(frozen=True, slots=True)
class PoolSizes:
    """wanted: negatives that the recipe asks for. least: fewer give no rank. pools: images first, then languages, those
    with the fewest negatives first; none where nothing was drawn."""

    wanted: int
    least: int
    pools: tuple[PoolSize, ...]


def pool_sizes(store: Store) -> PoolSizes:
    """Of the last run. A document is compared with these, less what is its own."""
    recipe = yaml.safe_load(store.read(RECIPE))
    wanted = recipe.get("align", {}).get("negatives", 0)  # recipes of older runs do not say
    pools = (_pool_size(commit, store, wanted) for commit in read_commits(store)["negatives"])
    ordered = sorted(pools, key=lambda pool: (pool.of != IMAGES, pool.median, pool.fewest, pool.of))
    return PoolSizes(wanted, MIN_NEGATIVES, tuple(ordered))


def _pool_size(commit: Commit, store: Store, wanted: int) -> PoolSize:
    classes = Counter(row["least"] for row in read_rows(store, commit, "parquet", ["least"]))
    # A few more are drawn than a document is compared with.
    sizes = [min(count, wanted) for count in classes.values()]
    return PoolSize(_name(commit.block), len(sizes), min(sizes), median_low(sizes))


def _name(block: str) -> str:
    return block if block == IMAGES else f"texts, {unquote(block.removeprefix('texts-')) or 'unknown'}"
