"""Verifies a finished run from what stands on disk: nothing that made it is asked, and damage is told, not raised."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpusflow.inspect.mmc4_faults import mmc4_faults
from corpusflow.inspect.problem import Problem
from corpusflow.inspect.sample_faults import Fault, sample_faults
from corpusflow.inspect.sample_form import TableRow
from corpusflow.inspect.tar_samples import TarSample, tar_samples
from corpusflow.store.commit import digest_of
from corpusflow.store.paths import Store
from corpusflow.store.run_files import MANIFEST

# What pyarrow raises over bytes that are not Parquet, or hold other columns.
_TABLE_RAISES = (pa.ArrowException, OSError, ValueError, LookupError, TypeError)
FaultsOf = Callable[[TarSample, TableRow | None], Iterator[Fault]]


class ShardEntry(BaseModel):
    model_config = ConfigDict(strict=True)

    name: str = Field(pattern=r"^shards/[^/]+\.tar$")
    sha256: str
    bytes: int
    samples: int
    table_sha256: str


class ManifestForm(BaseModel):
    """form: of the samples' json; a run's manifest does not tell it."""

    model_config = ConfigDict(strict=True)

    form: Literal["webdataset", "mmc4"] = "webdataset"
    samples: int
    shards: list[ShardEntry]


def verify(store: Store, deep: bool = True) -> list[Problem]:
    """Everything that is wrong with the shards, empty for a sound run.

    Length and sha256 of every shard, its table, and keys that occur twice; deep: every file of every tar, every json
    and every picture too. Memory: the keys, one shard's table and one sample.
    """
    return list(problems(store, deep))


def problems(store: Store, deep: bool = True) -> Iterator[Problem]:
    """The same one by one, as they are found."""
    try:
        manifest = ManifestForm.model_validate_json(store.read(MANIFEST))
    except FileNotFoundError:
        yield Problem(MANIFEST, "", "file_missing", "the run has not ended")
        return
    except ValidationError as error:
        yield Problem(MANIFEST, "", "manifest_unreadable", error.errors()[0]["msg"])
        return
    if sum(shard.samples for shard in manifest.shards) != manifest.samples:
        yield Problem(MANIFEST, "", "samples_differ", "the shards' samples do not sum up")
    known = {shard.name for shard in manifest.shards}
    for name in store.names("shards"):
        if name.endswith(".tar") and name not in known:
            yield Problem(name, "", "not_in_manifest")
    seen: set[str] = set()
    faults_of = mmc4_faults if manifest.form == "mmc4" else sample_faults
    for shard in manifest.shards:
        yield from _shard_problems(store, shard, seen, faults_of if deep else None)


def _shard_problems(store: Store, shard: ShardEntry, seen: set[str], faults_of: FaultsOf | None) -> Iterator[Problem]:
    """seen: keys of all shards so far. faults_of: looks at a sample; None where none is looked at."""
    if not store.exists(shard.name):
        yield Problem(shard.name, "", "file_missing")
        return
    yield from _file_problems(store, shard)
    table = shard.name.removesuffix(".tar") + ".parquet"
    rows: dict[str, TableRow] = {}
    try:
        yield from _digest_problems(store, table, shard.table_sha256)
        for row in _table_rows(store, table):
            if row.key in seen:
                yield Problem(table, row.key, "key_repeated")
            seen.add(row.key)
            rows[row.key] = row
    except FileNotFoundError:
        yield Problem(table, "", "file_missing")
    except _TABLE_RAISES as error:
        yield Problem(table, "", "table_unreadable", f"{type(error).__name__}: {error}")
    else:
        if len(rows) != shard.samples:
            yield Problem(table, "", "samples_differ", f"{len(rows):,} keys, the manifest tells {shard.samples:,}")

    if faults_of is not None:
        yield from _tar_problems(store, shard.name, rows, faults_of)


def _file_problems(store: Store, shard: ShardEntry) -> Iterator[Problem]:
    size = store.size(shard.name)
    if size != shard.bytes:
        yield Problem(shard.name, "", "bytes_differ", f"{size:,}, the manifest tells {shard.bytes:,}")
    yield from _digest_problems(store, shard.name, shard.sha256)


def _digest_problems(store: Store, name: str, expected: str) -> Iterator[Problem]:
    found = digest_of(store, name)
    if found != expected:
        yield Problem(name, "", "digest_differs", found)


def _table_rows(store: Store, name: str) -> Iterator[TableRow]:
    with store.open(name) as file, pq.ParquetFile(file) as table:
        for batch in table.iter_batches(columns=list(TableRow.model_fields)):
            for row in batch.to_pylist():
                yield TableRow.model_validate(row)


def _tar_problems(store: Store, name: str, rows: dict[str, TableRow], faults_of: FaultsOf) -> Iterator[Problem]:
    """rows: of the shard's table by key."""
    left = dict(rows)
    with store.open(name) as file:
        for found in tar_samples(file, name):
            if isinstance(found, Problem):
                yield found
                continue
            left.pop(found.key, None)
            for fault, detail in faults_of(found, rows.get(found.key)):
                yield Problem(name, found.key, fault, detail)
    for key in left:
        yield Problem(name, key, "not_in_shard", "the table has it, the tar has not")
