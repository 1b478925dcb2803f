"""What a run made and what it took as an earlier one had left it, by stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from corpusflow.progress import PICTURES

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Memory:
    """The most that processes of a run on this machine held: resident bytes. worker: of each worker process. launcher:
    of the process that the run was started by, which is the one worker where there are no others."""

    workers: int
    worker: int
    launcher: int

    def __str__(self) -> str:
        """`memory: 2 workers, at most 412 MB each, launcher 280 MB`."""
        launcher = f"{round(self.launcher / MEGABYTE):,} MB"
        if self.workers == 1:
            return f"memory: at most {launcher}"
        each = f"{round(self.worker / MEGABYTE):,} MB"
        return f"memory: {self.workers} workers, at most {each} each, launcher {launcher}"


@dataclass(frozen=True)
class WorkDone:
    """made, reused: blocks by stage, in the order of the data; stages without any are left out. pictures: of the embed
    blocks that were made, `embedded` and `known` (by an earlier run, or by another recipe); empty where none is.
    set_aside: of the blocks those that a stage gave up, since they killed their workers, in this run or an earlier one.
    memory: None where the run was not on this machine."""

    made: Mapping[str, int]
    reused: Mapping[str, int]
    pictures: Mapping[str, int] = field(default_factory=dict)
    set_aside: Mapping[str, int] = field(default_factory=dict)
    memory: Memory | None = field(default=None, compare=False)

    def __str__(self) -> str:
        """`blocks made: embed 4, shard 1; taken as they were: load 3`, below it `pictures: embedded 0, known 16`, what
        was set aside, and the memory."""
        lines = ["nothing was made again: everything was there"]
        if self.made:
            reused = f"; taken as they were: {_counts(self.reused)}" if self.reused else ""
            lines = [f"blocks made: {_counts(self.made)}{reused}"]
        if self.pictures:
            lines.append(f"pictures: {_counts(self.pictures)}")
        if self.set_aside:
            lines.append(
                f"blocks set aside, since they killed their workers: {_counts(self.set_aside)}; the ledger names them "
                "as worker_killed, --retry-failed tries them again"
            )
        if self.memory is not None:
            lines.append(str(self.memory))
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        return {
            "blocks": {"made": dict(self.made), "reused": dict(self.reused), "set_aside": dict(self.set_aside)},
            "pictures": dict(self.pictures),
            "memory": None if self.memory is None else asdict(self.memory),
        }


def work_done(boards: Mapping[str, Mapping[str, int]], loaded: int, memory: Memory | None = None) -> WorkDone:
    """boards: the live counters of a run that has ended. loaded: parts that were made before its graph ran, which took
    them as they were."""
    made = {stage: counts["done"] for stage, counts in boards.items()}
    reused = {stage: counts["reused"] for stage, counts in boards.items()}
    made["load"] += loaded
    reused["load"] -= loaded
    pictures = {name: boards["embed"][name] for name in PICTURES}
    aside = {stage: counts["set_aside"] for stage, counts in boards.items()}
    return WorkDone(_some(made), _some(reused), pictures if any(pictures.values()) else {}, _some(aside), memory)


def _some(counts: Mapping[str, int]) -> dict[str, int]:
    return {stage: count for stage, count in counts.items() if count > 0}


def _counts(named: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in named.items())
