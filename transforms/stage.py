"""RunStage: the one DoFn that runs any stage's function on a block, or takes what is committed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics

from corpusflow.progress import board
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import Commit

log = logging.getLogger(__name__)


def run_block(stage: Stage[Any], block: Block) -> tuple[Block, bool]:
    """The block after the stage, and whether the work had to be done."""
    commit = stage.committed(block)
    if commit is not None:
        return block.done(commit), False
    try:
        return block.done(stage.run(block)), True
    except Exception:
        # The run stops here; the block is named, since Beam's own message names only the step.
        log.error("stage %s failed on block %s", stage.name, block.id)
        raise


class RunStage(beam.DoFn):
    """Runs a stage on blocks: skips what is committed, counts, reports progress.

    progress: folder of the live counters of a local run, None elsewhere.
    """

    def __init__(self, stage: Stage[Any], progress: str | None = None) -> None:
        self.stage = stage
        self.progress = progress

    def process(self, block: Block) -> Iterator[Block]:
        self._add("planned", 1)
        after, worked = run_block(self.stage, block)
        self._add("done" if worked else "reused", 1)
        for name, amount in summary(after.latest).items():
            self._add(name, amount)
        yield after

    def _add(self, counter: str, amount: int) -> None:
        Metrics.counter("corpusflow", f"{self.stage.name}_{counter}").inc(amount)
        if self.progress is not None:
            board(self.progress).add(self.stage.name, counter, amount)


def summary(commit: Commit) -> dict[str, int]:
    """Items of a block, and how many of them were dropped and failed, as its counts tell them."""
    unit = "image" if commit.stage == "fetch" else "document"
    totals = {"items": commit.counts.get("items", 0), "images": commit.counts.get("images", 0)}
    totals |= {"dropped": 0, "failed": 0}
    for name, count in commit.counts.items():
        kind, _, rest = name.partition("/")
        if kind in ("dropped", "failed") and rest.startswith(f"{unit}/"):
            totals[kind] += count
    return totals
