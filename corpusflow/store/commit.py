"""The commit protocol of a block: files under temporary names, renamed, and a small JSON sidecar written last.

A block is committed when its sidecar is there, carries the key that the block has now, and its files have the lengths
that the sidecar tells. Everything else is work that is done again.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from corpusflow.decision import LedgerRow, ledger_schema
from corpusflow.store.journal import Journal
from corpusflow.store.keys import KEY_LENGTH
from corpusflow.store.paths import Store

LEDGER = "ledger.parquet"  # suffix of a block's ledger; blocks without a row have none
TRANSFERS = "transfers.parquet"  # suffix of a block's table of what the web answered
JOURNAL = "journal"  # suffix of a block's journal
CHUNK = 1 << 20  # bytes hashed at once
ROWS = 512  # rows that a table writer holds before it writes a row group
HELD = 32 << 20  # bytes, as they tell it, of such rows


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One output file of a block. digest: hex sha256."""

    name: str
    bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class Commit:
    """What stands in a block's sidecar.

    files: by suffix. counts: what the stage counted, by reason. seconds: how long the stage worked on the block; told,
    never part of a key.
    """

    stage: str
    block: str
    folder: str
    key: str
    files: Mapping[str, StoredFile]
    counts: Mapping[str, int]
    seconds: float = 0.0

    @property
    def digest(self) -> str:
        """Names the content of all output files, whatever made them; how transfers went is told, no stage reads it."""
        hashed = hashlib.sha256()
        for suffix, file in sorted(self.files.items()):
            if suffix != TRANSFERS:
                hashed.update(f"{suffix} {file.digest}\n".encode())
        return hashed.hexdigest()[:KEY_LENGTH]

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "files": {suffix: asdict(file) for suffix, file in self.files.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Commit:
        files = {suffix: StoredFile(**file) for suffix, file in data["files"].items()}
        return cls(**{**data, "files": files})


def committed(store: Store, folder: str, block: str, key: str, verified: bool = False) -> Commit | None:
    """The commit of a block if it was made from what `key` names and its files are all there, else None.

    verified: whether the files must also have the digests that the commit tells, which costs reading them.
    """
    try:
        commit = Commit.from_json(json.loads(store.read(sidecar(folder, block))))
        whole = commit.key == key and all(store.size(file.name) == file.bytes for file in commit.files.values())
        if whole and verified:
            whole = all(digest_of(store, file.name) == file.digest for file in commit.files.values())
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        # No sidecar, or one of another version or damaged on disk: the block is made again.
        return None
    return commit if whole else None


def transfers_schema() -> pa.Schema:
    """One row per URL that a block asked the web for. outcome: ok, failed or refused; reason: why; attempts: tries, 0
    where it was not asked for; milliseconds: from its turn to its end."""
    return pa.schema(
        [
            ("url", pa.string()),
            ("final_url", pa.string()),
            ("outcome", pa.string()),
            ("reason", pa.string()),
            ("status", pa.int64()),
            ("attempts", pa.int64()),
            ("milliseconds", pa.int64()),
            ("bytes", pa.int64()),
        ]
    )


def digest_of(store: Store, name: str) -> str:
    """Hex sha256 of a stored file. Raises FileNotFoundError."""
    hashed = hashlib.sha256()
    with store.open(name) as file:
        while data := file.read(CHUNK):
            hashed.update(data)
    return hashed.hexdigest()


def sidecar(folder: str, block: str) -> str:
    """The name of a block's sidecar: without it the block is not committed."""
    return f"{folder}/{block}.json"


class _HashedFile:
    """A write-only file that knows the length and digest of what went through it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.length = 0

    def write(self, data: bytes | memoryview) -> int:
        view = memoryview(data)
        self._hash.update(view)
        self.length += view.nbytes
        return self._file.write(view)

    def tell(self) -> int:
        return self.length

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    @property
    def closed(self) -> bool:
        return self._file.closed

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


class Table:
    """Rows of one schema, written as Parquet in row groups of bounded size."""

    def __init__(self, file: _HashedFile, schema: pa.Schema) -> None:
        self._schema = schema
        # Compression level and dictionary pages are fixed, so that equal rows are equal bytes.
        self._writer = pq.ParquetWriter(file, schema, compression="zstd", compression_level=1)
        self._rows: list[Mapping[str, Any]] = []
        self._held = 0

    def add(self, row: Mapping[str, Any], held: int = 0) -> None:
        """held: bytes that the row takes, told of rows that may be large; 0 for others."""
        self._rows.append(row)
        self._held += held
        if len(self._rows) >= ROWS or self._held >= HELD:
            self._flush()

    def extend(self, rows: Iterable[Mapping[str, Any]]) -> None:
        for row in rows:
            self.add(row)

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
            self._rows, self._held = [], 0


@dataclass
class BlockWriter:
    """What a stage function writes for its block. As a context manager it commits, or leaves nothing behind.

    folder: where the block's files go, relative to the store. The stage opens its outputs by suffix, counts, and
    adds ledger rows; at the end all files are published, the sidecar last. keep_journal: set by a stage that wants its
    journal again when the block is made anew. spent: names of files that the stage made for itself and that are of no
    use once the block is committed; then they are removed.
    """

    store: Store
    stage: str
    folder: str
    block: str
    key: str
    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    keep_journal: bool = False
    spent: list[str] = field(default_factory=list)
    _open: dict[str, tuple[_HashedFile, Table | None]] = field(default_factory=dict)
    _ledger: list[LedgerRow] = field(default_factory=list)
    _journal: Journal | None = None
    _commit: Commit | None = None

    def name(self, suffix: str) -> str:
        """The final name, in the store, of the block's output with this suffix."""
        return f"{self.folder}/{self.block}.{suffix}"

    def blob(self, suffix: str) -> BinaryIO:
        """A binary output file; closed at the commit."""
        file = _HashedFile(self.store.create(self.name(suffix)))
        self._open[suffix] = (file, None)
        return cast(BinaryIO, file)

    def table(self, suffix: str, schema: pa.Schema) -> Table:
        """A Parquet output; closed at the commit."""
        file = _HashedFile(self.store.create(self.name(suffix)))
        table = Table(file, schema)
        self._open[suffix] = (file, table)
        return table

    def journal(self) -> Journal:
        """What came so far of what the block asks the web for. It outlives a killed process, and is removed once the
        block is committed. Its name carries the key, so that it is not taken for another recipe's."""
        self._journal = Journal(self.store.path(self.name(f"{self.key}.{JOURNAL}")))
        return self._journal

    def note(self, row: LedgerRow) -> None:
        """Adds a row to the ledger and counts it by its reason."""
        self._ledger.append(row)
        kind = "dropped" if not row.failed else "failed" if row.lost else "noted"
        self.counts[f"{kind}/{row.unit}/{row.filter or row.stage}/{row.reason}"] += 1

    @property
    def commit(self) -> Commit:
        """What was committed. Only after the `with` block."""
        if self._commit is None:
            raise ValueError(f"block {self.block} of stage {self.stage} is not committed")
        return self._commit

    def __enter__(self) -> BlockWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._publish()
            else:
                self._discard()
        finally:
            if self._journal is not None:
                self._journal.close()

    def _discard(self) -> None:
        for suffix, (file, table) in self._open.items():
            if table is not None:
                # It must not be left to write its end when nobody expects it; that it may fail is no news.
                with suppress(OSError, pa.ArrowException):
                    table.close()
            file.close()
            self.store.discard(self.name(suffix))

    def _publish(self) -> None:
        if self._ledger:
            self.table(LEDGER, ledger_schema()).extend(row.to_json() for row in self._ledger)
        files = {suffix: self._close(suffix) for suffix in sorted(self._open)}
        # The old commit goes first: no sidecar may stand beside files that it does not describe.
        self.store.remove(sidecar(self.folder, self.block))
        for stored in files.values():
            self.store.publish(stored.name)
        counts = dict(sorted(self.counts.items()))
        self._commit = Commit(self.stage, self.block, self.folder, self.key, files, counts, round(self.seconds, 3))
        text = json.dumps(self._commit.to_json(), sort_keys=True, indent=1)
        self.store.write(sidecar(self.folder, self.block), text.encode())
        if self._journal is not None and self.keep_journal:
            self._journal.seal()
        elif self._journal is not None:
            self.spent.append(self.name(f"{self.key}.{JOURNAL}"))
        for name in self.spent:
            self.store.remove(name)

    def _close(self, suffix: str) -> StoredFile:
        file, table = self._open[suffix]
        if table is not None:
            table.close()
        file.close()
        return StoredFile(self.name(suffix), file.length, file.hexdigest())


def read_rows(
    store: Store, commit: Commit, suffix: str, columns: Sequence[str] | None = None, rows: range | None = None
) -> Iterator[dict[str, Any]]:
    """The rows of a block's table, in order, a row group at a time; nothing where the block has no such table.

    rows: only these, by their position; row groups without any of them are not read.
    """
    stored = commit.files.get(suffix)
    if stored is None:
        return
    with store.open(stored.name) as file, pq.ParquetFile(file) as table:
        start = 0
        for group in range(table.num_row_groups):
            end = start + table.metadata.row_group(group).num_rows
            first, last = (start, end) if rows is None else (max(start, rows.start), min(end, rows.stop))
            if first < last:
                part = table.read_row_group(group, columns=columns)
                yield from part.slice(first - start, last - first).to_pylist()
            start = end
