"""Proposed thresholds as a terminal shows them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group as Lines
from rich.table import Table
from rich.text import Text

from corpusflow.inspect.calibration import Cut, Group
from corpusflow.inspect.printable import printable

MOST_GROUPS = 20  # languages, and sources


def calibration_table(scorer: str, groups: Sequence[Group], precision: float, keep: float) -> Lines:
    """A line for all, and one for each language and source, the largest of these."""
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    table.add_column("", overflow="fold")
    headings = (
        "images",
        "AUC",
        "matched",
        "shuffled",
        f"precision\n{precision:g}",
        "keeps",
        f"keep\n{keep:g}",
        "precision",
    )
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for group in shown(groups):
        figures = (f"{group.auc:.3f}", f"{group.matched_median:.3f}", f"{group.shuffled_median:.3f}")
        cuts = (*_cut(group.at_precision, "kept"), *_cut(group.at_share, "precision"))
        table.add_row(Text(label(group)), f"{group.images:,}", *figures, *cuts)
    return Lines(Text(printable(scorer)), table)


def shown(groups: Sequence[Group]) -> list[Group]:
    """All, the largest languages and the largest sources."""
    kinds = ("all", "language", "source")
    return [group for kind in kinds for group in [each for each in groups if each.by == kind][:MOST_GROUPS]]


def label(group: Group) -> str:
    """`all`, `language en`, `source web.warc.gz`."""
    return "all" if group.by == "all" else f"{group.by} {printable(group.name) or 'unknown'}"


def _cut(cut: Cut | None, field: str) -> tuple[str, str]:
    """The threshold and what comes of it; a dash where there is none."""
    return ("-", "") if cut is None else (f"{cut.threshold:.4f}", f"{getattr(cut, field):.1%}")
