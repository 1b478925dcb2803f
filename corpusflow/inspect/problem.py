"""What verify finds wrong, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """file: name in the run directory. key: the sample, empty where the whole file is meant. fault: snake_case name
    of what is wrong. detail: the figures."""

    file: str
    key: str
    fault: str
    detail: str = ""

    def __str__(self) -> str:
        place = f"{self.file}, sample {self.key}" if self.key else self.file
        return f"{place}: {self.fault}" + (f": {self.detail}" if self.detail else "")
