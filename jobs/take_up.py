"""A local run that goes on when its workers die: from what is committed, and without what killed them twice."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import apache_beam as beam

from corpusflow.errors import RunError
from corpusflow.peak_memory import peak_memory
from corpusflow.progress import Boards, peaks, read_boards
from corpusflow.progress_folder import progress_folder
from corpusflow.store.paths import Store
from corpusflow.store.set_aside import BlockAtWork, set_aside
from corpusflow.work_done import Memory
from corpusflow.workers import name_suspects
from jobs.local import Tick, WorkersDiedError, run_graph

log = logging.getLogger(__name__)

MOST_DEATHS = 2  # of workers at one block; then it is set aside
MOST_IN_VAIN = 5  # deaths in a row without a block committed in between; then there is no hope
MOST_STARTS = 3  # in a row in which no worker came so far as to begin anything
WHOLE = frozenset({"negatives", "shard"})  # stages whose blocks are of the whole corpus: nothing can be left out


@dataclass(frozen=True)
class LocalRun:
    """boards: a block that was made before a worker died counts as made."""

    boards: Boards
    memory: Memory


@dataclass
class Deaths:
    """What workers died of so far, and whether there is hope.

    at: how many died at a block. in_vain: deaths since a block was committed. starts: since a worker began anything.
    """

    store: Store
    workers_log: str
    at: Counter[BlockAtWork] = field(default_factory=Counter)
    in_vain: int = 0
    starts: int = 0

    def note(self, at: Iterable[BlockAtWork], made: int, began: bool) -> None:
        """Says what is done about a death, and sets aside what killed twice. made: blocks that were committed since the
        last one. Raises RunError where the run cannot go on."""
        blocks = sorted(at)
        self.in_vain = 0 if made else self.in_vain + 1
        self.starts = 0 if began else self.starts + 1
        if self.starts == MOST_STARTS:
            raise RunError(f"worker processes cannot start; {self.workers_log} says why{_last_line(self.workers_log)}")
        self.at.update(blocks)
        told = ", ".join(map(str, blocks)) or "no block"
        guilty = [block for block in blocks if self.at[block] >= MOST_DEATHS]
        for block in guilty:
            if block.stage in WHOLE:
                raise RunError(
                    f"{block} killed its worker twice, perhaps for want of memory, and it is of the whole corpus: it "
                    "cannot be left out. Run again with fewer --workers, or with more memory"
                )
            if self.at[block] > MOST_DEATHS:
                raise RunError(f"{block} kills its worker even where it is left out: run again with more memory")
        if self.in_vain == MOST_IN_VAIN:
            raise RunError(
                f"worker processes died {self.in_vain} times in a row while nothing was committed, the last one at "
                f"{told}. Run again with fewer --workers, a smaller load.block_pages or more memory; "
                f"{self.workers_log} has what they said"
            )
        set_aside(self.store, guilty)
        log.warning("a worker process died at %s; the run goes on from what is committed", told)
        for block in guilty:
            log.warning("%s killed its worker twice and is set aside", block)


def run_on_whatever_dies(
    graph: Callable[[str], beam.Pipeline], store: Store, workers: int, workers_log: str, tick: Tick
) -> LocalRun:
    """Runs a graph to its end, again and again as workers die. graph: makes it anew, for a folder of live counters.

    Raises RunError when a stage fails, and when workers die without hope.
    """
    deaths, before, worst = Deaths(store, workers_log), None, 0
    while True:
        with progress_folder() as progress:
            name_suspects(progress, deaths.at)
            try:
                run_graph(graph(progress), progress, tick)
            except WorkersDiedError as error:
                boards = read_boards(progress)
                made = sum(counts["done"] - counts["given_up"] for counts in boards.values())
                deaths.note(error.at, made, bool(peaks(progress)))
                before, worst = with_earlier(boards, before), max(worst, *peaks(progress).values(), 0)
                continue
            memory = Memory(workers, max(worst, *peaks(progress).values(), 0), peak_memory())
            return LocalRun(with_earlier(read_boards(progress), before), memory)


def with_earlier(boards: Boards, before: Boards | None) -> Boards:
    """The counters of a run that took up another one: what that one made counts as made, not as taken."""
    if before is None:
        return boards
    summed = {}
    for stage, counts in boards.items():
        earlier = before[stage]
        again = min(earlier["done"], counts["reused"])
        summed[stage] = counts | {"done": counts["done"] + again, "reused": counts["reused"] - again}
        summed[stage] |= {name: counts[name] + earlier[name] for name in ("embedded", "known")}
    return summed


def _last_line(path: str) -> str:
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return ""
    return f": {lines[-1]}" if lines else ""
