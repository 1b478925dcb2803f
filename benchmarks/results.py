"""How a benchmark tells its figures: a table on the terminal, and the same as JSON beside it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """figure: what was measured. peers: the same of others, by name, measured in the same run."""

    figure: str
    unit: str
    ours: float
    peers: dict[str, float] = field(default_factory=dict)


def tell(name: str, figures: list[Figure]) -> None:
    """Prints the table and writes results/NAME.json."""
    for row in figures:
        print(f"{row.figure:<48} {row.ours:>12,.4g} {row.unit}")
        for peer, value in row.peers.items():
            print(f"    {peer:<44} {value:>12,.4g}")
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps([asdict(row) for row in figures], indent=1)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")
