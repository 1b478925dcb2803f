"""Accounting: what came in is what was kept, dropped and failed, for documents, texts and images, block by block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from corpusflow.decision import LedgerRow
from corpusflow.errors import AccountingError

EXTRACT = "extract"  # what a Decision of extraction has for its filter

Segments = tuple[int, int]  # texts and images of a document


@dataclass
class Account:
    """One unit's sums over a run. dropped: by (filter, reason). failed: by (stage, code).

    gone_with: segments that went because their document went.
    """

    came_in: int = 0
    kept: int = 0
    gone_with: int = 0
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        return {
            "in": self.came_in,
            "kept": self.kept,
            "gone_with_document": self.gone_with,
            "dropped": {"/".join(key): count for key, count in sorted(self.dropped.items())},
            "failed": {"/".join(key): count for key, count in sorted(self.failed.items())},
        }


@dataclass
class Accounts:
    """The sums of a run. records: things of a source that never became documents; only failures are known of them.
    noted: faults that cost nothing."""

    documents: Account = field(default_factory=Account)
    texts: Account = field(default_factory=Account)
    images: Account = field(default_factory=Account)
    records: Account = field(default_factory=Account)
    noted: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add_row(self, row: LedgerRow) -> None:
        if not row.lost:
            self.noted[row.stage, row.reason] += 1
            return
        units = {"document": self.documents, "text": self.texts, "image": self.images, "record": self.records}
        account = units[row.unit]
        if row.failed:
            account.failed[row.stage, row.reason] += 1
        else:
            account.dropped[row.filter, row.reason] += 1
        self.texts.gone_with += row.texts
        self.images.gone_with += row.images

    def to_json(self) -> dict[str, Any]:
        return {
            "documents": self.documents.to_json(),
            "texts": self.texts.to_json(),
            "images": self.images.to_json(),
            "records": self.records.to_json(),
            "noted": {"/".join(key): count for key, count in sorted(self.noted.items())},
        }


def account_block(
    accounts: Accounts,
    block: str,
    inputs: Iterable[str],
    extracted: Mapping[str, Segments],
    rows: Iterable[LedgerRow],
    kept: Mapping[str, Segments],
) -> None:
    """Adds a document block to the accounts.

    inputs: ids of its pages. extracted: the documents made of them. rows: its ledger; images that extraction left out
    are not among the extracted segments and come in by their row. kept: its samples.
    Raises AccountingError, naming the first document whose sum is wrong.
    """
    ends: Counter[str] = Counter(dict.fromkeys(kept, 1))
    segments = {name: list(counts) for name, counts in kept.items()}
    left_out = 0
    for row in rows:
        accounts.add_row(row)
        if not row.lost or row.unit == "record":
            continue
        if row.filter == EXTRACT:
            left_out += 1
            continue
        sums = segments.setdefault(row.document, [0, 0])
        if row.unit == "document":
            ends[row.document] += 1
            sums[0] += row.texts
            sums[1] += row.images
        else:
            sums[row.unit == "image"] += 1
    names = list(inputs)
    for name in names:
        _check(block, name, ends.pop(name, 0), segments.get(name, [0, 0]), extracted.get(name, (0, 0)))
    if ends:
        raise AccountingError(f"block {block}: document {min(ends)} has an end but never came in")
    accounts.documents.came_in += len(names)
    accounts.documents.kept += len(kept)
    accounts.texts.came_in += sum(counts[0] for counts in extracted.values())
    accounts.texts.kept += sum(counts[0] for counts in kept.values())
    accounts.images.came_in += sum(counts[1] for counts in extracted.values()) + left_out
    accounts.images.kept += sum(counts[1] for counts in kept.values())


def _check(block: str, name: str, ends: int, left: list[int], extracted: Segments) -> None:
    if ends != 1:
        raise AccountingError(f"block {block}: document {name} came in once and has {ends} ends")
    if tuple(left) != extracted:
        raise AccountingError(
            f"block {block}: document {name} had {extracted[0]} texts and {extracted[1]} images, "
            f"{left[0]} and {left[1]} of them are accounted for"
        )
