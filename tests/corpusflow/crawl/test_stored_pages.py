"""Which pages earlier rounds of a crawl have stored."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from corpusflow.crawl.stored_pages import StoredPages
from corpusflow.sources.warc_output import Original
from corpusflow.store.paths import LocalStore

Row = tuple[str, str, str, str]


class CountingStore(LocalStore):
    opened = 0

    def open(self, name: str, size: int | None = None) -> BinaryIO:
        self.opened += 1
        return super().open(name, size)


def write(folder: Path, name: str, *rows: Row) -> None:
    """rows: kind, record, digest and final_url."""
    names = ("kind", "record", "digest", "final_url")
    table = [dict(zip(names, row, strict=True)) | {"date": "2024"} for row in rows]
    (folder / "warc").mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist(table), folder / "warc" / name)


def test_the_first_page_of_each_digest_of_earlier_rounds_is_known(tmp_path: Path) -> None:
    write(tmp_path, "round-0000-00-0000.parquet", ("page", "response", "a", "1"), ("page", "response", "a", "2"))
    write(
        tmp_path,
        "round-0001-00-0000.parquet",
        ("page", "revisit", "b", "3"),
        ("page", "response", "c", "4"),
        ("image", "response", "d", "5"),
    )
    write(tmp_path, "round-0002-00-0000.parquet", ("page", "response", "e", "6"))
    store, stored = LocalStore(str(tmp_path)), StoredPages()
    assert stored.before(store, "warc", "round-0000") == {}
    assert stored.before(store, "warc", "round-0001") == {"a": Original("1", "2024")}
    assert stored.before(store, "warc", "round-0002") == {"a": Original("1", "2024"), "c": Original("4", "2024")}


def test_the_blocks_of_a_round_read_the_tables_once(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path, f"round-0000-00-{number:04d}.parquet", ("page", "response", str(number), "1"))
    store, stored = CountingStore(str(tmp_path)), StoredPages()
    for _ in range(5):
        assert len(stored.before(store, "warc", "round-0001")) == 3
    assert store.opened == 3
