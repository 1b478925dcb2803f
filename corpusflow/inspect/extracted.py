"""The documents that the stages of a finished run still hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusflow.decision import LedgerRow
from corpusflow.document import Document
from corpusflow.store.paths import Store
from corpusflow.store.run_files import read_commits


def extracted_documents(store: Store, rows: Mapping[str, Iterable[LedgerRow]]) -> dict[str, Document]:
    """The whole documents, as they were extracted, of ledger rows by document.

    The rows name the blocks. A document whose block is not stored any more (stages may be deleted after a run) is
    not in the answer.
    """
    wanted: dict[str, set[str]] = defaultdict(set)
    for document, notes in rows.items():
        for row in notes:
            wanted[row.block].add(document)
    found: dict[str, Document] = {}
    for commit in read_commits(store)["extract"]:
        stored = commit.files.get("parquet")
        if commit.block in wanted and stored is not None and store.exists(stored.name):
            found |= _documents(store, stored.name, wanted[commit.block])
    return found


def _documents(store: Store, name: str, ids: Collection[str]) -> dict[str, Document]:
    condition = pc.field("id").isin(pa.array(sorted(ids), pa.string()))
    with store.open(name) as file, pq.ParquetFile(file) as table:
        groups = (table.read_row_group(number).filter(condition) for number in range(table.num_row_groups))
        return {row["id"]: Document.from_json(row) for group in groups for row in group.to_pylist()}
