"""The page of all results: results/README.md, made of what the benchmarks left there.

    python -m benchmarks.table

Each benchmark writes it anew at its end; nobody writes it by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

MACHINES = "machines.json"  # by benchmark, where and when it was run
PAGE = "README.md"
RESULTS = Path(__file__).parent / "results"


def write_table(folder: Path) -> None:
    machines = json.loads((folder / MACHINES).read_text(encoding="utf-8")) if (folder / MACHINES).exists() else {}
    results = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json"))
        if path.name != MACHINES
    }
    (folder / PAGE).write_text("\n".join(page(results, machines)) + "\n", encoding="utf-8")


def page(results: Mapping[str, list[dict[str, Any]]], machines: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """The lines of the page. results: figures by benchmark. machines: see this_machine."""
    yield "# What the benchmarks measured"
    yield ""
    yield "Written by the benchmarks themselves: `make bench` runs all, `make bench-NAME` one."
    for name in sorted(results):
        yield ""
        yield f"## {name}"
        yield ""
        yield told_of(machines.get(name))
        yield ""
        yield "| figure | ours | unit | others in the same run |"
        yield "|---|---:|---|---|"
        for row in results[name]:
            peers = ", ".join(f"{_cell(peer)} {_number(value)}" for peer, value in row["peers"].items())
            yield f"| {_cell(row['figure'])} | {_number(row['ours'])} | {_cell(row['unit'])} | {peers} |"


def told_of(machine: Mapping[str, Any] | None) -> str:
    if machine is None:
        return "Measured before days and machines were noted."
    processor = machine["processor"] or "unknown processor"
    return (
        f"{machine['date']}, {processor}, {machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}, "
        f"Python {machine['python']}"
    )


def _cell(text: str) -> str:
    """Without what would end a cell of the table."""
    return text.replace("|", "\\|")


def _number(value: float) -> str:
    """Four digits, whole numbers as they are."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{float(f'{value:.4g}'):,}"


if __name__ == "__main__":
    write_table(RESULTS)
