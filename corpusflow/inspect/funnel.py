"""What came in, what each filter dropped, what failed and what was kept: the summary of a run as ordered rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

UNITS = ("documents", "images", "texts")


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """kind: `came in`, `dropped`, `failed`, `with document` (gone because their document went) or `kept`.

    name: filter and reason, or stage and code; empty for the rest. share: of what came in, in [0, 1].
    """

    kind: str
    name: str
    count: int
    share: float


def funnel(summary: Mapping[str, Any]) -> dict[str, list[FunnelRow]]:
    """Rows by unit; of what was dropped and what failed the most frequent first. summary: the manifest's."""
    return {unit: list(_rows(summary[unit])) for unit in UNITS}


def to_text(summary: Mapping[str, Any]) -> str:
    """The funnel for a terminal, in aligned columns."""
    units = funnel(summary)
    lines = []
    rows = [row for unit in units.values() for row in unit]
    kinds, names = (max(len(getattr(row, field)) for row in rows) for field in ("kind", "name"))
    counts = max(len(f"{row.count:,}") for row in rows)
    for unit, unit_rows in units.items():
        lines.append(unit)
        for row in unit_rows:
            lines.append(f"  {row.kind:{kinds}}  {row.name:{names}}  {row.count:>{counts},}  {row.share:>6.1%}")
    lines += side_notes(summary)
    return "\n".join(lines) + "\n"


def side_notes(summary: Mapping[str, Any]) -> list[str]:
    """What is beside the sums: unique images asked for, records that never became documents, faults without cost."""
    notes = []
    fetched = summary.get("fetched")
    if fetched:
        notes.append(f"unique images: {fetched['asked']:,} asked for, {fetched['failed']:,} failed")
    records = summary["records"]
    told = (("records dropped", records["dropped"]), ("records failed", records["failed"]), ("noted", summary["noted"]))
    for title, counts in told:
        if counts:
            notes.append(f"{title}: " + ", ".join(f"{name} {count:,}" for name, count in _ranked(counts)))
    return notes


def _rows(account: Mapping[str, Any]) -> Iterator[FunnelRow]:
    total = account["in"]

    def row(kind: str, name: str, count: int) -> FunnelRow:
        return FunnelRow(kind, name, count, count / total if total else 0.0)

    yield row("came in", "", total)
    for name, count in _ranked(account["dropped"]):
        yield row("dropped", name, count)
    if account["gone_with_document"]:
        yield row("with document", "", account["gone_with_document"])
    for name, count in _ranked(account["failed"]):
        yield row("failed", name, count)
    yield row("kept", "", account["kept"])


def _ranked(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
