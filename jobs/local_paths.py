"""Files and folders that a recipe names and that only this machine has, or those that share a file system with it."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from typing import Any

from corpusflow.recipe import Recipe
from corpusflow.store.address import is_address
from corpusflow.store.paths import Store


def local_paths(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """(`sources[0].path`, path) of whatever in a recipe is the absolute path, or a glob, of what exists here. Recipes
    that were read from a file have their paths absolute."""
    return _paths("", recipe.model_dump(mode="json"))


def local_root(store: Store) -> str | None:
    """The run directory's path; None where it is on an object store."""
    return None if is_address(store.root) else store.path("")


def _paths(place: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(f"{place}.{key}" if place else key, inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _paths(f"{place}[{number}]", inner)
    elif isinstance(value, str) and os.path.isabs(value) and next(glob.iglob(value), None) is not None:
        yield place, value
