"""Which pages a crawl has stored, by their content: what comes again is stored as a revisit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow.parquet as pq

from corpusflow.sources.warc_output import Original
from corpusflow.store.paths import Store

_COLUMNS = ["kind", "record", "digest", "final_url", "date"]


@dataclass
class StoredPages:
    """Reads the tables of earlier rounds once for all blocks of a round; a process keeps one of it.

    Images are not looked for: what reads an archive for them does not look beyond it.
    """

    _round: str = ""
    _known: dict[str, Original] = field(default_factory=dict)

    def before(self, store: Store, folder: str, round_: str) -> dict[str, Original]:
        """By digest the first page that a round before this one stored. round_: the beginning of its blocks' names."""
        if self._round != round_:
            self._round, self._known = round_, _read(store, folder, round_)
        return self._known


def _read(store: Store, folder: str, round_: str) -> dict[str, Original]:
    known: dict[str, Original] = {}
    for name in _tables(store, folder, round_):
        with store.open(name) as file:
            rows = pq.read_table(file, columns=_COLUMNS).to_pylist()
        for row in rows:
            if row["kind"] == "page" and row["record"] == "response":
                known.setdefault(row["digest"], Original(row["final_url"], row["date"]))
    return known


def _tables(store: Store, folder: str, round_: str) -> Iterator[str]:
    for name in store.names(folder):
        if name.endswith(".parquet") and name < f"{folder}/{round_}":
            yield name
