"""What a run made and what it took as an earlier one had left it, by stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from corpusflow.progress import PICTURES


@dataclass(frozen=True)
class WorkDone:
    """made, reused: blocks by stage, in the order of the data; stages without any are left out. pictures: of the embed
    blocks that were made, `embedded` and `known` (by an earlier run, or by another recipe); empty where none is."""

    made: Mapping[str, int]
    reused: Mapping[str, int]
    pictures: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """`blocks made: embed 4, shard 1; taken as they were: load 3`, below it `pictures: embedded 0, known 16`."""
        if not self.made:
            return "nothing was made again: everything was there"
        told = f"blocks made: {_counts(self.made)}"
        told += f"; taken as they were: {_counts(self.reused)}" if self.reused else ""
        return told + (f"\npictures: {_counts(self.pictures)}" if self.pictures else "")

    def to_json(self) -> dict[str, dict[str, Any]]:
        return {
            "blocks": {"made": dict(self.made), "reused": dict(self.reused)},
            "pictures": dict(self.pictures),
        }


def work_done(boards: Mapping[str, Mapping[str, int]], loaded: int) -> WorkDone:
    """boards: the live counters of a run that has ended. loaded: parts that were made before its graph ran, which took
    them as they were."""
    made = {stage: counts["done"] for stage, counts in boards.items()}
    reused = {stage: counts["reused"] for stage, counts in boards.items()}
    made["load"] += loaded
    reused["load"] -= loaded
    pictures = {name: boards["embed"][name] for name in PICTURES}
    return WorkDone(_some(made), _some(reused), pictures if any(pictures.values()) else {})


def _some(counts: Mapping[str, int]) -> dict[str, int]:
    return {stage: count for stage, count in counts.items() if count > 0}


def _counts(named: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in named.items())
