"""The commit protocol of a block: files under temporary names, renamed, and a small JSON sidecar written last.

A block is committed when its sidecar is there, whole and with the key that the block has now, and its files have the
lengths and digests that the sidecar tells. Everything else is work that is done again.

So a run reads what earlier ones made once over, before it takes it: damage on disk is found before anything is built on
it. That costs less than a second per GB and process (sha256), where making it cost minutes. Object stores keep
checksums of their own; there the length is all that is asked for.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from corpusflow.decision import LedgerRow, ledger_schema
from corpusflow.errors import StorageError
from corpusflow.store.attempts import files_of, named_by_content
from corpusflow.store.block_file import HashedFile, Table
from corpusflow.store.journal import Journal
from corpusflow.store.journals import JOURNAL, open_journal
from corpusflow.store.keys import KEY_LENGTH
from corpusflow.store.paths import LocalStore, Store

log = logging.getLogger(__name__)

LEDGER = "ledger.parquet"  # suffix of a block's ledger; blocks without a row have none
TRANSFERS = "transfers.parquet"  # suffix of a block's table of what the web answered
SET_ASIDE = "set_aside"  # count of a block that was given up: `corpusflow.store.set_aside`
CHECKSUM = "checksum"  # of the rest of a sidecar
CHUNK = 1 << 20  # bytes hashed at once


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

    @property
    def is_set_aside(self) -> bool:
        """Whether the stage gave the block up: nothing of it may be used."""
        return SET_ASIDE in self.counts

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "files": {suffix: asdict(file) for suffix, file in self.files.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Commit:
        files = {suffix: StoredFile(**file) for suffix, file in data["files"].items()}
        return cls(**{name: value for name, value in data.items() if name != CHECKSUM} | {"files": files})


def committed(store: Store, folder: str, block: str, key: str | None) -> Commit | None:
    """The commit of a block if it was made from what `key` names and its files are there as they were written, else
    None. key: None for whatever it was made from."""
    name = sidecar(folder, block)
    try:
        data = json.loads(store.read(name))
        commit = Commit.from_json(data)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        log.warning("%s is damaged: %s; what it tells of is made again", store.path(name), error)
        return None
    if key not in (commit.key, None):
        return None
    # Of a version that wrote none it is taken as it is.
    damaged = name if data.get(CHECKSUM, checksum := _checksum(commit)) != checksum else _damaged(store, commit)
    if damaged is not None:
        log.warning("%s is not what was written: its block is made again", store.path(damaged))
        return None
    return commit


def _damaged(store: Store, commit: Commit) -> str | None:
    """The first file of a block that is not what was committed; None where all are."""
    for file in commit.files.values():
        try:
            whole = store.size(file.name) == file.bytes
            if whole and isinstance(store, LocalStore):
                whole = digest_of(store, file.name) == file.digest
        except OSError:  # gone, or the disk cannot read it
            whole = False
        if not whole:
            return file.name
    return None


def _sidecar_text(commit: Commit) -> bytes:
    return json.dumps(commit.to_json() | {CHECKSUM: _checksum(commit)}, sort_keys=True, indent=1).encode()


def _checksum(commit: Commit) -> str:
    """Of a sidecar: counts are believed, too."""
    text = json.dumps(commit.to_json(), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]


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


@dataclass
class BlockWriter:
    """What a stage function writes for its block. As a context manager it commits, or leaves nothing behind.

    folder: where the block's files go, relative to the store. The stage opens its outputs by suffix, counts, and
    adds ledger rows; at the end all files are published, the sidecar last. keep_journal: set by a stage that wants its
    journal again when the block is made anew. spent: names of files that the stage made for itself and that are of no
    use once the block is committed; then they are removed. plain: whether the files are called by block and suffix
    alone on every store: those that people look for, whose bytes are the same whoever makes them.
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
    plain: bool = False
    _open: dict[str, tuple[HashedFile, Table | None]] = field(default_factory=dict)
    _ledger: list[LedgerRow] = field(default_factory=list)
    _journal: Journal | None = None
    _commit: Commit | None = None
    _before: bytes | None = None  # the sidecar that stood there when the work began

    def name(self, suffix: str) -> str:
        """The name of the block's output with this suffix, as long as it is written. Where it ends up, the commit
        tells: see `corpusflow.store.attempts`."""
        return f"{self.folder}/{self.block}.{suffix}"

    def blob(self, suffix: str) -> BinaryIO:
        """A binary output file; closed at the commit."""
        file = HashedFile(self.store.create(self.name(suffix)))
        self._open[suffix] = (file, None)
        return cast(BinaryIO, file)

    def table(self, suffix: str, schema: pa.Schema) -> Table:
        """A Parquet output; closed at the commit."""
        file = HashedFile(self.store.create(self.name(suffix)))
        table = Table(file, schema)
        self._open[suffix] = (file, table)
        return table

    def journal(self) -> Journal:
        """What came so far of what the block asks the web for. It outlives a killed process, and is removed once the
        block is committed. Its name carries the key, so that it is not taken for another recipe's."""
        self._journal = open_journal(self.store, self.name(f"{self.key}.{JOURNAL}"))
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

    @property
    def _by_content(self) -> bool:
        return not self.store.renames and not self.plain

    def __enter__(self) -> BlockWriter:
        if self._by_content:
            self._before = self._sidecar()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        whole = False
        try:
            if kind is None:
                self._publish()
                whole = True
        finally:
            if not whole:
                self._discard()
            if self._journal is not None:
                self._journal.close()

    def _discard(self) -> None:
        for suffix, (file, table) in self._open.items():
            # It must not be left to write its end when nobody expects it; that it may fail is no news.
            with suppress(OSError, StorageError, pa.ArrowException):
                if table is not None:
                    table.close()
            with suppress(OSError, StorageError):
                file.close()
            self.store.discard(self.name(suffix))

    def _publish(self) -> None:
        if self._ledger:
            self.table(LEDGER, ledger_schema()).extend(row.to_json() for row in self._ledger)
        files = {suffix: self._close(suffix) for suffix in sorted(self._open)}
        counts = dict(sorted(self.counts.items()))
        commit = Commit(self.stage, self.block, self.folder, self.key, files, counts, round(self.seconds, 3))
        if self._by_content:
            commit = self._publish_beside(commit)
        else:
            # The old commit goes first: no sidecar may stand beside files that it does not describe.
            self.store.remove(sidecar(self.folder, self.block))
            for stored in files.values():
                self.store.publish(stored.name)
            self.store.write(sidecar(self.folder, self.block), _sidecar_text(commit))
        self._commit = commit
        if self._journal is not None and self.keep_journal:
            self._journal.seal()
        elif self._journal is not None:
            self._journal.remove()
        for name in self.spent:
            self.store.remove(name)

    def _publish_beside(self, commit: Commit) -> Commit:
        """Of attempts that end at once the first one's commit is returned by all of them."""
        name = sidecar(self.folder, self.block)
        for suffix, stored in commit.files.items():
            self.store.publish(self.name(suffix), stored.name)
        while not self.store.write_new(name, _sidecar_text(commit)):
            # Either the old one, or that of an attempt that was faster.
            if self._sidecar() != self._before:
                other = committed(self.store, self.folder, self.block, self.key)
                if other is not None:
                    self._remove_files({file.name for file in commit.files.values()}, other)
                    return other
            self.store.remove(name)
        self._remove_files(files_of(self._before), commit)
        return commit

    def _remove_files(self, names: set[str], kept: Commit) -> None:
        for name in sorted(names - {file.name for file in kept.files.values()}):
            self.store.remove(name)

    def _sidecar(self) -> bytes | None:
        try:
            return self.store.read(sidecar(self.folder, self.block))
        except FileNotFoundError:
            return None

    def _close(self, suffix: str) -> StoredFile:
        file, table = self._open[suffix]
        if table is not None:
            table.close()
        file.close()
        digest = file.hexdigest()
        name = named_by_content(self.folder, self.block, suffix, digest) if self._by_content else self.name(suffix)
        return StoredFile(name, file.length, digest)


def read_rows(
    store: Store, commit: Commit, suffix: str, columns: Sequence[str] | None = None, rows: range | None = None
) -> Iterator[dict[str, Any]]:
    """The rows of a block's table, in order, a row group at a time; nothing where the block has no such table.

    rows: only these, by their position; row groups without any of them are not read.
    """
    stored = commit.files.get(suffix)
    if stored is None:
        return
    with store.open(stored.name, stored.bytes) as file, pq.ParquetFile(file) as table:
        start = 0
        for group in range(table.num_row_groups):
            end = start + table.metadata.row_group(group).num_rows
            first, last = (start, end) if rows is None else (max(start, rows.start), min(end, rows.stop))
            if first < last:
                part = table.read_row_group(group, columns=columns)
                yield from part.slice(first - start, last - first).to_pylist()
            start = end
