"""Calibration as one self-contained HTML page: histograms, thresholds, and pictures around the cut."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from corpusflow.inspect.calibration import MIN_AUC, MIN_IMAGES, Cut, Group, Pair
from corpusflow.inspect.calibration_table import label, notes, shown
from corpusflow.inspect.counted import counted
from corpusflow.inspect.ledger import rows_by_document
from corpusflow.inspect.printable import cut as shortened
from corpusflow.inspect.reduced import reduced
from corpusflow.inspect.rendering import render
from corpusflow.inspect.samples import read_documents
from corpusflow.inspect.view import SampleView
from corpusflow.store.address import last_name
from corpusflow.store.paths import Store

PICTURES = 6  # on each side of the cut
MAX_TEXT = 300  # characters of a best text


@dataclass(frozen=True)
class Example:
    """A picture out of the shards. view: its document with this picture only. member: the picture's name there."""

    pair: Pair
    text: str
    view: SampleView
    member: str


def calibration_page(
    store: Store, scorer: str, pairs: Sequence[Pair], groups: Sequence[Group], precision: float, keep: float
) -> str:
    """The page's text, to be stored as UTF-8. pairs: of the run. groups: of these; the first one is of all."""
    of_all = groups[0]
    cut = of_all.at_precision or of_all.at_share
    above, below = around(kept_pairs(store, pairs), cut) if cut else ([], [])
    examples = _examples(store, [*above, *below])
    return render(
        "calibration.html",
        title=f"Similarity in {last_name(store.path(''))}",
        scorer=scorer,
        drawn_of=f"{counted(of_all.images, 'image')} of {counted(of_all.documents, 'document')}",
        groups=[(label(group), group) for group in shown(groups)],
        notes=notes(groups),
        precision=precision,
        keep=keep,
        cut=cut,
        min_auc=MIN_AUC,
        min_images=MIN_IMAGES,
        sides={"Just above": examples[: len(above)], "Just below": examples[len(above) :]} if cut else {},
    )


def around(pairs: Sequence[Pair], cut: Cut) -> tuple[list[Pair], list[Pair]]:
    """The pairs that are nearest to the threshold: at it or above it, and below it; nearest first."""
    ordered = sorted(pairs, key=lambda pair: (pair.matched, pair.document, pair.image))
    above = [pair for pair in ordered if pair.matched >= cut.threshold]
    below = [pair for pair in ordered if pair.matched < cut.threshold]
    return above[:PICTURES], below[::-1][:PICTURES]


def kept_pairs(store: Store, pairs: Sequence[Pair]) -> list[Pair]:
    """Those whose picture the run kept: only what is in the shards is shown."""
    rows = rows_by_document(store, sorted({pair.document for pair in pairs}))
    lost = {(row.document, row.segment) for found in rows.values() for row in found if row.lost}
    return [pair for pair in pairs if not lost & {(pair.document, None), (pair.document, pair.image)}]


def _examples(store: Store, pairs: Sequence[Pair]) -> list[Example]:
    views = {view.key: view for view in read_documents(store, sorted({pair.document for pair in pairs}))}
    return [_example(pair, views[pair.document]) for pair in pairs]


def _example(pair: Pair, view: SampleView) -> Example:
    part = next(part for part in view.parts if part.is_image and part.segment.index == pair.image)
    # The document with this one part: of many only the first pictures would be left.
    small = reduced(dataclasses.replace(view, parts=(part,)))
    return Example(pair, shortened(pair.text, MAX_TEXT), small, part.member)
