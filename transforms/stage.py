"""RunStage: the one DoFn that runs any stage's function on a block, or takes what is committed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.transforms.window import GlobalWindows

from corpusflow.progress import PICTURES, board
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import Commit
from corpusflow.store.set_aside import BlockAtWork, read_set_aside
from corpusflow.workers import read_suspects, working_on
from transforms.same_code import SameCode
from transforms.shared_model import share_gpu_models

log = logging.getLogger(__name__)


def run_block(
    stage: Stage[Any], block: Block, progress: str | None = None, aside: Container[BlockAtWork] = ()
) -> tuple[Block, bool]:
    """The block after the stage, and whether the work had to be done.

    progress: folder where it is told what this process is at. aside: what is given up, since it killed its worker.
    """
    commit = stage.committed(block)
    if commit is not None:
        return block.done(commit), False
    at = BlockAtWork(stage.name, block.id, stage.place, stage.made_from(block))
    try:
        with working_on(progress, at):
            return block.done(stage.give_up(block) if at in aside else stage.run(block)), True
    except Exception:
        # The run stops here; the block is named, since Beam's own message names only the step.
        log.error("stage %s failed on block %s", stage.name, block.id)
        raise


class RunStage(SameCode, beam.DoFn):
    """Runs a stage on blocks: skips what is committed, gives up what was set aside, counts, reports progress.

    progress: folder of the live counters of a local run, None elsewhere.
    """

    _aside: Container[BlockAtWork] = ()

    def __init__(self, stage: Stage[Any], progress: str | None = None) -> None:
        self.stage = stage
        self.progress = progress
        self.local = progress is not None

    def setup(self) -> None:
        share_gpu_models()
        if self.progress is not None:
            board(self.progress).note_memory()
        self._aside = read_set_aside(self.stage.store)

    def process(self, block: Block) -> Iterator[Any]:
        self._add("planned", 1)
        yield self._count(self._run(block))

    def _run(self, block: Block) -> tuple[Block, bool]:
        return run_block(self.stage, block, self.progress, self._aside)

    def _count(self, result: tuple[Block, bool]) -> Block:
        after, worked = result
        self._add("done" if worked else "reused", 1)
        if after.latest.is_set_aside:
            self._add("set_aside", 1)
            self._add("given_up", int(worked))
        for name, amount in summary(after.latest).items():
            self._add(name, amount)
        for name in PICTURES:
            # What the makers of a block that is taken as it is embedded is no work of this run.
            if worked and name in after.latest.counts:
                self._add(name, after.latest.counts[name])
        if self.progress is not None:
            board(self.progress).note_memory()
        return after

    def _add(self, counter: str, amount: int) -> None:
        Metrics.counter("corpusflow", f"{self.stage.name}_{counter}").inc(amount)
        if self.progress is not None:
            board(self.progress).add(self.stage.name, counter, amount)


class RunStages(RunStage):
    """As RunStage, but several of the blocks that mostly wait at once, in threads. What a worker may have died of is
    done alone, so that another death tells whether it was that."""

    _suspects: Container[tuple[str, str]] = ()

    def __init__(
        self, stage: Stage[Any], progress: str | None, at_once: int, waits: Callable[[Block], bool] = lambda block: True
    ) -> None:
        super().__init__(stage, progress)
        self.at_once = at_once
        self.waits = waits

    def setup(self) -> None:
        super().setup()
        if self.progress is not None:
            self._suspects = {(suspect.stage, suspect.block) for suspect in read_suspects(self.progress)}

    def start_bundle(self) -> None:
        self._threads = ThreadPoolExecutor(self.at_once, thread_name_prefix=self.stage.name)
        self._running: set[Future[tuple[Block, bool]]] = set()

    def process(self, block: Block) -> Iterator[Any]:
        if (self.stage.name, block.id) in self._suspects:
            while self._running:
                yield from self._ended()
            yield from super().process(block)
            return
        if not self.waits(block):
            yield from super().process(block)
            return
        self._add("planned", 1)
        self._running.add(self._threads.submit(self._run, block))
        if len(self._running) > self.at_once:
            yield from self._ended()

    def finish_bundle(self) -> Iterator[Any]:
        while self._running:
            for block in self._ended():
                yield GlobalWindows.windowed_value(block)
        self._threads.shutdown()

    def _ended(self) -> Iterator[Block]:
        """Those that have ended, in any order; waits for one."""
        ended, self._running = wait(self._running, return_when=FIRST_COMPLETED)
        try:
            for future in ended:
                yield self._count(future.result())
        except BaseException:
            # The run ends here: what has not begun does not begin.
            self._threads.shutdown(wait=False, cancel_futures=True)
            raise


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
