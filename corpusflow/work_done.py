"""What a run made and what it took as an earlier one had left it, by stage."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class WorkDone:
    """Blocks by stage, in the order of the data; stages without any are left out."""

    made: Mapping[str, int]
    reused: Mapping[str, int]

    def __str__(self) -> str:
        """`blocks made: judge 4, shard 1; taken as they were: load 3, extract 4`."""
        if not self.made:
            return "nothing was made again: everything was there"
        told = f"blocks made: {_counts(self.made)}"
        return told + (f"; taken as they were: {_counts(self.reused)}" if self.reused else "")

    def to_json(self) -> dict[str, dict[str, int]]:
        return {field.name: dict(getattr(self, field.name)) for field in dataclasses.fields(self)}


def work_done(boards: Mapping[str, Mapping[str, int]], loaded: int) -> WorkDone:
    """boards: the live counters of a run that has ended. loaded: parts that were made before its graph ran, which took
    them as they were."""
    made = {stage: counts["done"] for stage, counts in boards.items()}
    reused = {stage: counts["reused"] for stage, counts in boards.items()}
    made["load"] += loaded
    reused["load"] -= loaded
    return WorkDone(*({stage: count for stage, count in counts.items() if count > 0} for counts in (made, reused)))


def _counts(blocks: Mapping[str, int]) -> str:
    return ", ".join(f"{stage} {count:,}" for stage, count in blocks.items())
