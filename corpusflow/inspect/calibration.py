"""Which threshold of similarity parts pictures beside their own texts from pictures beside strangers' texts."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

MIN_IMAGES = 30  # of a language or a source; fewer say too little for a threshold
# Below it the model knows too little of such pictures. At 0.6, with two normal distributions of equal width, what keeps
# 80 % of the pictures beside their own texts keeps 69 % beside strangers' as well; and of 30 images chance alone makes
# 0.5 +- 0.075.
MIN_AUC = 0.6
BINS = 40
STEP = 0.05  # the ends of the histograms are multiples of it


@dataclass(frozen=True, slots=True)
class Pair:
    """An image of a document with its best text unit, and with the best of as many units of other documents.

    image: the index of its segment. text: its own document's best unit. matched, shuffled: the two similarities.
    """

    document: str
    language: str
    source: str
    image: int
    text: str
    matched: float
    shuffled: float


@dataclass(frozen=True, slots=True)
class Cut:
    """What comes of keeping the pairs at a threshold or above it.

    kept: share of the matched pairs. precision: the matched ones among all that are kept, of as many shuffled as
    matched ones.
    """

    threshold: float
    kept: float
    precision: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts in bins of equal width from `low` to `high`; each bin has its lower end, the last one both."""

    low: float
    high: float
    matched: tuple[int, ...]
    shuffled: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The pairs of all documents, of a language or of a source.

    by: `all`, `language` or `source`. tells_apart: whether the AUC is MIN_AUC at least. matched_median and
    shuffled_median: of the similarities. at_precision: the lowest threshold with the wanted precision, None where no
    threshold has it. at_share: the highest threshold that keeps the wanted share. Both are None where the model does
    not tell own texts from strangers', and in a group with few images.
    """

    by: str
    name: str
    documents: int
    images: int
    auc: float
    tells_apart: bool
    matched_median: float
    shuffled_median: float
    at_precision: Cut | None
    at_share: Cut | None
    histogram: Histogram


def auc(matched: np.ndarray, shuffled: np.ndarray) -> float:
    """Probability that a matched pair is more similar than a shuffled one, equal ones counted half. Neither may be
    empty."""
    ordered = np.sort(shuffled)
    below = np.searchsorted(ordered, matched, "left") + np.searchsorted(ordered, matched, "right")
    return float(below.sum() / 2 / len(matched) / len(shuffled))


def cut_at(matched: np.ndarray, shuffled: np.ndarray, threshold: float) -> Cut:
    """matched, shuffled: as many of the one as of the other. Where nothing is kept the precision is 0."""
    right, wrong = int((matched >= threshold).sum()), int((shuffled >= threshold).sum())
    return Cut(float(threshold), right / len(matched), right / (right + wrong) if right else 0.0)


def cut_for_precision(matched: np.ndarray, shuffled: np.ndarray, precision: float) -> Cut | None:
    """The lowest of the matched similarities that, as a threshold, has this precision, in [0, 1]; None where none has.

    matched, shuffled: as many of the one as of the other.
    """
    thresholds = np.unique(matched)
    right = len(matched) - np.searchsorted(np.sort(matched), thresholds, "left")
    wrong = len(shuffled) - np.searchsorted(np.sort(shuffled), thresholds, "left")
    enough = np.flatnonzero(right / (right + wrong) >= precision)
    return cut_at(matched, shuffled, thresholds[enough[0]]) if len(enough) else None


def cut_for_share(matched: np.ndarray, shuffled: np.ndarray, share: float) -> Cut:
    """The highest threshold that keeps at least this share, in (0, 1], of the matched pairs."""
    # Less a little, or 0.07 of 100 would be 8: the product is 7.000000000000001.
    needed = max(1, math.ceil(share * len(matched) - 1e-9))
    return cut_at(matched, shuffled, np.sort(matched)[len(matched) - needed])


def histogram(matched: np.ndarray, shuffled: np.ndarray, low: float, high: float) -> Histogram:
    """low < high; no similarity lies outside."""
    counted = (tuple(np.histogram(values, BINS, (low, high))[0].tolist()) for values in (matched, shuffled))
    return Histogram(low, high, *counted)


def groups_of(pairs: Sequence[Pair], precision: float, share: float) -> list[Group]:
    """All pairs, then each language and each source, those with the most images first. No group without a pair.

    All histograms have the same ends, so that they can be looked at one above the other.
    """
    values = [value for pair in pairs for value in (pair.matched, pair.shuffled)]
    low, high = _ends(min(values), max(values))
    groups = [_group("all", "", pairs, precision, share, (low, high), 1)]
    for by in ("language", "source"):
        for name, members in _parted(pairs, by):
            groups.append(_group(by, name, members, precision, share, (low, high), MIN_IMAGES))
    return groups


def _ends(lowest: float, highest: float) -> tuple[float, float]:
    low, high = math.floor(lowest / STEP), math.ceil(highest / STEP)
    return low * STEP, max(high, low + 1) * STEP


def _parted(pairs: Iterable[Pair], by: str) -> Iterator[tuple[str, list[Pair]]]:
    parted: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        parted[getattr(pair, by)].append(pair)
    yield from sorted(parted.items(), key=lambda item: (-len(item[1]), item[0]))


def _group(
    by: str,
    name: str,
    pairs: Sequence[Pair],
    precision: float,
    share: float,
    ends: tuple[float, float],
    min_images: int,
) -> Group:
    matched = np.array([pair.matched for pair in pairs])
    shuffled = np.array([pair.shuffled for pair in pairs])
    area = auc(matched, shuffled)
    proposes = area >= MIN_AUC and len(pairs) >= min_images
    return Group(
        by=by,
        name=name,
        documents=len({pair.document for pair in pairs}),
        images=len(pairs),
        auc=area,
        tells_apart=area >= MIN_AUC,
        matched_median=float(np.median(matched)),
        shuffled_median=float(np.median(shuffled)),
        at_precision=cut_for_precision(matched, shuffled, precision) if proposes else None,
        at_share=cut_for_share(matched, shuffled, share) if proposes else None,
        histogram=histogram(matched, shuffled, *ends),
    )
