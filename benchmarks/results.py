"""How a benchmark tells its figures: a table on the terminal, the same as JSON, and all benchmarks in one page."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.machine import this_machine
from benchmarks.table import MACHINES, write_table

FOLDER = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """figure: what was measured. peers: the same of others, by name, measured in the same run."""

    figure: str
    unit: str
    ours: float
    peers: dict[str, float] = field(default_factory=dict)


def tell(name: str, figures: list[Figure], folder: Path = FOLDER) -> None:
    """Prints the table; writes results/NAME.json, where and when that was measured, and the page of all results."""
    for row in figures:
        print(f"{row.figure:<48} {row.ours:>12,.4g} {row.unit}")
        for peer, value in row.peers.items():
            print(f"    {peer:<44} {value:>12,.4g}")
    folder.mkdir(exist_ok=True)
    text = json.dumps([asdict(row) for row in figures], indent=1)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    machines = folder / MACHINES
    known = json.loads(machines.read_text(encoding="utf-8")) if machines.exists() else {}
    known[name] = this_machine()
    machines.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    write_table(folder)
