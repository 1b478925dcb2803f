"""The documents that the stages of a finished run still hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from corpusflow.decision import LedgerRow
from corpusflow.document import Document
from corpusflow.store.commit import Commit
from corpusflow.store.paths import Store
from corpusflow.store.run_files import RECIPE, read_commits
from corpusflow.text.cleaning import Cleaning, clean
from corpusflow.text.patch import patched

_MASKED = Cleaning(personal_data="mask")


def extracted_documents(store: Store, rows: Mapping[str, Iterable[LedgerRow]]) -> dict[str, Document]:
    """The whole documents, as they were extracted but with what cleaning changed in them, of ledger rows by document:
    what was masked is not shown again. Texts of which cleaning left nothing are there as they were. Unless the recipe
    keeps personal data these are masked too, and so are texts that went for theirs: reports are passed on.

    The rows name the blocks. A document whose block is not stored any more (stages may be deleted after a run) is
    not in the answer.
    """
    wanted: dict[str, set[str]] = defaultdict(set)
    for document, notes in rows.items():
        for row in notes:
            wanted[row.block].add(document)
    found: dict[str, Document] = {}
    commits = read_commits(store)
    for commit in commits["extract"]:
        if commit.block in wanted:
            found |= {row["id"]: Document.from_json(row) for row in _rows(store, commit, wanted[commit.block])}
    for commit in commits["clean"]:
        for patch in _rows(store, commit, found.keys() & wanted[commit.block]):
            found[patch["id"]] = patched(found[patch["id"]], patch | {"gone": ()})
    if not found or _keeps_personal_data(store):
        return found
    return {name: clean(document, _MASKED)[0] for name, document in found.items()}


def _keeps_personal_data(store: Store) -> bool:
    return bool(yaml.safe_load(store.read(RECIPE))["text"].get("personal_data") == "keep")


def _rows(store: Store, commit: Commit, ids: Collection[str]) -> Iterator[dict[str, Any]]:
    """The rows of these documents; none where the file is gone."""
    stored = commit.files.get("parquet")
    if not ids or stored is None or not store.exists(stored.name):
        return
    condition = pc.field("id").isin(pa.array(sorted(ids), pa.string()))
    with store.open(stored.name) as file, pq.ParquetFile(file) as table:
        for number in range(table.num_row_groups):
            yield from table.read_row_group(number).filter(condition).to_pylist()
