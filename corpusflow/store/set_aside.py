"""Blocks that are set aside: they killed the process that worked on them, twice, and the run goes on without them.

The list is written by whoever saw the deaths. A block that stands there with the key that it has now is given up where
it would be worked on: its stage commits an output without its documents, or its images, and names them as Failures.
With another recipe or other input it has another key, and is tried.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from corpusflow.store.commit import committed, sidecar
from corpusflow.store.paths import Store
from corpusflow.store.run_files import ASIDE, undamaged


class BlockAtWork(NamedTuple):
    """A block in a stage. folder: of the stage's outputs. key: of the block's output."""

    stage: str
    block: str
    folder: str
    key: str

    def __str__(self) -> str:
        return f"block {self.block} of stage {self.stage}"


def read_set_aside(store: Store) -> frozenset[BlockAtWork]:
    try:
        lines = store.read(ASIDE).splitlines()
    except FileNotFoundError:
        return frozenset()
    with undamaged(store, ASIDE):
        return frozenset(BlockAtWork(*json.loads(line)) for line in lines)


def set_aside(store: Store, blocks: Iterable[BlockAtWork]) -> None:
    """Adds blocks to the list."""
    ordered = sorted(read_set_aside(store).union(blocks))
    store.write(ASIDE, "".join(f"{json.dumps(entry)}\n" for entry in ordered).encode())


def take_back(store: Store) -> None:
    """Empties the list, so that what was set aside is tried again; what was committed for it is taken back."""
    for entry in read_set_aside(store):
        commit = committed(store, entry.folder, entry.block, entry.key)
        if commit is not None and commit.is_set_aside:
            store.remove(sidecar(entry.folder, entry.block))
    store.remove(ASIDE)
