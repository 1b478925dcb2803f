"""The samples of a finished run, one at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from corpusflow.errors import RunError
from corpusflow.inspect.problem import Problem
from corpusflow.inspect.tar_samples import tar_samples
from corpusflow.store.manifest import read_manifest
from corpusflow.store.paths import Store


class StoredSample(NamedTuple):
    """about: the json. pictures: by name of their member."""

    about: dict[str, Any]
    pictures: dict[str, bytes]


def run_samples(store: Store) -> Iterator[StoredSample]:
    """All samples in the order of the shards. Memory: one sample. Raises RunError before the run's end, and where a
    shard is damaged."""
    for shard in read_manifest(store)["shards"]:
        with store.open(shard["name"]) as file:
            for found in tar_samples(file, shard["name"]):
                if isinstance(found, Problem):
                    raise RunError(f"{store.path(found.file)}: {found.fault} {found.detail}; see `corpusflow verify`")
                members = dict(found.members)
                try:
                    about = json.loads(members.pop(f"{found.key}.json"))
                except (KeyError, ValueError) as error:
                    told = f"sample {found.key} has no json that can be read; see `corpusflow verify`"
                    raise RunError(f"{store.path(shard['name'])}: {told}") from error
                yield StoredSample(about, members)
