"""Which documents went as copies of one: by the ledger, with those that went for a copy of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from corpusflow.decision import LedgerRow
from corpusflow.inspect.ledger import rows_where
from corpusflow.store.paths import Store

SHOWN = 5  # copies that are named; of the others the number is told


def copies_of(store: Store, keys: Iterable[str]) -> dict[str, list[LedgerRow]]:
    """Of each of these documents its copies, in the order of the ledger; an empty list where it had none.

    Where A went for B and B for C, both are copies of C. The ledger is read once more for each link of the chains.
    """
    found: dict[str, list[LedgerRow]] = {key: [] for key in keys}
    owners = {key: key for key in found}
    while owners:
        survivors = pa.array(sorted(owners), pa.string())
        condition = (pc.field("filter") == "select") & (pc.field("unit") == "document")
        rows = list(rows_where(store, condition & pc.field("measured_text").isin(survivors)))
        owners = {row.document: owners[row.measured_text] for row in rows}
        for row in rows:
            found[owners[row.document]].append(row)
    return found


def copies_text(rows: Sequence[LedgerRow]) -> str:
    """`2: 3f... (same_url), 81... (near_same_text)`; empty for none."""
    named = [f"{row.document} ({row.reason})" for row in rows[:SHOWN]]
    more = [f"and {len(rows) - SHOWN:,} more"] if len(rows) > SHOWN else []
    return f"{len(rows):,}: {', '.join(named + more)}" if rows else ""
