"""Proposed thresholds as a terminal shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group as Lines
from rich.table import Table
from rich.text import Text

from corpusflow.inspect.calibration import MIN_AUC, MIN_IMAGES, Cut, Group
from corpusflow.inspect.counted import counted
from corpusflow.inspect.printable import printable

KINDS = ("language", "source")
MOST_GROUPS = 20  # of each kind


def calibration_table(scorer: str, groups: Sequence[Group], precision: float, keep: float) -> Lines:
    """A line for all, and one for each language and source that is shown."""
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
    """All, then the languages and the sources with enough images, the largest of these. groups: the first is of all."""
    large = [[each for each in groups if each.by == kind and each.images >= MIN_IMAGES] for kind in KINDS]
    return [groups[0], *(group for of_kind in large for group in of_kind[:MOST_GROUPS])]


def notes(groups: Sequence[Group]) -> list[str]:
    """Lines below the table: where no threshold helps, and what is not shown. None where there is nothing to say."""
    lines = []
    rows = shown(groups)
    weak = [label(group) for group in rows if not group.tells_apart]
    if weak:
        where = "" if len(weak) == len(rows) else f" ({', '.join(weak)})"
        lines.append(
            f"AUC under {MIN_AUC:g}{where}: the model cannot tell these pictures' own texts from strangers', so no "
            f"threshold helps and none is proposed."
        )
    hidden = [each for kind in KINDS for each in _hidden(groups, kind)]
    return [*lines, f"Not shown: {', '.join(hidden)}."] if hidden else lines


def _hidden(groups: Sequence[Group], kind: str) -> Iterator[str]:
    rows = shown(groups)
    images = [group.images for group in groups if group.by == kind and group not in rows]
    if images:
        size = f"fewer than {MIN_IMAGES}" if max(images) < MIN_IMAGES else f"at most {max(images):,}"
        yield f"{counted(len(images), kind)} with {size} images"


def label(group: Group) -> str:
    """`all`, `language en`, `source web.warc.gz`."""
    return "all" if group.by == "all" else f"{group.by} {printable(group.name) or 'unknown'}"


def _cut(cut: Cut | None, field: str) -> tuple[str, str]:
    """The threshold and what comes of it; a dash where there is none."""
    return ("-", "") if cut is None else (f"{cut.threshold:.4f}", f"{getattr(cut, field):.1%}")
