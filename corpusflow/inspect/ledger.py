"""Reads the ledger of a finished run, a batch at a time: it may be larger than memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusflow.decision import LedgerRow
from corpusflow.store.manifest import not_ended
from corpusflow.store.paths import Store
from corpusflow.store.run_files import LEDGER_FILE

BATCH = 65_536  # rows in memory at once
SEARCHED = 1000  # rows of a batch among which different examples of one reason are looked for

_GROUP = ("failed", "lost", "unit", "stage", "filter", "reason")


@dataclass
class ReasonGroup:
    """All ledger rows of one unit with one reason. examples: a few that are about different things."""

    failed: bool
    lost: bool
    unit: str
    stage: str
    filter: str
    reason: str
    count: int = 0
    examples: list[LedgerRow] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.filter or self.stage}/{self.reason}"


def rows_where(store: Store, condition: pc.Expression) -> Iterator[LedgerRow]:
    """The rows for which a condition over the ledger's columns holds, in their order."""
    for batch in _batches(store):
        for row in batch.filter(condition).to_pylist():
            yield LedgerRow.from_json(row)


def rows_by_document(store: Store, documents: Sequence[str]) -> dict[str, list[LedgerRow]]:
    """All rows of each of these documents; an empty list where nothing was dropped."""
    found: dict[str, list[LedgerRow]] = defaultdict(list)
    for row in rows_where(store, pc.field("document").isin(pa.array(documents, pa.string()))):
        found[row.document].append(row)
    return found


def reason_groups(store: Store, examples: int) -> list[ReasonGroup]:
    """Counts by unit and reason, the most frequent first, each with its first examples."""
    groups: dict[tuple[Any, ...], ReasonGroup] = {}
    for batch in _batches(store):
        for counted in batch.group_by(list(_GROUP)).aggregate([([], "count_all")]).to_pylist():
            key = tuple(counted[name] for name in _GROUP)
            group = groups.setdefault(key, ReasonGroup(*key))
            group.count += counted["count_all"]
            if len(group.examples) < examples:
                _add_examples(group, batch, key, examples)
    return sorted(groups.values(), key=lambda group: (-group.count, group.unit, group.name, group.stage))


def _add_examples(group: ReasonGroup, batch: pa.Table, key: tuple[Any, ...], examples: int) -> None:
    condition = pc.scalar(True)
    for name, value in zip(_GROUP, key, strict=True):
        condition = condition & (pc.field(name) == value)
    shown = {row.what or row.document for row in group.examples}
    for data in batch.filter(condition).slice(0, SEARCHED).to_pylist():
        row = LedgerRow.from_json(data)
        if (row.what or row.document) not in shown and len(group.examples) < examples:
            shown.add(row.what or row.document)
            group.examples.append(row)


def _batches(store: Store) -> Iterator[pa.Table]:
    """Raises RunError before the run's end."""
    try:
        file = store.open(LEDGER_FILE)
    except FileNotFoundError as error:
        raise not_ended(store, LEDGER_FILE) from error
    with file, pq.ParquetFile(file) as table:
        for batch in table.iter_batches(batch_size=BATCH):
            yield pa.Table.from_batches([batch])
