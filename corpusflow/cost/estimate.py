"""What a run will make and cost, as far as that can be told before it: the words of an estimate, and their JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Range:
    """An expected value. The truth lies between low and high four times out of five, if the rest is like the sample."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4g} ({self.low:.4g} to {self.high:.4g})"

    def times(self, factor: float) -> Range:
        return Range(self.value * factor, self.low * factor, self.high * factor)

    def plus(self, other: Range) -> Range:
        """The bounds are added, too: what is much in one stage is much in the next."""
        return Range(self.value + other.value, self.low + other.low, self.high + other.high)

    def whole(self) -> Range:
        """Rounded, for things that are counted."""
        return Range(float(round(self.value)), float(round(self.low)), float(round(self.high)))


def certain(value: float) -> Range:
    return Range(float(value), float(value), float(value))


NOTHING = certain(0)


@dataclass(frozen=True, slots=True)
class StageCost:
    """made: blocks that stand already; None where that is known only once the stages before have run. hours: of work,
    over all blocks, on the CPU unless on_gpu. left: of those that are not made. bytes: that it writes."""

    stage: str
    blocks: Range
    made: int | None
    hours: Range
    left: Range
    bytes: Range
    on_gpu: bool = False


@dataclass(frozen=True, slots=True)
class DataflowCost:
    """What is left, on Dataflow. dollars: by what is paid for; storage: of one month. prices: where they are from."""

    machine_type: str
    max_workers: int
    accelerator: str
    hours: Range
    dollars: Mapping[str, Range]
    prices: str

    @property
    def total(self) -> Range:
        total = NOTHING
        for part in self.dollars.values():
            total = total.plus(part)
        return total


@dataclass(frozen=True)
class Estimate:
    """rates: where the rates come from. amounts: see corpusflow.cost.sums.AMOUNTS. workers, hours: of a run on this
    machine. memory: bytes that one worker took at most; None where it was not measured. notes: what may make it wrong.
    """

    corpus: str
    rates: str
    parts: int
    amounts: Mapping[str, Range]
    stages: tuple[StageCost, ...]
    workers: int
    hours: Range
    memory: int | None
    dataflow: DataflowCost
    notes: tuple[str, ...]

    def cpu_hours(self) -> Range:
        return self._hours(on_gpu=False)

    def gpu_hours(self) -> Range:
        return self._hours(on_gpu=True)

    def _hours(self, on_gpu: bool) -> Range:
        total = NOTHING
        for stage in self.stages:
            if stage.on_gpu == on_gpu:
                total = total.plus(stage.left)
        return total

    def to_json(self) -> dict[str, Any]:
        totals = {"cpu_hours": self.cpu_hours(), "gpu_hours": self.gpu_hours(), "dollars": self.dataflow.total}
        return dataclasses.asdict(self) | {"totals": {name: dataclasses.asdict(of) for name, of in totals.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Estimate:
        """The inverse of to_json. Raises LookupError, TypeError and AttributeError for anything else."""
        fields = {key: value for key, value in data.items() if key != "totals"}
        stages = tuple(StageCost(**_ranges(stage)) for stage in data["stages"])
        dataflow = DataflowCost(**_ranges(data["dataflow"] | {"dollars": _ranges(data["dataflow"]["dollars"])}))
        given = {"amounts": _ranges(data["amounts"]), "hours": Range(**data["hours"]), "notes": tuple(data["notes"])}
        return cls(**(fields | given | {"stages": stages, "dataflow": dataflow}))


def _ranges(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same with every mapping of a Range made one."""
    return {key: Range(**value) if _is_range(value) else value for key, value in data.items()}


def _is_range(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"value", "low", "high"}
